#pragma once
// A server whose latency is known: the other end of every test of the generator (`spaceport-bench serve`).

#include <memory>
#include <string>

#include "gateway/net/worker.hpp"
#include "loadtest/service/settings.hpp"

namespace loadtest::service {

/// Serves on one worker. Made, stopped and destroyed while that is not running, or on its thread.
class Service {
 public:
  Service(gw::net::Worker& worker, Settings settings);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Why it does not serve, one sentence; empty: it does.
  const std::string& problem() const noexcept;
  /// Where it listens; 0 for a UNIX socket.
  std::uint16_t port() const noexcept;
  /// Requests that were answered, in whatever way.
  std::uint64_t answered() const noexcept;

  /// Takes no new connections, says so on those that are open (GOAWAY, `Connection: close`), and ends them behind what they are in.
  void drain();
  /// Ends everything at once; then the list of delays is complete.
  void stop();

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace loadtest::service
