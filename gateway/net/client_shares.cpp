#include "gateway/net/client_shares.hpp"

#include <algorithm>
#include <limits>

namespace gw::net {
namespace {

// The finalizer of splitmix64 (Steele, Lea and Flood, 2014; constants by Stafford). Each number has another result.
std::uint64_t scrambled(std::uint64_t number) noexcept {
  number = (number ^ (number >> 30)) * 0xbf58'476d'1ce4'e5b9;
  number = (number ^ (number >> 27)) * 0x94d0'49bb'1331'11eb;
  return number ^ (number >> 31);
}

std::int64_t nanoseconds(Clock::time_point time) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

ClientShares::Spot ClientShares::spot(ClientKey client) const noexcept {
  // Twice, with the secret before each: after one round an observer who knows one client's cells could look for neighbours.
  return Spot{scrambled(scrambled(static_cast<std::uint64_t>(client) + secret_) ^ secret_)};
}

ClientShares::Cell& ClientShares::cell(Spot spot, std::size_t row) noexcept {
  const auto index = static_cast<std::uint64_t>(spot) >> (row_bits * row);
  return cells_[row][index & (std::tuple_size_v<Row> - 1)];
}

// First all cells are told, then all are asked. Of several workers that do it at once, the last to ask sees what all of them have
// told, so that at least he is refused when they are too many.
bool ClientShares::take(Spot spot, std::uint32_t most) noexcept {
  for (std::size_t row = 0; row != rows; ++row) cell(spot, row).held.fetch_add(1);
  for (std::size_t row = 0; row != rows; ++row)
    if (cell(spot, row).held.load() <= most) return true;
  leave(spot);
  return false;
}

void ClientShares::leave(Spot spot) noexcept {
  for (std::size_t row = 0; row != rows; ++row) cell(spot, row).held.fetch_sub(1);
}

std::int64_t ClientShares::least_due(Spot spot) noexcept {
  auto least = std::numeric_limits<std::int64_t>::max();
  for (std::size_t row = 0; row != rows; ++row) least = std::min(least, cell(spot, row).due.load());
  return least;
}

bool ClientShares::pace(Spot spot, Pause pause, std::uint32_t burst, Clock::time_point now) noexcept {
  const std::int64_t here = nanoseconds(now);
  const std::int64_t latest = here + pause.count() * (std::int64_t{burst} - 1);
  if (least_due(spot) > latest) return false;
  for (std::size_t row = 0; row != rows; ++row) {
    auto& due = cell(spot, row).due;
    auto known = due.load();
    while (!due.compare_exchange_weak(known, std::max(known, here) + pause.count())) {
    }
  }
  // Others may have been here at the same time: as in `take`.
  return least_due(spot) - pause.count() <= latest;
}

}  // namespace gw::net
