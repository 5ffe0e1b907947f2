#pragma once
// One worker of the data plane with its thread: listeners, server, proxy. Everything in it is touched by its own thread
// only; the main thread posts.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/control/site_table.hpp"
#include "gateway/http/server.hpp"
#include "gateway/net/dialer_client.hpp"
#include "gateway/net/door.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/net/tls_context.hpp"
#include "gateway/proxy/cidr.hpp"
#include "gateway/proxy/handle.hpp"

namespace gw::control {

/// What a worker listens on: a descriptor to take over, or -1 for one that it has already, and the TLS settings now in force.
struct ListenerChange {
  std::string key;  ///< `HOST:PORT` as in the file
  int descriptor = -1;
  std::shared_ptr<net::TlsContext> tls;
  bool proxy_protocol = false;  ///< its connections begin with a PROXY header
  proxy::CidrSet trusted;       ///< who may send one
  bool http2 = true;            ///< as in config::Listener
  std::vector<int> more{};      ///< further descriptors of the same address to take over
};

/// What a worker reports, or all of them together.
struct WorkerReport {
  proxy::Counters counters;
  std::size_t connections = 0;
  std::uint64_t accepted = 0;
  http::Http2Counters http2;
  http::TlsCounters tls;
  proxy::SiteCounts unrouted;

  void add(const WorkerReport& more);
};

using Tallies = std::vector<std::shared_ptr<proxy::Tally>>;

/// What one worker has counted for some of many tallies, by their places among them.
using WorkerCounts = std::vector<std::pair<std::size_t, proxy::SiteCounts>>;

class WorkerThread {
 public:
  struct Start {
    std::shared_ptr<const proxy::Snapshot> snapshot;
    http::ServerSettings settings;
    std::string dialer_socket;  ///< empty: no container endpoints
    int access_log = -1;
    std::shared_ptr<const net::TicketKeys> ticket_keys;
    bool hold = false;      ///< accepts, and serves nobody before `release`
    std::size_t index = 0;  ///< among all workers
    bool shut = false;      ///< does not even accept before `release`: another process serves on the same sockets
    std::shared_ptr<net::ConnectionLimits> limits{};  ///< shared by all workers; null: none
    std::shared_ptr<const proxy::WakeLine> line{};    ///< likewise
  };
  explicit WorkerThread(const Start& start);
  /// Stops the loop and joins.
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  void start();
  /// Ends the loop and waits for the thread. Connections stay as they are until the destructor.
  void stop();
  /// Runs `job` on the worker's thread.
  void post(std::function<void()> job);

  // On the worker's thread only:
  void listen(std::vector<ListenerChange> all);
  void use(const std::shared_ptr<const proxy::Snapshot>& snapshot, const Change& change);
  void use(const http::ServerSettings& settings) { server_.use(settings); }
  void use(std::shared_ptr<const net::TicketKeys> keys) { worker_.use(std::move(keys)); }
  /// Does anybody use a site here? As proxy::Pulse::Reading::busy.
  bool busy(const proxy::Pulse& pulse, net::Duration lately, bool sockets) const noexcept {
    return pulse.read(proxy_.index()).busy(net::Clock::now(), lately, sockets);
  }
  void reopen_log(int access_log);
  /// Serves who has connected so far, and everybody from here on.
  void release();
  /// How many wait for it.
  std::size_t held() const noexcept { return held_.size(); }
  /// Ends behind what is under way; tunnels end one after the other within `tunnels`.
  void drain(http::Server::Idle idle, net::Duration tunnels);
  void stop_connections() { server_.stop(); }
  WorkerReport report() const;
  WorkerCounts counts(const Tallies& tallies) const;

 private:
  struct Open {
    std::vector<net::Descriptor> shut;  ///< nothing is accepted from these yet
    std::vector<std::unique_ptr<net::Listener>> listeners;
    std::shared_ptr<net::TlsContext> tls;
    bool proxy_protocol = false;
    proxy::CidrSet trusted;
    bool http2 = true;
    net::PeerAddress local;
  };

  struct Held {
    std::unique_ptr<net::Stream> stream;
    http::ConnectionInfo info;
    http::Entrance entrance;
  };

  /// A line that is not full is still wanted soon by whoever tails the log.
  class LogFlush final : private net::Deadline {
   public:
    LogFlush(net::Worker& worker, proxy::AccessLog& log) : net::Deadline(worker.deadlines()), log_(log) {}
    void start() noexcept;

   private:
    void expired() noexcept override;
    proxy::AccessLog& log_;
  };

  static bool trusts(const Open& open, const net::PeerAddress& peer);
  void begin(const std::string& key, Open& open);
  void accept(const std::string& key, std::unique_ptr<net::Stream> stream, net::PeerAddress peer, net::Place place);

  net::Worker worker_;
  const std::shared_ptr<net::ConnectionLimits> limits_;
  net::Door door_;  ///< outlives listeners and connections
  std::unique_ptr<net::DialerClient> dialer_;
  proxy::Proxy proxy_;
  http::Server server_;
  std::map<std::string, Open, std::less<>> open_;
  bool holding_;
  bool shut_;
  std::vector<Held> held_;
  LogFlush log_flush_;
  std::thread thread_;
};

}  // namespace gw::control
