#pragma once
// Sizes and times as people write them.

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace config {

/// A number of bytes.
struct Bytes {
  std::uint64_t count = 0;
  friend auto operator<=>(const Bytes&, const Bytes&) = default;
};

constexpr Bytes kibibytes(std::uint64_t n) noexcept { return {n << 10}; }
constexpr Bytes mebibytes(std::uint64_t n) noexcept { return {n << 20}; }
constexpr Bytes gibibytes(std::uint64_t n) noexcept { return {n << 30}; }

/// A value, or the reason why there is none: the end of a sentence that begins with what was read ("must be ...").
template <class T>
struct Parsed {
  std::optional<T> value;
  std::string message;
  explicit operator bool() const noexcept { return value.has_value(); }
};

/// `512Mi`, `16Gi`, `1.5G`, `100k` or a plain number of bytes; at most 2^63 - 1. `m` and `g` are refused: they mean MiB to
/// the engine's command line and a thousandth or a million elsewhere.
Parsed<Bytes> parse_bytes(std::string_view text);

/// `500ms`, `15s`, `30m`, `1h30m`, `2d`; a plain number is seconds. At most ten years; not negative.
Parsed<std::chrono::milliseconds> parse_duration(std::string_view text);

/// A number of CPUs: `2`, `0.5` or `500m` (thousandths); more than 0, at most 1024.
Parsed<double> parse_cpus(std::string_view text);

/// The shortest exact way to write it: `512Mi`, `2G`, `1001`.
std::string to_string(Bytes size);

/// The shortest exact way to write it: `1h30m`, `15s`, `0s`.
std::string to_string(std::chrono::milliseconds duration);

}  // namespace config
