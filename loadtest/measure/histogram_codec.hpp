#pragma once
// Histograms as bytes and text that every HdrHistogram library reads: the V2 encoding, compressed, in base64 ("HISTF...").

#include <string>
#include <string_view>

#include "config/units.hpp"
#include "loadtest/measure/histogram.hpp"

namespace loadtest::measure {

/// V2 without compression.
std::string encode(const Histogram& histogram);
/// V2, compressed, base64.
std::string encode_base64(const Histogram& histogram);

/// The most places of a histogram that comes from elsewhere (32 MiB): 3 digits of any range have 56 thousand.
inline constexpr std::size_t most_places = std::size_t{1} << 22;

/// Reads them. Whatever the text is, memory and time are bounded by its length and by `most_places`.
config::Parsed<Histogram> decode(std::string_view bytes);
config::Parsed<Histogram> decode_base64(std::string_view text);

/// What zlib has compressed to at most `most` bytes; nothing when it is damaged, or more.
std::optional<std::string> inflated(std::string_view bytes, std::size_t most);

}  // namespace loadtest::measure
