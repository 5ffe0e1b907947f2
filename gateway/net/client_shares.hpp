#pragma once
// How many connections each client has and how fast new ones come, for all workers together and in memory that no client can make
// grow. Without locks: what many workers do at once, each does with atomic steps.
//
// A client is four cells, one in each of four rows; what is true of it is the least that its cells say. Clients that share a cell
// add up there, but two never share all four: a cell is chosen by a quarter of a 64-bit number that is different for each client. So
// nobody is ever counted for less than he has, nobody can be pushed out, and nobody can look for others to share cells with, because
// the numbers depend on a secret of the process. 1,000 clients at their limits hit one other client in all four rows with a
// probability of 1 in 20 million, 10,000 of them with 1 in 2,000 (a count-min sketch, Cormode and Muthukrishnan, 2005).

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "gateway/net/client_key.hpp"
#include "gateway/net/deadline.hpp"

namespace gw::net {

class ClientShares {
 public:
  /// Where a client is counted: 16 bits for each row.
  enum class Spot : std::uint64_t {};
  using Pause = std::chrono::nanoseconds;

  explicit ClientShares(std::uint64_t secret) : secret_(secret), cells_(std::make_unique<Row[]>(rows)) {}

  Spot spot(ClientKey client) const noexcept;

  /// One connection more, or false: the client has `most` of them. Exact: never more than `most`, whatever workers do at once.
  bool take(Spot spot, std::uint32_t most) noexcept;
  void leave(Spot spot) noexcept;

  /// One more has come, or false: after `burst` of them at once there is one each `pause`, and this one is too early. Who is told
  /// so has used up nothing.
  bool pace(Spot spot, Pause pause, std::uint32_t burst, Clock::time_point now) noexcept;

 private:
  static constexpr std::size_t rows = 4;
  static constexpr unsigned row_bits = 16;

  struct Cell {
    std::atomic<std::int64_t> due{0};  ///< when the client would have been here if it came once each pause (GCRA, ITU-T I.371)
    std::atomic<std::uint32_t> held{0};
  };
  using Row = std::array<Cell, std::size_t{1} << row_bits>;

  Cell& cell(Spot spot, std::size_t row) noexcept;
  std::int64_t least_due(Spot spot) noexcept;

  const std::uint64_t secret_;
  const std::unique_ptr<Row[]> cells_;
};

}  // namespace gw::net
