#pragma once
// What the server draws from, as people write it: on the command line and in queries.

#include <string_view>

#include "config/units.hpp"
#include "loadtest/service/settings.hpp"

namespace loadtest::service {

/// `20ms`; `lognormal:20ms,0.5` (median, sigma); `150us:10,2ms:5` (so long in so many percent, the rest at once).
config::Parsed<Delay> parse_delay(std::string_view text);
/// `503:5,404:1`: so many percent with that status, the rest 200. `503` alone: all.
config::Parsed<std::vector<std::pair<std::uint16_t, double>>> parse_statuses(std::string_view text);
/// `4s:2s`: all that arrives from 4 s after the first request on is held until 6 s.
config::Parsed<Stall> parse_stall(std::string_view text);
/// A share in percent; `1`, `true` and `yes` of fortio's `close=` are all.
config::Parsed<double> parse_share(std::string_view text);

}  // namespace loadtest::service
