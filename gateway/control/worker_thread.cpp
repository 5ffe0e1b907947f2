#include "gateway/control/worker_thread.hpp"

#include <algorithm>
#include <utility>

namespace gw::control {
namespace {

constexpr net::Duration log_flush_interval{1'000};

}  // namespace

bool WorkerThread::trusts(const Open& open, const net::PeerAddress& peer) {
  if (open.trusted.empty()) return false;
  const auto from = proxy::parse_ip(peer.host);
  return from && open.trusted.contains(*from);
}

WorkerThread::WorkerThread(const Start& start)
    : worker_(net::Worker::Sleeps::in_poller),
      limits_(start.limits ? start.limits : std::make_shared<net::ConnectionLimits>()),
      door_(worker_, *limits_),
      dialer_(start.dialer_socket.empty() ? nullptr : std::make_unique<net::DialerClient>(worker_, start.dialer_socket)),
      proxy_(worker_, dialer_.get(), start.snapshot, start.access_log, start.index, start.line),
      server_(worker_, proxy_, start.settings),
      holding_(start.hold),
      shut_(start.shut),
      log_flush_(worker_, proxy_.access_log()) {
  worker_.use(start.ticket_keys);
  if (start.access_log >= 0) log_flush_.start();
}

void WorkerThread::stop() {
  worker_.stop();
  if (thread_.joinable()) thread_.join();
}

WorkerThread::~WorkerThread() {
  stop();
  // A connection belongs to the coroutine that serves it, which ends only when the loop tells it that the stream is gone.
  open_.clear();
  held_.clear();
  server_.stop();
  while (server_.connections() != 0 && worker_.run_ready()) {
  }
  proxy_.access_log().flush();
}

void WorkerThread::start() {
  thread_ = std::thread([this] { worker_.run(); });
}

void WorkerThread::post(std::function<void()> job) { worker_.post(std::move(job)); }

void WorkerThread::listen(std::vector<ListenerChange> all) {
  std::erase_if(open_, [&](const auto& entry) {
    return std::none_of(all.begin(), all.end(), [&](const auto& change) { return change.key == entry.first; });
  });
  for (auto& change : all) {
    auto& open = open_[change.key];
    open.tls = std::move(change.tls);
    open.proxy_protocol = change.proxy_protocol;
    open.trusted = std::move(change.trusted);
    open.http2 = change.http2;
    if (change.descriptor < 0) continue;
    open.local = net::local_address(change.descriptor);
    open.shut.emplace_back(change.descriptor);
    for (const int descriptor : change.more) open.shut.emplace_back(descriptor);
    if (!shut_) begin(change.key, open);
  }
}

void WorkerThread::begin(const std::string& key, Open& open) {
  for (auto& socket : std::exchange(open.shut, {}))
    open.listeners.push_back(std::make_unique<net::Listener>(
        worker_, socket.release(), door_,
        [this, key](std::unique_ptr<net::Stream> stream, net::PeerAddress peer, net::Place place) {
          accept(key, std::move(stream), std::move(peer), std::move(place));
        }));
}

void WorkerThread::accept(const std::string& key, std::unique_ptr<net::Stream> stream, net::PeerAddress peer,
                          net::Place place) {
  const auto& open = open_.at(key);
  // Whoever else could write a header like that would be any client that he likes.
  if (open.proxy_protocol && !trusts(open, peer)) return;
  // A proxy comes for many: with a PROXY header each of them is counted when it has said who he is, without one nobody is. The
  // others hear nothing before they are sent away: they have not asked anything yet, and a reset leaves nothing behind here.
  if (door_.counts_clients() && !trusts(open, peer) && !place.claim(peer.client)) {
    stream->reset();
    return;
  }
  http::ConnectionInfo info;
  info.peer = peer.is_local ? "unix" : std::move(peer.host);
  info.peer_port = peer.port;
  info.local = open.local.host;
  info.local_port = open.local.port;
  info.http2 = open.http2;
  http::Entrance entrance{open.tls, open.proxy_protocol, std::move(place)};
  if (holding_)
    held_.push_back({std::move(stream), std::move(info), std::move(entrance)});
  else
    server_.accept(std::move(stream), std::move(info), std::move(entrance));
}

void WorkerThread::release() {
  holding_ = shut_ = false;
  for (auto& [key, open] : open_) begin(key, open);
  for (auto& [stream, info, entrance] : std::exchange(held_, {}))
    server_.accept(std::move(stream), std::move(info), std::move(entrance));
}

void WorkerThread::use(const std::shared_ptr<const proxy::Snapshot>& snapshot, const Change& change) {
  proxy_.use(snapshot, change.vanished, change.hosts);
}

void WorkerThread::reopen_log(int access_log) {
  proxy_.access_log().reopen(access_log);
  if (access_log >= 0) log_flush_.start();
}

void WorkerThread::drain(http::Server::Idle idle, net::Duration tunnels) {
  release();
  open_.clear();
  server_.drain(idle);
  proxy_.end_tunnels(tunnels);
  // Somebody else serves on our sockets, and who waits here would have to ask there anew: he may wait to the end.
  if (idle == http::Server::Idle::end) proxy_.end_holds();
}

void WorkerReport::add(const WorkerReport& more) {
  counters.add(more.counters);
  connections += more.connections;
  accepted += more.accepted;
  http2.add(more.http2);
  tls.add(more.tls);
  unrouted.add(more.unrouted);
}

WorkerReport WorkerThread::report() const {
  return {proxy_.counters(), server_.connections(), server_.accepted(), server_.http2(), server_.tls(), proxy_.unrouted()};
}

WorkerCounts WorkerThread::counts(const Tallies& tallies) const {
  WorkerCounts counts;
  for (std::size_t i = 0; i != tallies.size(); ++i)
    if (const auto* seen = tallies[i]->seen(proxy_.index())) counts.emplace_back(i, *seen);
  return counts;
}

void WorkerThread::LogFlush::start() noexcept {
  if (!armed()) expires_in(log_flush_interval);
}

void WorkerThread::LogFlush::expired() noexcept {
  log_.flush();
  if (log_.enabled()) start();
}

}  // namespace gw::control
