#include "loadtest/measure/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace loadtest::measure {

void Histogram::count(std::size_t index, std::uint64_t count) noexcept {
  if (count == 0) return;
  counts_[index] += count;
  total_ += count;
  begin_ = std::min(begin_, index);
  end_ = std::max(end_, index + 1);
}

void Histogram::record(std::uint64_t value, std::uint64_t times) noexcept {
  count(layout_.index_of(std::min(value, layout_.highest())), times);
}

void Histogram::record_corrected(std::uint64_t value, std::uint64_t interval) noexcept {
  record(value);
  if (interval == 0) return;
  for (std::uint64_t missing = std::min(value, layout_.highest()); missing >= 2 * interval;) {
    missing -= interval;
    record(missing);
  }
}

bool Histogram::add_packed(std::span<const std::uint8_t> packed) {
  Unpacker check(packed, layout_.size());
  std::uint64_t sum = total_;
  for (Place place; check.next(place);) {
    if (place.count >
        std::numeric_limits<std::int64_t>::max() - std::min<std::uint64_t>(sum, std::numeric_limits<std::int64_t>::max()))
      return false;
    sum += place.count;
  }
  if (check.damaged()) return false;
  Unpacker counts(packed, layout_.size());
  for (Place place; counts.next(place);) count(place.index, place.count);
  return true;
}

void Histogram::merge(const Histogram& other) noexcept {
  const bool same = layout_ == other.layout_;
  for (std::size_t i = other.begin_; i < other.end_; ++i) {
    if (other.counts_[i] == 0) continue;
    if (same)
      count(i, other.counts_[i]);
    else
      record(other.layout_.middle_at(i), other.counts_[i]);
  }
}

std::uint64_t Histogram::rank_of(double percentile) const noexcept {
  const double wanted = std::clamp(percentile, 0.0, 100.0) / 100.0 * static_cast<double>(total_);
  // Rounded up, but the last bit of a product that is not exact must not make it one more.
  const double rank = std::ceil(wanted - (wanted > 0 ? std::ldexp(1.0, std::ilogb(wanted) - 52) : 0));
  return rank < 1 ? 1 : static_cast<std::uint64_t>(rank);
}

std::uint64_t Histogram::value_at_rank(std::uint64_t rank) const noexcept {
  std::uint64_t seen = 0;
  for (std::size_t i = begin_; i < end_; ++i) {
    seen += counts_[i];
    if (seen >= rank) return layout_.highest_at(i);
  }
  return total_ == 0 ? 0 : max();
}

std::uint64_t Histogram::value_at_percentile(double percentile) const noexcept {
  if (total_ == 0) return 0;
  return percentile <= 0 ? min() : value_at_rank(rank_of(percentile));
}

double Histogram::percentile_at_or_below(std::uint64_t value) const noexcept {
  if (total_ == 0) return 100;
  const std::size_t last = layout_.index_of(std::min(value, layout_.highest()));
  std::uint64_t seen = 0;
  for (std::size_t i = begin_; i < end_ && i <= last; ++i) seen += counts_[i];
  return 100.0 * static_cast<double>(seen) / static_cast<double>(total_);
}

std::uint64_t Histogram::min() const noexcept { return total_ == 0 ? 0 : layout_.lowest_at(begin_); }
std::uint64_t Histogram::max() const noexcept { return total_ == 0 ? 0 : layout_.highest_at(end_ - 1); }

double Histogram::mean() const noexcept {
  if (total_ == 0) return 0;
  double sum = 0;
  for (std::size_t i = begin_; i != end_; ++i)
    sum += static_cast<double>(counts_[i]) * static_cast<double>(layout_.middle_at(i));
  return sum / static_cast<double>(total_);
}

double Histogram::standard_deviation() const noexcept {
  if (total_ == 0) return 0;
  const double middle = mean();
  double squares = 0;
  for (std::size_t i = begin_; i != end_; ++i) {
    const double distance = static_cast<double>(layout_.middle_at(i)) - middle;
    squares += static_cast<double>(counts_[i]) * distance * distance;
  }
  return std::sqrt(squares / static_cast<double>(total_));
}

PackedCounts Histogram::packed() const {
  PackedCounts out;
  Packer packer(out);
  for (std::size_t i = begin_; i < end_; ++i) {
    if (counts_[i] != 0) packer.add(static_cast<std::uint32_t>(i), counts_[i]);
  }
  return out;
}

}  // namespace loadtest::measure
