#include "gateway/net/resolve.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "gateway/net/waiter.hpp"

namespace gw::net {
namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

// getaddrinfo(3) runs on a thread of Asio's and cannot be stopped: a lookup that takes too long is left behind, and the handler
// keeps what it still needs.
struct Lookup final : private Deadline {
  Lookup(Worker& worker, Duration in) : Deadline(worker.deadlines()), resolver(worker.context()) { expires_in(in); }

  void settle(const boost::system::error_code& failed, const Resolver::results_type& results) {
    clear();
    answered = true;
    error = failed;
    for (const auto& entry : results) found.emplace_back(entry.endpoint());
    waiter.notify();
  }

  Resolver resolver;
  Waiter waiter;
  std::vector<SocketAddress> found;
  boost::system::error_code error;
  bool answered = false;

 private:
  void expired() noexcept override { waiter.notify(); }
};

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
  lookup->resolver.async_resolve(tcp.host, std::to_string(tcp.port), asio::ip::resolver_base::numeric_service,
                                 [lookup](const boost::system::error_code& failed, const Resolver::results_type& results) {
                                   lookup->settle(failed, results);
                                 });
  co_await lookup->waiter.wait();
  if (!lookup->answered) co_return Failure{Code::connect_timeout, Side::upstream, Retry::always};
  if (lookup->error) co_return Failure{Code::unreachable, Side::upstream, Retry::always};
  co_return std::move(lookup->found);
}

}  // namespace gw::net
