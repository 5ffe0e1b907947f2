#pragma once
// Numbers as people give them to load testers: counts with k and M, rates with a unit of time, spans down to nanoseconds.

#include <cstdint>
#include <string>
#include <string_view>

#include "config/units.hpp"
#include "loadtest/measure/sample.hpp"

namespace loadtest::plan {

/// `250us`, `1.5s`, `1m30s`, `2h`; a plain number is seconds. Units ns, us (µs), ms, s, m, h. At most 30 days; not negative.
config::Parsed<measure::Nanoseconds> parse_span(std::string_view text);

/// `200`, `200/s`, `5k/s`, `600/m`: requests a second, more than 0 and at most 10 million.
config::Parsed<double> parse_rate(std::string_view text);

/// `100`, `10k`, `1.5M`: a whole number, at most 10^12. k and M are thousands and millions, whatever their case.
config::Parsed<std::uint64_t> parse_count(std::string_view text);

/// `99.9`, and with or without `%`: 0 to 100.
config::Parsed<double> parse_percent(std::string_view text);

/// As it is read by parse_span, exactly: `1500ms`, `20ms`, `2s`, `7ns`.
std::string exact_span(measure::Nanoseconds span);

}  // namespace loadtest::plan
