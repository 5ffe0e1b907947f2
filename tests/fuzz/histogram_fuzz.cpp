// Hostile histograms, logs of them and results: no crash, memory bounded, and what was read can be written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "loadtest/measure/histogram_codec.hpp"
#include "loadtest/measure/interval_log.hpp"
#include "loadtest/measure/result_json.hpp"

namespace {

using namespace loadtest::measure;

void read_again(const Histogram& histogram) {
  const auto again = decode(encode(histogram));
  if (!again || !(*again.value == histogram)) std::abort();
  if (histogram.value_at_percentile(99) > histogram.max() || histogram.value_at_percentile(0) < histogram.min()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  // The first byte says what the rest is: most inputs would be good for one of them only.
  const std::string_view rest = text.substr(1);
  if (text.front() == 'b') {
    if (const auto histogram = decode(rest)) read_again(*histogram.value);
  } else if (text.front() == 'h') {
    if (const auto histogram = decode_base64(rest)) read_again(*histogram.value);
  } else if (text.front() == 'l') {
    const auto log = read_interval_log(rest);
    if (!log && log.message.empty()) std::abort();
  } else {
    const auto document = read_document(rest);
    if (!document && document.message.empty()) std::abort();
    if (const Result* const result = document ? std::get_if<Result>(&*document.value) : nullptr) {
      if (!read_result(boost::json::serialize(to_json(*result)))) std::abort();
    }
  }
  return 0;
}
