#include "gateway/net/resolve.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>

#include "gateway/net/waiter.hpp"

namespace gw::net {
namespace {

using Resolver = asio::ip::tcp::resolver;

// getaddrinfo(3) blocks and cannot be stopped: a lookup that takes too long is left behind, and its thread keeps what it still
// needs.
struct Lookup final : private Deadline {
  Lookup(Worker& worker, Duration in) : Deadline(worker.deadlines()) { expires_in(in); }

  void settle(bool ok, const Resolver::results_type& results) {
    clear();
    answered = true;
    failed = !ok;
    for (const auto& entry : results) found.emplace_back(entry.endpoint());
    waiter.notify();
  }

  Waiter waiter;
  std::vector<SocketAddress> found;
  bool answered = false;
  bool failed = false;

 private:
  void expired() noexcept override { waiter.notify(); }
};

void look_up(Worker& worker, std::shared_ptr<Lookup> lookup, const TcpAddress& tcp) {
  auto& threads = worker.blocking();
  asio::post(threads, [&worker, &threads, lookup = std::move(lookup), host = tcp.host, port = std::to_string(tcp.port)]() mutable {
    Resolver resolver(threads);
    boost::system::error_code error;
    auto results = resolver.resolve(host, port, asio::ip::resolver_base::numeric_service, error);
    // Moved along: the last owner must be the worker's thread, where the deadline is linked.
    worker.post([lookup = std::move(lookup), ok = !error, results = std::move(results)] { lookup->settle(ok, results); });
  });
}

}  // namespace

Task<Result<std::vector<SocketAddress>>> resolve(Worker& worker, const TcpAddress& tcp, Duration timeout) {
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(tcp.host, error);
  if (!error) {
    std::vector<SocketAddress> one;
    one.emplace_back(asio::ip::tcp::endpoint(literal, tcp.port));
    co_return one;
  }
  const auto lookup = std::make_shared<Lookup>(worker, timeout);
  look_up(worker, lookup, tcp);
  co_await lookup->waiter.wait();
  if (!lookup->answered) co_return Failure{Code::connect_timeout, Side::upstream, Retry::always};
  if (lookup->failed) co_return Failure{Code::unreachable, Side::upstream, Retry::always};
  co_return std::move(lookup->found);
}

}  // namespace gw::net
