#pragma once
// Numbers as people read them: three digits that count, and a unit.

#include <cstdint>
#include <string>
#include <string_view>

#include "loadtest/measure/percentile.hpp"

namespace loadtest::report {

/// `312 ns`, `35.2 µs`, `1.02 ms`, `2.02 s`, `3m20s`; negative ones with a sign.
std::string duration(double nanoseconds);
/// The same with a sign, always: what a difference is.
std::string difference(double nanoseconds);
/// `1,234,567`.
std::string whole(std::uint64_t number);
/// `199.8`, `12,345`: of which three digits at least are said.
std::string rate(double a_second);
/// `1.20 MB`, in powers of 1000.
std::string bytes(double count);
/// `0.42 %`; what is not 0 is not said to be.
std::string percent(double share);

/// `182 ms`, `≥ 10.0 s`, or `n/a (need 1,000)`.
std::string percentile(const measure::Reading& reading);
/// Likewise for a table: `n/a` without the reason.
std::string short_percentile(const measure::Reading& reading);
/// `p99`, `p99.9`.
std::string name_of_quantile(double quantile);

/// How many columns a text takes: characters in UTF-8, each of one column.
std::size_t columns(std::string_view text) noexcept;
/// Filled with spaces to this many columns, in front (`right`) or behind.
std::string right(std::string_view text, std::size_t width);
std::string left(std::string_view text, std::size_t width);

/// Text that others wrote, without what would move a terminal's cursor.
std::string printable(std::string_view text);

/// A bar of this share (0 to 1) of `width` columns, in eighths of one: `███▌`. Something that is not 0 has an eighth at least.
std::string bar(double share, std::size_t width);

}  // namespace loadtest::report
