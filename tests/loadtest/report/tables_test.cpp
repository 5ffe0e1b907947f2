// CSV, Prometheus, .hlog and .hgrm.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "loadtest/measure/interval_log.hpp"
#include "loadtest/report/csv.hpp"
#include "loadtest/report/logs.hpp"
#include "loadtest/report/prometheus.hpp"
#include "tests/loadtest/report/reported.hpp"

namespace loadtest::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t cells(const std::string& line) { return static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1; }

TEST(Csv, a_line_has_the_columns_of_the_head) {
  measure::Sample sample = measure::answered(1000, 500);
  sample.bytes_in = 7;
  sample.target = 3;
  EXPECT_EQ(csv_line(sample), "1000,1000,,,,1000,1000,1500,1500,500,500,200,answered,7,0,0,3,1,0\n");
  EXPECT_EQ(cells(csv_line(sample)), cells(csv_head()));
  measure::Sample unsent = measure::failed(5, 10, measure::Ending::no_connection);
  unsent.sending = unsent.sent = measure::never;
  EXPECT_EQ(csv_line(unsent, 1), "5,5,,,,,,,15,10,,,no_connection,0,0,1,0,0,0\n");
}

TEST(Csv, windows_have_everything_that_was_counted) {
  const measure::Series series = stalled_run().series;
  std::istringstream lines(csv_of_windows(series));
  std::string head, line;
  std::getline(lines, head);
  std::uint64_t started = 0, warm = 0;
  while (std::getline(lines, line)) {
    ASSERT_EQ(cells(line), cells(head)) << line;
    std::smatch found;
    ASSERT_TRUE(std::regex_search(line, found, std::regex("^[0-9]+,1000000000,([01]),([0-9]+),")));
    (found[1] == "1" ? warm : started) += std::stoull(found[2]);
  }
  EXPECT_EQ(started, series.started());
  EXPECT_EQ(warm, 600U);
}

TEST(Prometheus, every_line_is_one_of_the_format) {
  measure::Result result = stalled_run();
  result.labels.emplace_back("a b\"", "quote \" backslash \\ line\nend");
  std::istringstream lines(prometheus_text(result));
  const std::regex sample(R"re([a-z_]+\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)+\} (NaN|[0-9.e+-]+))re");
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
    EXPECT_TRUE(std::regex_match(line, sample)) << line;
    ++samples;
  }
  EXPECT_GT(samples, 60);
}

TEST(Prometheus, of_a_run_that_goes_on_has_counters) {
  LiveNumbers numbers;
  numbers.title = "http://a/";
  numbers.labels = {{"branch", "main"}};
  numbers.now = 2500 * millisecond;
  numbers.seen.started = 40;
  numbers.seen.ended = 30;
  numbers.seen.failed = 2;
  numbers.connections = 5;
  for (int i = 0; i != 30; ++i) numbers.answers.record(10'000'000);
  const std::string text = prometheus_text(numbers);
  const std::string labels = "{url=\"http://a/\",label_branch=\"main\"} ";
  for (const auto& line : {"elapsed_seconds" + labels + "2.5", "started_total" + labels + "40", "ended_total" + labels + "30",
                           "failed_total" + labels + "2", "connections" + labels + "5"}) {
    EXPECT_THAT(text, HasSubstr("\nspaceport_bench_" + line + "\n"));
  }
  EXPECT_THAT(text, HasSubstr("answer_seconds_bucket{url=\"http://a/\",label_branch=\"main\",le=\"0.005\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("answer_seconds_bucket{url=\"http://a/\",label_branch=\"main\",le=\"0.025\"} 30\n"));
  EXPECT_THAT(text, HasSubstr("answer_seconds_count" + labels + "30\n"));
  EXPECT_THAT(text, HasSubstr("answer_seconds_sum" + labels + "0.2998")) << "to two digits";
}

TEST(Prometheus, says_what_the_report_says) {
  const std::string text = prometheus_text(stalled_run());
  EXPECT_THAT(text, HasSubstr("spaceport_bench_requests_total{url=\"http://local-hello.localhost:8080/api/v1/"
                              "predict\",label_branch=\"main\",label_commit=\"61d687d\",result=\"503\"} 67\n"));
  EXPECT_THAT(text, HasSubstr("result=\"timed_out\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("quantile=\"0.99\"} 1.7"));
  EXPECT_THAT(text, Not(HasSubstr("quantile=\"0.999\""))) << "too few";
  EXPECT_THAT(text, HasSubstr("le=\"+Inf\"} 5906\n"));
  EXPECT_THAT(text, HasSubstr("objective=\"p50<50ms\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("objective=\"p99<250ms\"} 0\n"));
}

TEST(Logs, hold_every_success_and_tag_the_rest) {
  const measure::Result result = stalled_run();
  const auto log = measure::read_interval_log(interval_log(result));
  ASSERT_TRUE(log) << log.message;
  EXPECT_EQ(log.value->start, result.started);
  measure::Histogram plain, warm, gave_up, service;
  for (const measure::Interval& interval : log.value->intervals) {
    EXPECT_EQ(interval.length, second);
    if (interval.tag.empty()) plain.merge(interval.histogram);
    if (interval.tag == "warm_up") warm.merge(interval.histogram);
    if (interval.tag == "given_up") gave_up.merge(interval.histogram);
    if (interval.tag == "service") service.merge(interval.histogram);
  }
  EXPECT_EQ(plain, result.series.total(measure::Metric::success));
  EXPECT_EQ(service, result.series.total(measure::Metric::service));
  EXPECT_EQ(gave_up.total(), 6U);
  EXPECT_GT(warm.total(), 590U);
}

TEST(Logs, of_a_comparison_are_tagged_by_side) {
  const std::string text = interval_log(gateway_against_direct());
  EXPECT_THAT(text, HasSubstr("\nTag=direct,0.000,"));
  EXPECT_THAT(text, HasSubstr("\nTag=gateway.service,0.000,"));
  EXPECT_TRUE(measure::read_interval_log(text));
}

TEST(Logs, percentile_files_count_what_was_given_up) {
  EXPECT_THAT(percentile_file(stalled_run()), HasSubstr("Total count    =         5912]"));
}

}  // namespace
}  // namespace loadtest::report
