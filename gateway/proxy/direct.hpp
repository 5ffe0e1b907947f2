#pragma once
// Long plain bodies pass through the kernel, not through us.

#include "gateway/http/exchange.hpp"
#include "gateway/net/splice.hpp"

namespace gw::proxy {

/// Below it a copy is cheaper than the two system calls more.
inline constexpr std::uint64_t worth_moving = 128 * 1024;

/// Moves as much of the body as the transports allow from `from` to `to` and adds it to `bytes`. Nothing moved and no failure:
/// they do not allow it, or the body is short; go on piece by piece.
template <class From, class To>
net::Task<net::Result<void>> move_directly(From& from, To& to, net::Duration patience, std::uint64_t& bytes) {
  const http::Direct source = from.direct_source();
  if (source.stream == nullptr || source.left < worth_moving) co_return net::Result<void>{};
  net::Stream* sink = to.direct_sink();
  if (sink == nullptr) co_return net::Result<void>{};
  const auto moved = co_await net::splice_bytes(*source.stream, *sink, source.left, patience);
  from.direct_moved(moved.bytes);
  bytes += moved.bytes;
  co_return moved.result;
}

}  // namespace gw::proxy
