#pragma once
// The data plane of one worker: every request that comes in, from its head to its line in the access log.

#include <boost/smart_ptr/local_shared_ptr.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gateway/http/server.hpp"
#include "gateway/net/connect.hpp"
#include "gateway/proxy/access_log.hpp"
#include "gateway/proxy/balancer.hpp"
#include "gateway/proxy/counters.hpp"
#include "gateway/proxy/forward.hpp"
#include "gateway/proxy/lobby.hpp"
#include "gateway/proxy/pool.hpp"
#include "gateway/proxy/snapshot.hpp"
#include "gateway/proxy/tunnels.hpp"
#include "gateway/proxy/wake_line.hpp"

namespace gw::proxy {

/// The handler of a worker. Lives on its thread.
class Proxy final : public http::Handler {
 public:
  /// `index` is the worker's among all of them: its place in the states of endpoints.
  /// Through `line` sites are woken; null: nobody wakes them.
  Proxy(net::Worker& worker, net::ContainerDialer* dialer, std::shared_ptr<const Snapshot> snapshot, int access_log,
        std::size_t index = 0, std::shared_ptr<const WakeLine> line = nullptr);

  /// Puts a new configuration in force. Exchanges under way keep theirs; the pools of `vanished` endpoints are closed; tunnels of
  /// `hosts`, the patterns whose routes have changed, end when their route is no longer what it was.
  void use(std::shared_ptr<const Snapshot> snapshot, std::span<const std::string> vanished,
           std::span<const std::string> hosts = {});
  /// Ends all tunnels, one after the other within that time.
  void end_tunnels(net::Duration within) { tunnels_.end_all(within); }
  /// Sends away who waits for a site that sleeps, and whoever would from here on.
  void end_holds() { lobby_.close(); }

  net::Task<> handle(http::ClientSide& client, http::RequestHead& request, const http::ConnectionInfo& connection) override;
  net::Task<> refuse(http::ClientSide& client, const http::RequestHead& request, const http::ConnectionInfo& connection,
                     net::Failure failure) override;

  Counters counters() const noexcept;
  /// What came to no site: unknown hosts, requests that nobody could read.
  const SiteCounts& unrouted() const noexcept { return unrouted_; }
  std::size_t index() const noexcept { return balancer_.worker(); }
  AccessLog& access_log() noexcept { return access_log_; }

 private:
  /// Counted per worker: a count shared by all workers would be written by every core at every request.
  using InForce = boost::local_shared_ptr<const std::shared_ptr<const Snapshot>>;

  static InForce keep(std::shared_ptr<const Snapshot> snapshot);
  net::Task<std::optional<Refusal>> hold(http::ClientSide& client, http::RequestHead& request, RequestContext& context,
                                         InForce& in_force);
  net::Task<Lobby::End> wait_in_lobby(http::ClientSide& client, RequestContext& context, net::Clock::time_point end);
  net::Task<> answer(http::ClientSide& client, const http::RequestHead& request, const RequestContext& context,
                     const Refusal& refusal, Outcome& outcome);
  void over(const http::RequestHead& request, RequestContext& context, const Passage& passage, std::optional<net::Code> cause);
  void log(const http::RequestHead& request, const RequestContext& context, const Passage& passage, const Ended& ended);

  net::Worker& worker_;
  net::ContainerDialer* dialer_;
  const std::shared_ptr<const WakeLine> line_;
  InForce snapshot_;
  Pool pool_;
  SharedPool shared_;
  Balancer balancer_;
  Tunnels tunnels_;
  Lobby lobby_;
  AccessLog access_log_;
  Counters counters_;
  SiteCounts unrouted_;
};

}  // namespace gw::proxy
