#include "gateway/control/worker_thread.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace gw::control {
namespace {

// A line that is not full is still wanted soon by whoever tails the log.
constexpr auto log_flush_interval = std::chrono::seconds(1);

}  // namespace

WorkerThread::WorkerThread(const Start& start)
    : dialer_(start.dialer_socket.empty() ? nullptr : std::make_unique<net::DialerClient>(worker_, start.dialer_socket)),
      proxy_(worker_, dialer_.get(), start.snapshot, start.access_log),
      server_(worker_, proxy_, start.settings),
      holding_(start.hold),
      log_timer_(worker_.context()) {
  if (start.access_log >= 0) flush_log_later();
}

WorkerThread::~WorkerThread() {
  worker_.stop();
  if (thread_.joinable()) thread_.join();
  // A connection belongs to the coroutine that serves it, which ends only when the loop tells it that the stream is gone.
  worker_.context().restart();
  open_.clear();
  held_.clear();
  server_.stop();
  worker_.context().poll();
  proxy_.access_log().flush();
}

void WorkerThread::start() {
  thread_ = std::thread([this] {
    // A worker lives as long as the process, also while it has no listener yet.
    const auto busy = boost::asio::make_work_guard(worker_.context());
    worker_.run();
  });
}

void WorkerThread::post(std::function<void()> job) { boost::asio::post(worker_.context(), std::move(job)); }

void WorkerThread::listen(std::vector<ListenerChange> all) {
  std::erase_if(open_, [&](const auto& entry) {
    return std::none_of(all.begin(), all.end(), [&](const auto& change) { return change.key == entry.first; });
  });
  for (auto& change : all) {
    auto& open = open_[change.key];
    open.tls = std::move(change.tls);
    if (change.descriptor < 0) continue;
    open.local = net::local_address(change.descriptor);
    open.listener = std::make_unique<net::Listener>(
        worker_, change.descriptor, [this, key = change.key](std::unique_ptr<net::Stream> stream, net::PeerAddress peer) {
          accept(key, std::move(stream), std::move(peer));
        });
  }
}

void WorkerThread::accept(const std::string& key, std::unique_ptr<net::Stream> stream, net::PeerAddress peer) {
  const auto& open = open_.at(key);
  http::ConnectionInfo info;
  info.peer = peer.is_local ? "unix" : std::move(peer.host);
  info.peer_port = peer.port;
  info.local = open.local.host;
  info.local_port = open.local.port;
  if (holding_)
    held_.push_back({std::move(stream), std::move(info), open.tls});
  else
    server_.accept(std::move(stream), std::move(info), open.tls);
}

void WorkerThread::release() {
  holding_ = false;
  for (auto& [stream, info, tls] : std::exchange(held_, {})) server_.accept(std::move(stream), std::move(info), tls);
}

void WorkerThread::use(const std::shared_ptr<const proxy::Snapshot>& snapshot, const std::vector<std::string>& vanished) {
  proxy_.use(snapshot, vanished);
}

void WorkerThread::reopen_log(int access_log) {
  const bool timing = proxy_.access_log().enabled();
  proxy_.access_log().reopen(access_log);
  if (!timing && access_log >= 0) flush_log_later();
}

void WorkerThread::drain() {
  release();
  open_.clear();
  server_.drain();
}

WorkerReport WorkerThread::report() const { return {proxy_.counters(), server_.connections(), server_.accepted()}; }

void WorkerThread::flush_log_later() {
  log_timer_.expires_after(log_flush_interval);
  log_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    proxy_.access_log().flush();
    if (proxy_.access_log().enabled()) flush_log_later();
  });
}

}  // namespace gw::control
