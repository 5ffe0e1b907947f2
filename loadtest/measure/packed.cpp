#include "loadtest/measure/packed.hpp"

#include <limits>

namespace loadtest::measure {

void Packer::write(std::int64_t number) {
  std::uint64_t rest = (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
  for (int byte = 0; byte != 8; ++byte) {
    if (rest < 0x80) {
      out_->push_back(static_cast<std::uint8_t>(rest));
      return;
    }
    out_->push_back(static_cast<std::uint8_t>(rest | 0x80));
    rest >>= 7;
  }
  // The ninth byte has all of its eight bits.
  out_->push_back(static_cast<std::uint8_t>(rest));
}

void Packer::add(std::uint32_t index, std::uint64_t count) {
  // One zero is a count of its own: so do the others, and the same histogram has the same bytes.
  if (const std::int64_t zeros = index - next_; zeros != 0) write(zeros == 1 ? 0 : -zeros);
  write(static_cast<std::int64_t>(count));
  next_ = index + 1;
}

bool Unpacker::read(std::int64_t& number) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t byte = 0; byte != rest_.size(); ++byte) {
    const std::uint64_t piece = rest_[byte];
    const bool last = byte == 8;
    bits |= (last ? piece : piece & 0x7f) << (7 * byte);
    if (!last && (piece & 0x80) != 0) continue;
    rest_ = rest_.subspan(byte + 1);
    number = static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
    return true;
  }
  return false;
}

bool Unpacker::next(Place& place) noexcept {
  std::int64_t number = 0;
  while (!rest_.empty() && !damaged_) {
    damaged_ = !read(number);
    if (damaged_) return false;
    if (number <= 0) {
      // A count of zero is one zero; a run beyond the end can have no sense, and its negation may not exist.
      if (number == std::numeric_limits<std::int64_t>::min() || static_cast<std::uint64_t>(-number) > size_)
        damaged_ = true;
      else
        index_ += number == 0 ? 1 : static_cast<std::uint64_t>(-number);
      if (index_ > size_) damaged_ = true;
      continue;
    }
    if (index_ >= size_) {
      damaged_ = true;
      return false;
    }
    place = {static_cast<std::uint32_t>(index_++), static_cast<std::uint64_t>(number)};
    return true;
  }
  return false;
}

PackedCounts add(const PackedCounts& one, const PackedCounts& other, std::size_t size) {
  if (other.empty()) return one;
  if (one.empty()) return other;
  PackedCounts sum;
  sum.reserve(one.size() + other.size());
  Packer out(sum);
  Unpacker left(one, size), right(other, size);
  Place a, b;
  bool more_left = left.next(a), more_right = right.next(b);
  while (more_left || more_right) {
    if (more_left && more_right && a.index == b.index) {
      out.add(a.index, a.count + b.count);
      more_left = left.next(a);
      more_right = right.next(b);
    } else if (more_left && (!more_right || a.index < b.index)) {
      out.add(a.index, a.count);
      more_left = left.next(a);
    } else {
      out.add(b.index, b.count);
      more_right = right.next(b);
    }
  }
  sum.shrink_to_fit();
  return sum;
}

PackedCounts add(const PackedCounts& counts, std::span<const std::uint32_t> places, std::size_t size) {
  PackedCounts fresh;
  Packer out(fresh);
  for (std::size_t i = 0; i != places.size();) {
    const std::size_t begin = i;
    while (i != places.size() && places[i] == places[begin]) ++i;
    out.add(places[begin], i - begin);
  }
  return add(counts, fresh, size);
}

}  // namespace loadtest::measure
