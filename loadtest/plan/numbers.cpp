#include "loadtest/plan/numbers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace loadtest::plan {
namespace {

using measure::Nanoseconds;

struct Unit {
  std::string_view name;
  Nanoseconds nanoseconds;
};
constexpr std::array units = {Unit{"ns", 1},
                              Unit{"us", 1'000},
                              Unit{"µs", 1'000},
                              Unit{"ms", 1'000'000},
                              Unit{"s", 1'000'000'000},
                              Unit{"m", 60'000'000'000},
                              Unit{"h", 3'600'000'000'000}};
constexpr double span_max = 30.0 * 24 * 3.6e12;
constexpr double rate_max = 1e7;
constexpr double count_max = 1e12;

/// Takes digits with at most one point off the front; no sign, no exponent, no `inf`.
std::optional<double> take_decimal(std::string_view& text) {
  const auto size = text.find_first_not_of("0123456789.");
  const auto digits = text.substr(0, size);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  text.remove_prefix(digits.size());
  return value;
}

/// The factor of k or M, which is taken off.
double take_factor(std::string_view& text) {
  if (text.empty()) return 1;
  const double factor = text.front() == 'k' || text.front() == 'K' ? 1e3 : text.front() == 'm' || text.front() == 'M' ? 1e6 : 1;
  if (factor > 1) text.remove_prefix(1);
  return factor;
}

const Unit* unit_of(std::string_view name) {
  for (const auto& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

}  // namespace

config::Parsed<Nanoseconds> parse_span(std::string_view text) {
  const std::string rule = "must be a time such as 250us, 20ms, 1.5s, 30s, 2m or 1m30s";
  if (text.empty()) return {{}, rule};
  double total = 0;
  for (bool first = true; !text.empty(); first = false) {
    const auto number = take_decimal(text);
    if (!number) return {{}, rule};
    const auto name = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(name.size());
    const Unit* unit = unit_of(first && name.empty() && text.empty() ? "s" : name);
    if (unit == nullptr) return {{}, name.empty() ? rule : fmt::format("{}: unknown unit \"{}\"", rule, name.substr(0, 16))};
    total += *number * static_cast<double>(unit->nanoseconds);
    if (total > span_max) return {{}, "must be at most 30 days"};
  }
  return {static_cast<Nanoseconds>(std::llround(total)), {}};
}

config::Parsed<double> parse_rate(std::string_view text) {
  const std::string rule = "must be a rate such as 200, 200/s, 5k/s or 600/m";
  const auto number = take_decimal(text);
  if (!number) return {{}, rule};
  const double factor = take_factor(text);
  double per = 0;
  if (text.empty() || text == "/s") per = 1;
  if (text == "/m") per = 60;
  if (text == "/h") per = 3600;
  if (per == 0) return {{}, rule};
  const double rate = *number * factor / per;
  if (rate <= 0) return {{}, "must be more than 0"};
  if (rate > rate_max) return {{}, "must be at most 10M/s"};
  return {rate, {}};
}

config::Parsed<std::uint64_t> parse_count(std::string_view text) {
  const std::string rule = "must be a whole number such as 100, 10k or 1M";
  const auto number = take_decimal(text);
  if (!number) return {{}, rule};
  const double value = *number * take_factor(text);
  if (!text.empty() || value != std::floor(value)) return {{}, rule};
  if (value > count_max) return {{}, "must be at most 1000000M"};
  return {static_cast<std::uint64_t>(value), {}};
}

config::Parsed<double> parse_percent(std::string_view text) {
  const auto number = take_decimal(text);
  if (!number || (!text.empty() && text != "%") || *number > 100) return {{}, "must be a percentage from 0% to 100%"};
  return {*number, {}};
}

std::string exact_span(Nanoseconds span) {
  for (const auto& [name, size] : {std::pair{"s", Nanoseconds{1'000'000'000}}, std::pair{"ms", Nanoseconds{1'000'000}},
                                   std::pair{"us", Nanoseconds{1'000}}}) {
    if (span % size == 0) return fmt::format("{}{}", span / size, name);
  }
  return fmt::format("{}ns", span);
}

}  // namespace loadtest::plan
