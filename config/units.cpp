#include "config/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace config {
namespace {

struct ByteUnit {
  std::string_view suffix;
  std::uint64_t bytes;
};
constexpr std::array byte_units = {ByteUnit{"", 1},
                                   ByteUnit{"B", 1},
                                   ByteUnit{"k", 1'000},
                                   ByteUnit{"K", 1'000},
                                   ByteUnit{"kB", 1'000},
                                   ByteUnit{"KB", 1'000},
                                   ByteUnit{"M", 1'000'000},
                                   ByteUnit{"MB", 1'000'000},
                                   ByteUnit{"G", 1'000'000'000},
                                   ByteUnit{"GB", 1'000'000'000},
                                   ByteUnit{"T", 1'000'000'000'000},
                                   ByteUnit{"TB", 1'000'000'000'000},
                                   ByteUnit{"Ki", 1ULL << 10},
                                   ByteUnit{"KiB", 1ULL << 10},
                                   ByteUnit{"Mi", 1ULL << 20},
                                   ByteUnit{"MiB", 1ULL << 20},
                                   ByteUnit{"Gi", 1ULL << 30},
                                   ByteUnit{"GiB", 1ULL << 30},
                                   ByteUnit{"Ti", 1ULL << 40},
                                   ByteUnit{"TiB", 1ULL << 40}};

constexpr std::uint64_t bytes_max = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t milliseconds_max = 10ULL * 366 * 86'400'000;

/// Takes the digits in front off `text`; nothing when there are none or too many.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct Decimal {
  std::uint64_t whole = 0;
  std::uint64_t thousandths = 0;
};

/// Takes `12` or `1.5`, with at most three digits behind the point.
std::optional<Decimal> take_decimal(std::string_view& text) {
  const auto whole = take_number(text);
  if (!whole) return std::nullopt;
  Decimal decimal{*whole, 0};
  if (text.empty() || text.front() != '.') return decimal;
  text.remove_prefix(1);
  const auto before = text.size();
  const auto fraction = take_number(text);
  const auto digits = before - text.size();
  if (!fraction || digits > 3) return std::nullopt;
  decimal.thousandths = *fraction;
  for (auto i = digits; i < 3; ++i) decimal.thousandths *= 10;
  return decimal;
}

std::optional<std::uint64_t> milliseconds_of(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1'000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return 86'400'000;
  return std::nullopt;
}

}  // namespace

Parsed<Bytes> parse_bytes(std::string_view text) {
  const std::string rule = "must be a size such as 512Mi, 16Gi or 2G";
  if (text.empty() || text.front() < '0' || text.front() > '9') return {{}, rule};
  const auto number = take_decimal(text);
  if (!number) return {{}, rule};
  if (text == "m" || text == "g") {
    const std::string unit(1, static_cast<char>(text.front() - 'a' + 'A'));
    return {{}, rule + ": \"" + std::string(text) + "\" is not clear, write " + unit + "i or " + unit};
  }
  for (const auto& unit : byte_units) {
    if (unit.suffix != text) continue;
    if (unit.bytes == 1 && number->thousandths != 0) return {{}, "must be a whole number of bytes"};
    if (number->whole > bytes_max / unit.bytes - 1) return {{}, "must be less than 8192Pi bytes"};
    return {Bytes{number->whole * unit.bytes + number->thousandths * unit.bytes / 1000}, {}};
  }
  return {{}, rule + ": unknown unit \"" + std::string(text.substr(0, 16)) + "\""};
}

Parsed<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::string rule = "must be a duration such as 500ms, 15s, 30m or 1h30m";
  const std::string too_long = "must be at most ten years";
  if (text.empty() || text.front() < '0' || text.front() > '9') return {{}, rule};
  std::uint64_t total = 0;
  bool first = true;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return {{}, rule};
    const auto unit = text.substr(0, text.find_first_of("0123456789"));
    text.remove_prefix(unit.size());
    const bool plain = first && unit.empty() && text.empty();
    const auto factor = plain ? std::optional<std::uint64_t>(1'000) : milliseconds_of(unit);
    if (!factor) return {{}, unit.empty() ? rule : rule + ": unknown unit \"" + std::string(unit.substr(0, 16)) + "\""};
    if (*number > milliseconds_max / *factor) return {{}, too_long};
    total += *number * *factor;
    if (total > milliseconds_max) return {{}, too_long};
    first = false;
  }
  return {std::chrono::milliseconds(total), {}};
}

Parsed<double> parse_cpus(std::string_view text) {
  const std::string rule = "must be a number of CPUs such as 2, 0.5 or 500m";
  const auto number = take_decimal(text);
  if (!number) return {{}, rule};
  const bool thousandths = text == "m";
  if (!text.empty() && (!thousandths || number->thousandths != 0)) return {{}, rule};
  const auto value = static_cast<double>(number->whole) + static_cast<double>(number->thousandths) / 1000;
  const auto cpus = thousandths ? value / 1000 : value;
  if (cpus <= 0) return {{}, "must be greater than 0"};
  if (cpus > 1024) return {{}, "must be less than or equal to 1024"};
  return {cpus, {}};
}

std::string to_string(Bytes size) {
  constexpr std::array units = {
      ByteUnit{"Ti", 1ULL << 40},          ByteUnit{"Gi", 1ULL << 30},   ByteUnit{"Mi", 1ULL << 20}, ByteUnit{"Ki", 1ULL << 10},
      ByteUnit{"T", 1'000'000'000'000ULL}, ByteUnit{"G", 1'000'000'000}, ByteUnit{"M", 1'000'000},   ByteUnit{"k", 1'000}};
  auto best = std::to_string(size.count);
  for (const auto& unit : units) {
    if (size.count == 0 || size.count % unit.bytes != 0) continue;
    auto text = std::to_string(size.count / unit.bytes) + std::string(unit.suffix);
    if (text.size() < best.size()) best = std::move(text);
  }
  return best;
}

std::string to_string(std::chrono::milliseconds duration) {
  struct Unit {
    const char* suffix;
    std::int64_t milliseconds;
  };
  constexpr std::array units = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                                Unit{"ms", 1}};
  std::string out;
  auto rest = duration.count();
  for (const auto& unit : units) {
    if (rest >= unit.milliseconds) out += std::to_string(rest / unit.milliseconds) + unit.suffix;
    rest %= unit.milliseconds;
  }
  return out.empty() ? "0s" : out;
}

}  // namespace config
