#pragma once
// What happens to one Space (or, as stages only, to all), as it happens: JSON lines for whoever listens (`up`, `logs --build`,
// `/v1/events`). A listener that does not keep up loses the oldest lines, is told how many, and always gets the newest: the
// last word on a Space is the one that counts. Main thread.

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

    /// The next line, without its end; `{"event":"lost","lines":N}` where lines were lost. Nothing: the Space is gone, or `patience` is over.
    gw::net::Task<std::optional<std::string>> next(std::chrono::milliseconds patience = std::chrono::hours(24));

    /// The Space is gone and everything was heard.
    bool over() const noexcept { return journal_ == nullptr && lines_.empty(); }

   private:
    friend class Journal;
    void hear(const std::string& line);

    Journal* journal_;
    Signal signal_;
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;  ///< of `lines_`
    std::size_t lost_ = 0;
  };

  /// What a listener may leave unread.
  static constexpr std::size_t most_lines = 10'000;
  static constexpr std::size_t most_bytes = 4 << 20;

  /// The line of an event. Apps and builds print what they like: bytes that are no UTF-8 become U+FFFD.
  static std::string line_of(const boost::json::object& event);

  ~Journal() { close(); }
  void say(const boost::json::object& event);
  /// No more will come: listeners end when they have heard all.
  void close();

 private:
  std::set<Listener*> listeners_;
};

}  // namespace runtime::supervise
