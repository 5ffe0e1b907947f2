#pragma once
// Which sites nobody uses. Sans-I/O, main thread: a site is looked at when it could have been unused for long enough, so that a site
// costs one look in that time, whatever is asked of it. Exact to whoever calls `look`.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/control/site_sleep.hpp"
#include "gateway/proxy/pulse.hpp"

namespace gw::control {

class IdleWatch {
 public:
  using Time = net::Clock::time_point;

  /// What is to be told of a site.
  struct Word {
    std::string site;
    bool idle = false;               ///< false: it was said to be, and is used again
    std::chrono::seconds unused{0};  ///< for how long
  };

  /// Watches a site that is ready, from now on. One without a time to fall asleep after is not watched.
  void put(std::string_view site, std::shared_ptr<const proxy::Pulse> pulse, const SiteSleep& sleep, Time now);
  void erase(std::string_view site);

  /// What is to be told now. Each thing is told once.
  std::vector<Word> look(Time now);
  /// When to look next; nothing: there is nobody to look at.
  std::optional<Time> next() const noexcept;

 private:
  struct Watched {
    std::shared_ptr<const proxy::Pulse> pulse;
    SiteSleep sleep;
    Time since;                  ///< it was put
    Time due{};                  ///< its place in `due_`
    std::optional<Time> told{};  ///< it is said to be idle, and was last used then
  };
  using Sites = std::map<std::string, Watched, std::less<>>;

  void look_at(Sites::iterator at, Time due);

  Sites sites_;
  std::set<std::pair<Time, const Sites::value_type*>> due_;
};

}  // namespace gw::control
