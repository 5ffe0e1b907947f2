#include "gateway/net/proxy_peer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gw::net {
namespace {

using Look = std::array<char, proxy_header_look>;

/// Takes `left` bytes off the socket. They may still be on their way.
Task<Result<void>> drop(Stream& stream, std::size_t left, Look& into) {
  while (left != 0) {
    const auto n = stream.socket().receive(std::span(into).first(std::min(left, into.size())));
    if (n == 0) co_return Failure{Code::closed, stream.side(), Retry::never};
    if (n > 0) {
      left -= static_cast<std::size_t>(n);
    } else if (errno != EAGAIN) {
      co_return Failure{Code::reset, stream.side(), Retry::never};
    } else if (auto ok = co_await stream.wait_readable(); !ok) {
      co_return ok;
    }
  }
  co_return Result<void>{};
}

}  // namespace

Task<Result<ProxyHeader>> read_proxy_header(Stream& stream) {
  Look look{};
  while (stream.open()) {
    const auto n = ::recv(stream.socket().descriptor(), look.data(), look.size(), MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) co_return Failure{Code::reset, stream.side(), Retry::never};
    auto parse = parse_proxy_header(std::span(look).first(static_cast<std::size_t>(std::max<ssize_t>(n, 0))));
    if (parse.outcome == ProxyHeaderParse::Outcome::bad) co_return Failure{Code::bad_start_line, stream.side(), Retry::never};
    if (parse.outcome == ProxyHeaderParse::Outcome::done) {
      if (auto ok = co_await drop(stream, parse.size, look); !ok) co_return ok.error();
      co_return std::move(parse.header);
    }
    if (n == 0 || stream.socket().ending()) break;
    stream.socket().not_readable();
    if (auto ok = co_await stream.wait_readable(); !ok) co_return ok.error();
  }
  co_return Failure{Code::closed, stream.side(), Retry::never};
}

}  // namespace gw::net
