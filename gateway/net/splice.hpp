#pragma once
// Bytes from one plain socket to another without passing through us: splice(2) moves pages where read and write would copy
// each byte twice.

#include <cstdint>

#include "gateway/net/stream.hpp"

namespace gw::net {

/// What a move has done, and why it ended early if it did.
struct Moved {
  std::uint64_t bytes = 0;  ///< that `to` has taken
  Result<void> result;
};

/// Moves `n` bytes. Both streams must be plain, without a read under way on `from` and without input in it. Neither may stand
/// still for longer than `patience`. The failure is that of the side that broke; an early end of `from` is `truncated`.
Task<Moved> splice_bytes(Stream& from, Stream& to, std::uint64_t n, Duration patience);

}  // namespace gw::net
