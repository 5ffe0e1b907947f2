#include "loadtest/report/csv.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace loadtest::report {
namespace {

using measure::Metric;

void append_time(std::string& out, measure::Nanoseconds time) {
  out += ',';
  if (time != measure::never) fmt::format_to(std::back_inserter(out), "{}", time);
}

void append_window(std::string& out, const measure::Window& window, measure::Nanoseconds begin, measure::Nanoseconds width,
                   bool warm_up) {
  const auto tally = measure::tally_of({&window, 1});
  std::uint64_t failed = 0;
  for (std::size_t i = 1; i != measure::endings; ++i) failed += tally[1000 + i];
  fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{}", begin, width, warm_up ? 1 : 0, window.started,
                 window.ended, window[Metric::success].count, window[Metric::client_error].count,
                 window[Metric::server_error].count, failed, window.bytes_in, window.bytes_out);
  for (const Metric metric : {Metric::success, Metric::service, Metric::lateness}) {
    measure::Histogram times(layout_of(metric));
    times.add_packed(window[metric].counts);
    for (const double percentile : {50.0, 90.0, 99.0}) {
      out += ',';
      if (!times.empty()) out += std::to_string(times.value_at_percentile(percentile));
    }
    out += ',';
    if (!times.empty()) out += std::to_string(window[metric].max);
  }
  out += '\n';
}

}  // namespace

std::string csv_head() {
  return "due_ns,noticed_ns,connecting_ns,connected_ns,secured_ns,sending_ns,sent_ns,first_byte_ns,end_ns,response_ns,service_"
         "ns,status,ending,bytes_in,"
         "bytes_out,lane,target,reused,warm_up\n";
}

std::string csv_line(const measure::Sample& sample, std::uint32_t lane) {
  std::string out = std::to_string(sample.due);
  for (const measure::Nanoseconds time : {sample.noticed, sample.connecting, sample.connected, sample.secured, sample.sending,
                                          sample.sent, sample.first_byte, sample.end}) {
    append_time(out, time);
  }
  append_time(out, sample.end == measure::never ? measure::never : sample.end - sample.due);
  append_time(out,
              sample.end == measure::never || sample.sending == measure::never ? measure::never : sample.end - sample.sending);
  fmt::format_to(std::back_inserter(out), ",{},{},{},{},{},{},{},{}\n", sample.status == 0 ? "" : std::to_string(sample.status),
                 measure::ending_names[static_cast<std::size_t>(sample.ending)], sample.bytes_in, sample.bytes_out, lane,
                 sample.target, sample.reused ? 1 : 0, sample.warm_up ? 1 : 0);
  return out;
}

std::string csv_of_windows(const measure::Series& all) {
  measure::Series series = all;
  series.widen_to(1'000'000'000);
  std::string out =
      "begin_ns,length_ns,warm_up,started,ended,2xx_3xx,4xx,5xx,failed,bytes_in,bytes_out,response_p50_ns,response_p90_ns,"
      "response_p99_ns,response_max_ns,"
      "service_p50_ns,service_p90_ns,service_p99_ns,service_max_ns,lateness_p50_ns,lateness_p90_ns,lateness_p99_ns,lateness_"
      "max_ns\n";
  for (const bool warm_up : {true, false}) {
    const auto& windows = warm_up ? series.warm_up : series.windows;
    for (std::size_t i = 0; i != windows.size(); ++i) {
      if (windows[i].started == 0 && windows[i].ended == 0) continue;
      append_window(out, windows[i], static_cast<measure::Nanoseconds>(i) * series.width, series.width, warm_up);
    }
  }
  return out;
}

}  // namespace loadtest::report
