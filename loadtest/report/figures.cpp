#include "loadtest/report/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace loadtest::report {
namespace {

/// With three digits that count. Rounding must not leave four of them: 999.6 is 1000.
std::string three_digits(double number) {
  const double size = std::abs(number);
  return fmt::format("{:.{}f}", number, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

struct Unit {
  double size;
  std::string_view name;
};

template <std::size_t n>
std::string with_unit(double number, const std::array<Unit, n>& units) {
  for (const Unit& unit : units) {
    if (std::abs(number) >= 0.9995 * unit.size) return three_digits(number / unit.size) + std::string(unit.name);
  }
  return fmt::format("{:.0f}{}", number, units.back().name);
}

}  // namespace

std::string duration(double nanoseconds) {
  constexpr std::array<Unit, 3> units = {{{1e9, " s"}, {1e6, " ms"}, {1e3, " µs"}}};
  if (std::abs(nanoseconds) >= 99.95e9) {
    const auto seconds = static_cast<std::int64_t>(std::llround(std::abs(nanoseconds) / 1e9));
    const std::string sign = nanoseconds < 0 ? "-" : "";
    if (seconds < 3600) return fmt::format("{}{}m{:02}s", sign, seconds / 60, seconds % 60);
    return fmt::format("{}{}h{:02}m", sign, seconds / 3600, seconds % 3600 / 60);
  }
  if (std::abs(nanoseconds) < 999.5) return fmt::format("{:.0f} ns", nanoseconds == 0 ? 0.0 : nanoseconds);
  return with_unit(nanoseconds, units);
}

std::string difference(double nanoseconds) { return (nanoseconds >= 0 ? "+" : "") + duration(nanoseconds); }

std::string whole(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string rate(double a_second) {
  if (a_second >= 999.5) return whole(static_cast<std::uint64_t>(std::llround(a_second)));
  return three_digits(a_second);
}

std::string bytes(double count) {
  constexpr std::array<Unit, 5> units = {{{1e12, " TB"}, {1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}}};
  if (count < 999.5) return fmt::format("{:.0f} B", count);
  return with_unit(count, units);
}

std::string percent(double share) {
  const double value = 100 * share;
  if (value == 0) return "0 %";
  if (value < 0.005) return "< 0.01 %";
  if (value >= 99.995 && value < 100) return "> 99.99 %";
  return value >= 99.95 && value < 100 ? fmt::format("{:.2f} %", value) : three_digits(value) + " %";
}

std::string short_percentile(const measure::Reading& reading) {
  if (reading.state == measure::Reading::State::too_few) return "n/a";
  const std::string value = duration(static_cast<double>(reading.value));
  return reading.state == measure::Reading::State::at_least ? "≥ " + value : value;
}

std::string percentile(const measure::Reading& reading) {
  if (reading.state == measure::Reading::State::too_few) return fmt::format("n/a (need {})", whole(reading.need));
  return short_percentile(reading);
}

std::string name_of_quantile(double quantile) { return fmt::format("p{:.10g}", std::round(quantile * 1e8) / 1e6); }

std::size_t columns(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(width > taken ? width - taken : 0, ' ').append(text);
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(text).append(width > taken ? width - taken : 0, ' ');
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i != text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls are two bytes in UTF-8, and terminals obey them too.
    const bool c1 = byte == 0xc2 && i + 1 != text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || c1) {
      out += '?';
      if (c1) ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string bar(double share, std::size_t width) {
  constexpr std::array<std::string_view, 8> parts = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(share > 0)) return {};
  const auto eighths =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(std::min(share, 1.0) * static_cast<double>(8 * width))));
  std::string out;
  for (std::size_t i = 0; i != eighths / 8; ++i) out += "█";
  return out.append(parts[eighths % 8]);
}

}  // namespace loadtest::report
