#pragma once
// Results as JSON, `"schema": "spaceport-bench/1"`: times in integer nanoseconds with the unit in the key, histograms in base64 (V2). What
// is read is what was written; files that merge, diff and compare take are these.

#include <boost/json.hpp>

#include <string_view>
#include <variant>

#include "config/units.hpp"
#include "loadtest/measure/differences.hpp"
#include "loadtest/measure/result.hpp"

namespace loadtest::measure {

inline constexpr std::string_view schema = "spaceport-bench/1";
/// The longest file that is read.
inline constexpr std::size_t longest_file = std::size_t{512} << 20;

/// Null: not known.
boost::json::value to_json(const std::optional<Floor>& floor);
boost::json::object to_json(const Result& result);
/// For scripts, made of the rest and not read again: `p50` ... `p99.9` and `total` with `value_ns` and what is 95 % likely of it, null where
/// that is not known; means of phases over successes; `found`: whether there is a difference at p50.
boost::json::object to_json(const Differences& differences);
boost::json::object to_json(const Comparison& comparison);
boost::json::object to_json(const Capacity& capacity);

using Document = std::variant<Result, Comparison, Capacity>;

/// Reads what one of the three made. What is wrong is one sentence that names the place: "series.windows[3].success.histogram is cut off".
config::Parsed<Document> read_document(std::string_view text);

/// The same where only a single run will do.
config::Parsed<Result> read_result(std::string_view text);

}  // namespace loadtest::measure
