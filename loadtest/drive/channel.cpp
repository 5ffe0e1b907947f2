#include "loadtest/drive/channel.hpp"

#include <sys/uio.h>

#include <cerrno>

namespace loadtest::drive {

using gw::net::TlsSession;

Channel::Step Channel::of(TlsSession::Step step) noexcept {
  switch (step.need) {
    case TlsSession::Need::nothing:
      return {Went::some, step.n};
    case TlsSession::Need::read:
    case TlsSession::Need::write:
      return {Went::nothing, 0};
    case TlsSession::Need::closed:
      return {Went::ended, 0};
    case TlsSession::Need::failed:
      break;
  }
  return {Went::broken, 0};
}

gw::net::Descriptor Channel::close() noexcept {
  if (tls_) tls_->close();
  return socket_.release();
}

Channel::Went Channel::handshake() noexcept { return of(tls_->handshake()).went; }

Channel::Step Channel::read(std::span<char> into) noexcept {
  if (tls_) return of(tls_->read(into));
  const auto n = socket_.receive(into);
  if (n > 0) return {Went::some, static_cast<std::size_t>(n)};
  if (n == 0) return {Went::ended, 0};
  return {errno == EAGAIN ? Went::nothing : Went::broken, 0};
}

Channel::Step Channel::write(std::span<const char> from) noexcept {
  if (tls_) return of(tls_->write(from));
  const iovec piece{const_cast<char*>(from.data()), from.size()};
  const auto n = socket_.send({&piece, 1});
  if (n >= 0) return {Went::some, static_cast<std::size_t>(n)};
  return {errno == EAGAIN ? Went::nothing : Went::broken, 0};
}

}  // namespace loadtest::drive
