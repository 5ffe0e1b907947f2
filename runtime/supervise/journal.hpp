#pragma once
// What happens to one Space, as it happens: JSON lines for whoever listens (`up`, `logs --build`). Main thread.

#include <boost/json.hpp>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "runtime/supervise/signal.hpp"

namespace runtime::supervise {

class Journal {
 public:
  /// Hears everything from its construction on. Must not outlive the journal, except that `close` was called.
  class Listener {
   public:
    Listener(Journal& journal, gw::net::Worker& worker);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// The next line, without its end. Nothing: the Space is gone, or `patience` is over.
    gw::net::Task<std::optional<std::string>> next(std::chrono::milliseconds patience = std::chrono::hours(24));

    /// The Space is gone and everything was heard.
    bool over() const noexcept { return journal_ == nullptr && lines_.empty(); }

   private:
    friend class Journal;
    Journal* journal_;
    Signal signal_;
    std::deque<std::string> lines_;
  };

  ~Journal() { close(); }
  void say(const boost::json::object& event);
  /// No more will come: listeners end when they have heard all.
  void close();

 private:
  std::set<Listener*> listeners_;
};

}  // namespace runtime::supervise
