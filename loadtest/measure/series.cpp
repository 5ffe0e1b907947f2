#include "loadtest/measure/series.hpp"

#include <algorithm>

namespace loadtest::measure {
namespace {

std::size_t size_of(std::size_t metric) noexcept { return layout_of(static_cast<Metric>(metric)).size(); }

void widen(std::vector<Window>& windows) {
  for (std::size_t i = 0; i != windows.size(); ++i) {
    if (i % 2 != 0)
      windows[i / 2].add(windows[i]);
    else if (i != 0)
      windows[i / 2] = std::move(windows[i]);
  }
  windows.resize((windows.size() + 1) / 2);
  windows.shrink_to_fit();
}

void merge(std::vector<Window>& windows, const std::vector<Window>& others) {
  if (windows.size() < others.size()) windows.resize(others.size());
  for (std::size_t i = 0; i != others.size(); ++i) windows[i].add(others[i]);
}

template <class Number>
Number sum_of(const std::vector<Window>& windows, Number Window::*member) noexcept {
  Number sum = 0;
  for (const Window& window : windows) sum += window.*member;
  return sum;
}

}  // namespace

void Cell::add(const Cell& other, std::size_t size) {
  if (other.count == 0) return;
  min = count == 0 ? other.min : std::min(min, other.min);
  max = std::max(max, other.max);
  sum += other.sum;
  count += other.count;
  counts = measure::add(counts, other.counts, size);
}

void Window::add(const Window& other) {
  started += other.started;
  ended += other.ended;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  for (std::size_t i = 0; i != metrics; ++i) cells[i].add(other.cells[i], size_of(i));
  tally = measure::add(tally, other.tally, tally_size);
}

void Series::widen() {
  measure::widen(windows);
  measure::widen(warm_up);
  width *= 2;
}

void Series::widen_to(Nanoseconds wanted) {
  while (width < wanted) widen();
}

void Series::merge(const Series& other) {
  if (other.width > width) widen_to(other.width);
  if (other.width == width) {
    measure::merge(windows, other.windows);
    measure::merge(warm_up, other.warm_up);
    return;
  }
  Series wide = other;
  wide.widen_to(width);
  measure::merge(windows, wide.windows);
  measure::merge(warm_up, wide.warm_up);
}

Nanoseconds Series::warm_until(Nanoseconds moment) {
  const auto end = std::min(windows.size(), static_cast<std::size_t>(std::max<Nanoseconds>(moment, 0) / width));
  if (warm_up.size() < end) warm_up.resize(end);
  for (std::size_t i = 0; i != end; ++i) {
    warm_up[i].add(windows[i]);
    windows[i] = {};
  }
  return static_cast<Nanoseconds>(end) * width;
}

Histogram Series::total(Metric metric) const {
  Histogram sum(layout_of(metric));
  for (const Window& window : windows) sum.add_packed(window[metric].counts);
  return sum;
}

Cell Series::summary(Metric metric) const {
  Cell sum;
  for (const Window& window : windows) {
    const Cell& cell = window[metric];
    sum.add({cell.count, cell.sum, cell.min, cell.max, {}}, 0);
  }
  return sum;
}

std::uint64_t Series::started() const noexcept { return sum_of(windows, &Window::started); }
std::uint64_t Series::ended() const noexcept { return sum_of(windows, &Window::ended); }
std::uint64_t Series::bytes_in() const noexcept { return sum_of(windows, &Window::bytes_in); }
std::uint64_t Series::bytes_out() const noexcept { return sum_of(windows, &Window::bytes_out); }

std::array<std::uint64_t, tally_size> tally_of(std::span<const Window> windows) {
  std::array<std::uint64_t, tally_size> sum{};
  for (const Window& window : windows) {
    Unpacker counts(window.tally, tally_size);
    for (Place place; counts.next(place);) sum[place.index] += place.count;
  }
  return sum;
}

std::vector<CodeCount> Series::codes() const {
  const auto tally = tally_of(windows);
  std::vector<CodeCount> found;
  for (std::size_t code = 0; code != 1000; ++code) {
    if (tally[code] != 0) found.push_back({static_cast<std::uint16_t>(code), tally[code]});
  }
  return found;
}

std::array<std::uint64_t, endings> Series::by_ending() const {
  const auto tally = tally_of(windows);
  std::array<std::uint64_t, endings> found{};
  std::copy(tally.begin() + 1000, tally.end(), found.begin());
  return found;
}

}  // namespace loadtest::measure
