#include "gateway/net/connect.hpp"

#include <netinet/tcp.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <vector>

namespace gw::net {
namespace {

using Endpoint = asio::generic::stream_protocol::endpoint;
using Connected = Result<std::unique_ptr<Stream>>;

Failure timed_out() noexcept { return {Code::connect_timeout, Side::upstream, Retry::always}; }

// Cancels a connect that takes too long.
class ConnectDeadline final : private Deadline {
 public:
  ConnectDeadline(Worker& worker, Socket& socket, Duration in) noexcept : Deadline(worker.deadlines()), socket_(socket) {
    expires_in(in);
  }
  bool passed() const noexcept { return passed_; }

 private:
  void expired() noexcept override {
    passed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  Socket& socket_;
  bool passed_ = false;
};

Task<Result<void>> connect_socket(Worker& worker, Socket& socket, const Endpoint& endpoint, Duration timeout) {
  boost::system::error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error) {
    ConnectDeadline deadline(worker, socket, timeout);
    co_await socket.async_connect(endpoint, asio::redirect_error(use_task, error));
    if (deadline.passed()) co_return timed_out();
  }
  if (error) {
    auto failure = to_failure(error, Side::upstream);
    failure.retry = Retry::always;
    co_return failure;
  }
  co_return Result<void>{};
}

Task<Result<std::vector<Endpoint>>> resolve(Worker& worker, const TcpAddress& tcp) {
  boost::system::error_code error;
  std::vector<Endpoint> endpoints;
  const auto literal = asio::ip::make_address(tcp.host, error);
  if (!error) {
    endpoints.emplace_back(asio::ip::tcp::endpoint(literal, tcp.port));
    co_return endpoints;
  }
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(worker.context());
  const auto found = co_await resolver.async_resolve(
      tcp.host, std::to_string(tcp.port), asio::ip::resolver_base::numeric_service, asio::redirect_error(use_task, error));
  if (error) co_return Failure{Code::unreachable, Side::upstream, Retry::always};
  for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
  co_return endpoints;
}

Task<Connected> connect_tcp(Worker& worker, const TcpAddress& tcp, Duration timeout) {
  const auto endpoints = co_await resolve(worker, tcp);
  if (!endpoints) co_return endpoints.error();
  Failure last{Code::unreachable, Side::upstream, Retry::always};
  for (const auto& endpoint : *endpoints) {
    Socket socket(worker.context());
    if (auto ok = co_await connect_socket(worker, socket, endpoint, timeout); !ok) {
      last = ok.error();
      continue;
    }
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return std::make_unique<Stream>(worker, std::move(socket), Side::upstream);
  }
  co_return last;
}

Task<Connected> connect_unix(Worker& worker, const UnixAddress& local, Duration timeout) {
  Socket socket(worker.context());
  if (local.path.size() >= sizeof(sockaddr_un::sun_path)) co_return Failure{Code::unreachable, Side::upstream, Retry::always};
  const asio::local::stream_protocol::endpoint endpoint(local.path);
  if (auto ok = co_await connect_socket(worker, socket, endpoint, timeout); !ok) co_return ok.error();
  co_return std::make_unique<Stream>(worker, std::move(socket), Side::upstream);
}

Task<Connected> connect_container(Worker& worker, const ContainerAddress& inside, Duration timeout, ContainerDialer* dialer) {
  if (dialer == nullptr) co_return Failure{Code::dialer, Side::upstream, Retry::always};
  auto socket = co_await dialer->connect(inside, timeout);
  if (!socket) co_return socket.error();
  boost::system::error_code ignored;
  socket->set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return std::make_unique<Stream>(worker, std::move(*socket), Side::upstream);
}

}  // namespace

Task<Connected> connect(Worker& worker, const Address& address, Duration timeout, ContainerDialer* dialer) {
  if (const auto* tcp = std::get_if<TcpAddress>(&address)) return connect_tcp(worker, *tcp, timeout);
  if (const auto* local = std::get_if<UnixAddress>(&address)) return connect_unix(worker, *local, timeout);
  return connect_container(worker, std::get<ContainerAddress>(address), timeout, dialer);
}

}  // namespace gw::net
