// Carrier: from nothing to a connection that takes requests.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "loadtest/drive/carrier.hpp"
#include "loadtest/drive/generator.hpp"
#include "loadtest/drive/pool.hpp"

namespace loadtest::drive {

namespace net = gw::net;

namespace {

/// Nothing that the peer has done.
bool is_our_doing(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == EADDRNOTAVAIL || error == ENOBUFS || error == ENOMEM;
}

Refusal refusal_of(int error, const std::string& place) {
  return {is_our_doing(error) ? Ending::not_sent : Ending::no_connection, place + ": " + std::strerror(error), error};
}

net::Task<> dial_for(net::ContainerDialer& dialer, net::ContainerAddress address, net::Duration timeout,
                     std::function<void(net::Result<net::Descriptor>)> dialed) {
  auto socket = co_await dialer.connect(address, timeout);
  dialed(std::move(socket));
}

}  // namespace

void Carrier::open() {
  began_ = pool_.generator().now();
  if (pool_.place(origin_).container)
    dial();
  else
    connect();
}

void Carrier::connect() {
  const auto& address = pool_.place(origin_).addresses[address_];
  net::Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_later(refusal_of(errno, pool_.place(origin_).name));
  keep_little_unread(socket.get());
  const bool done = ::connect(socket.get(), address.get(), address.size) == 0;
  if (!done && errno != EINPROGRESS) return connect_next(errno);
  const int descriptor = socket.get();
  channel_.emplace(std::move(socket));
  channel_->socket().not_readable();
  // Told at once when it is connected already.
  if (!pool_.generator().poller().add(descriptor, *this, net::Poller::Trigger::both))
    fail_later(refusal_of(ENOMEM, pool_.place(origin_).name));
}

// The next address of the name, if there is one: `localhost` is two.
void Carrier::connect_next(int error) {
  if (channel_) pool_.generator().poller().close(channel_->socket().release());
  channel_.reset();
  if (++address_ < pool_.place(origin_).addresses.size() && !is_our_doing(error)) return connect();
  fail_later(refusal_of(error, pool_.place(origin_).name));
}

void Carrier::dial() {
  self_ = std::make_shared<Carrier*>(this);
  auto& generator = pool_.generator();
  const auto timeout = std::chrono::duration_cast<net::Duration>(std::chrono::nanoseconds(generator.load().timeout));
  generator.worker().spawn(
      dial_for(pool_.dialer(), *pool_.place(origin_).container, timeout, [self = self_](net::Result<net::Descriptor> socket) {
        if (*self != nullptr) (*self)->dialed(std::move(socket));
      }));
}

void Carrier::dialed(net::Result<net::Descriptor> socket) {
  if (!socket) {
    return fail_later(
        {Ending::no_connection, pool_.place(origin_).name + ": " + std::string(net::explain(socket.error().code)), 0});
  }
  const int descriptor = socket->get();
  channel_.emplace(std::move(*socket));
  channel_->socket().not_readable();
  if (!pool_.generator().poller().add(descriptor, *this, net::Poller::Trigger::both))
    fail_later(refusal_of(ENOMEM, pool_.place(origin_).name));
}

/// What a slow client has not read is to stay with the server. Before it connects: a window that was offered is not taken back. A socket
/// that was dialed for us has offered its own, and how much waits in a UNIX socket is up to the server: no plan has slow readers there.
void Carrier::keep_little_unread(int descriptor) const noexcept {
  if (!reading_.limited()) return;
  const auto bytes = static_cast<int>(unread_at_most(pool_.transport().read_rate));
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void Carrier::finish_connect(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(channel_->socket().descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return connect_next(error);
  has_connected();
}

void Carrier::has_connected() {
  connected_ = pool_.generator().now();
  pool_.prefer(origin_, address_);
  // Messages are written whole: waiting for more would only delay them.
  const int on = 1;
  ::setsockopt(channel_->socket().descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!pool_.secure(origin_)) return introduce();
  channel_->secure(pool_.tls_session(channel_->socket(), origin_));
  if (channel_->tls() == nullptr) return fail({Ending::tls, pool_.place(origin_).name + ": no memory for TLS", 0});
  phase_ = Phase::securing;
  shake_hands();
}

void Carrier::shake_hands() {
  switch (channel_->handshake()) {
    case Channel::Went::nothing:
      return;
    case Channel::Went::some:
      break;
    case Channel::Went::ended:
    case Channel::Went::broken: {
      const auto why = channel_->tls()->refusal();
      return fail({Ending::tls,
                   pool_.place(origin_).name + ": the TLS handshake failed" + (why.empty() ? "" : ": " + std::string(why)), 0});
    }
  }
  secured_ = pool_.generator().now();
  pool_.has_secured(*channel_->tls());
  introduce();
}

void Carrier::introduce() {
  const auto protocol = pool_.transport().protocol;
  const bool asked = protocol == plan::Protocol::http2 || protocol == plan::Protocol::h2c;
  const bool agreed = channel_->tls() != nullptr && channel_->tls()->protocol() == "h2";
  if (channel_->tls() != nullptr && asked && !agreed)
    return fail({Ending::malformed, pool_.place(origin_).name + " does not speak HTTP/2", 0});
  talk_ = make_talk(asked || agreed);
  phase_ = Phase::introducing;
  converse();
}

std::unique_ptr<Talk> Carrier::make_talk(bool http2) {
  const auto& transport = pool_.transport();
  if (transport.protocol == plan::Protocol::websocket) {
    pool_.speaks("websocket");
    return websocket_talk(pool_.recorder, pool_.introduction(origin_), transport.websocket_message, pool_.per_connection());
  }
  pool_.speaks(http2 ? "h2" : "http/1.1");
  if (!http2) return http1_talk(pool_.recorder);
  Http2Windows windows{transport.http2_window, transport.http2_window};
  if (reading_.limited()) windows = {unread_at_most(transport.read_rate), 0};
  return http2_talk(pool_.recorder, transport.streams, windows);
}

void Carrier::fail_later(Refusal refusal) {
  refusal_ = std::move(refusal);
  phase_ = Phase::failed;
  pool_.generator().poller().defer(*this);
}

void Carrier::fail(Refusal refusal) {
  close();
  pool_.failed(*this, refusal);
}

}  // namespace loadtest::drive
