// Histograms for another implementation to read, and those that it wrote: `histogram_exchange say` prints ours with their values,
// `histogram_exchange read` reads texts from stdin, one a line, and prints what we make of them; `histogram_exchange log` reads an `.hlog`.

#include <boost/json.hpp>

#include <array>
#include <iostream>
#include <iterator>
#include <string>

#include "loadtest/measure/histogram_codec.hpp"
#include "loadtest/measure/interval_log.hpp"
#include "tests/loadtest/measure/runs.hpp"

namespace {

namespace json = boost::json;
using namespace loadtest::measure;

json::object described(const Histogram& histogram) {
  json::array percentiles;
  for (const double percentile : {0.0, 0.01, 1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0}) {
    percentiles.push_back(histogram.value_at_percentile(percentile));
  }
  return {{"total", histogram.total()},
          {"percentiles", percentiles},
          {"mean", histogram.mean()},
          {"deviation", histogram.standard_deviation()}};
}

json::object made(unsigned digits, std::uint64_t interval, int shape) {
  Random random(static_cast<std::uint64_t>(shape) + digits);
  Histogram histogram(digits);
  json::array values;
  for (int i = 0; i != 3000; ++i) {
    const double value = shape == 0   ? 1e6 * std::exp(0.5 * normal(random))
                         : shape == 1 ? static_cast<double>(random.below(5000))
                                      : (i % 10 == 0 ? 5e7 : 1e6 + 1e5 * random.uniform());
    const auto whole = static_cast<std::uint64_t>(value);
    values.push_back(whole);
    if (interval != 0)
      histogram.record_corrected(whole, interval);
    else
      histogram.record(whole);
  }
  json::object one = described(histogram);
  one["digits"] = digits;
  one["highest"] = histogram.layout().highest();
  one["interval"] = interval;
  one["values"] = std::move(values);
  one["text"] = encode_base64(histogram);
  one["table"] = percentile_table(histogram);
  return one;
}

int say() {
  json::array histograms;
  for (const unsigned digits : {2U, 3U, 4U}) {
    for (int shape = 0; shape != 3; ++shape) histograms.push_back(made(digits, 0, shape));
  }
  histograms.push_back(made(3, 700'000, 2));
  Histogram one, two;
  for (std::uint64_t value = 1; value <= 1000; ++value) one.record(value * 10'000), two.record(value * 777);
  const std::string log = interval_log_head(1'700'000'000'250'000'000) + interval_log_line({"", 0, second, one}) +
                          interval_log_line({"gateway", second, second, two});
  std::cout << json::object{{"histograms", histograms},
                            {"log", log},
                            {"intervals", json::array{described(one), described(two)}}}
            << "\n";
  return 0;
}

int read() {
  json::array read_ones;
  for (std::string line; std::getline(std::cin, line);) {
    const auto histogram = decode_base64(line);
    if (!histogram) return std::cerr << histogram.message << "\n", 1;
    read_ones.push_back(described(*histogram.value));
  }
  std::cout << read_ones << "\n";
  return 0;
}

int log() {
  const std::string text((std::istreambuf_iterator<char>(std::cin)), {});
  const auto read_log = read_interval_log(text);
  if (!read_log) return std::cerr << read_log.message << "\n", 1;
  json::array intervals;
  for (const Interval& interval : read_log.value->intervals) {
    json::object one = described(interval.histogram);
    one["tag"] = interval.tag;
    one["begin"] = interval.begin;
    one["length"] = interval.length;
    intervals.push_back(std::move(one));
  }
  std::cout << json::object{{"start", read_log.value->start}, {"intervals", intervals}} << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what == "say") return say();
  if (what == "read") return read();
  if (what == "log") return log();
  std::cerr << "usage: histogram_exchange say|read|log\n";
  return 2;
}
