#pragma once
// Which streams a client has ended, in two dozen bytes.

#include <bitset>
#include <cstdint>

namespace gw::http::h2 {

/// The numbers of the streams that a client opens, which are odd and grow.
class StreamNumbers {
 public:
  /// So many of the newest numbers, used or left out, are looked after: no client has more streams open at once.
  static constexpr std::size_t kept = 128;

  bool above_all(std::int32_t id) const noexcept { return id / 2 > highest_; }
  /// `id` is above all.
  void opened(std::int32_t id) noexcept {
    ended_ <<= static_cast<std::size_t>(id / 2 - highest_);
    highest_ = id / 2;
  }
  /// The client says nothing more on `id`. One that is above all is left alone.
  void ended(std::int32_t id) noexcept {
    if (back(id) < kept) ended_.set(back(id));
  }
  /// Has it ended? Of older numbers that is forgotten.
  bool has_ended(std::int32_t id) const noexcept { return back(id) < kept && ended_.test(back(id)); }

 private:
  // Of one that is above all it is a huge number.
  std::size_t back(std::int32_t id) const noexcept { return static_cast<std::size_t>(highest_ - id / 2); }

  std::int32_t highest_ = -1;  ///< half of it
  std::bitset<kept> ended_;    ///< that of the highest first
};

}  // namespace gw::http::h2
