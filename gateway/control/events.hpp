#pragma once
// `GET /v1/events`: what the gateway has to say of its sites, one JSON object a line, to everybody who follows. Main thread.
//
//   {"event":"hello"}                                     first
//   {"event":"wake_needed","site":"owner/name"}           somebody wants a site that sleeps: once each time that it has fallen asleep, and to
//                                                         each new follower as long as it sleeps
//   {"event":"idle","site":"owner/name","idle_seconds":300}   nobody has used it for so long (`sleep.after`)
//   {"event":"busy","site":"owner/name"}                  it was said to be idle, and is used
//   {"event":"alive"}                                     every ten seconds, so that either end notices that the other is dead

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/exchange.hpp"
#include "gateway/net/worker.hpp"

namespace gw::control {

class Events {
 public:
  /// `followed` is told whether there is anybody, when that changes.
  Events(net::Worker& worker, std::function<void(bool)> followed) : worker_(worker), followed_(std::move(followed)) {}
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// Says everything to whoever asks in `client`, until he leaves; `outstanding` first. Whoever does not keep up is cut off.
  net::Task<> follow(http::ClientSide& client, std::string outstanding);

  /// To all.
  void say(const std::string& line);
  /// Ends with all of them.
  void end();
  std::size_t followers() const noexcept { return followers_.size(); }

  static std::string wake_needed(std::string_view site);
  static std::string idle(std::string_view site, std::chrono::seconds unused);
  static std::string busy(std::string_view site);

 private:
  class Follower;

  void add(const std::shared_ptr<Follower>& one);
  void remove(const std::shared_ptr<Follower>& one);

  net::Worker& worker_;
  const std::function<void(bool)> followed_;
  std::vector<std::shared_ptr<Follower>> followers_;
};

}  // namespace gw::control
