#include "gateway/net/connect.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "gateway/net/connect_socket.hpp"
#include "gateway/net/resolve.hpp"

namespace gw::net {
namespace {

using Connected = Result<std::unique_ptr<Stream>>;

// Messages are written whole, so that waiting for more would only delay them.
void send_at_once(const Descriptor& socket) noexcept {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Task<Connected> connect_tcp(Worker& worker, const TcpAddress& tcp, Duration timeout, Cancellation* cancel) {
  const auto end = Clock::now() + timeout;
  const auto places = co_await resolve(worker, tcp, timeout);
  if (!places) co_return places.error();
  Failure last{Code::unreachable, Side::upstream, Retry::always};
  for (std::size_t i = 0; i != places->size(); ++i) {
    Descriptor socket;
    // An address that swallows packets must not take the time of those behind it.
    const auto share = left_until(end) / static_cast<int>(places->size() - i);
    if (auto ok = co_await connect_socket(worker, socket, (*places)[i], share, cancel); !ok) {
      last = ok.error();
      if (last.code == Code::cancelled) break;
      continue;
    }
    send_at_once(socket);
    co_return std::make_unique<Stream>(worker, std::move(socket), Side::upstream);
  }
  co_return last;
}

Task<Connected> connect_unix(Worker& worker, const UnixAddress& local, Duration timeout, Cancellation* cancel) {
  Descriptor socket;
  if (local.path.size() >= sizeof(sockaddr_un::sun_path)) co_return Failure{Code::unreachable, Side::upstream, Retry::always};
  const asio::local::stream_protocol::endpoint endpoint(local.path);
  if (auto ok = co_await connect_socket(worker, socket, endpoint, timeout, cancel); !ok) co_return ok.error();
  co_return std::make_unique<Stream>(worker, std::move(socket), Side::upstream);
}

Task<Connected> connect_container(Worker& worker, const ContainerAddress& inside, Duration timeout, ContainerDialer* dialer,
                                  Cancellation* cancel) {
  if (dialer == nullptr) co_return Failure{Code::dialer, Side::upstream, Retry::always};
  auto socket = co_await dialer->connect(inside, timeout, cancel);
  if (!socket) co_return socket.error();
  send_at_once(*socket);
  co_return std::make_unique<Stream>(worker, std::move(*socket), Side::upstream);
}

}  // namespace

Task<Connected> connect(Worker& worker, const Address& address, Duration timeout, ContainerDialer* dialer,
                        Cancellation* cancel) {
  if (const auto* tcp = std::get_if<TcpAddress>(&address)) return connect_tcp(worker, *tcp, timeout, cancel);
  if (const auto* local = std::get_if<UnixAddress>(&address)) return connect_unix(worker, *local, timeout, cancel);
  return connect_container(worker, std::get<ContainerAddress>(address), timeout, dialer, cancel);
}

}  // namespace gw::net
