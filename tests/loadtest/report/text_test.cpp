#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"
#include "tests/loadtest/report/reported.hpp"

namespace loadtest::report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Without resampling.
constexpr TextStyle quick{.colour = false, .confidence = false};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(TextReport, has_the_verdict_and_the_objectives_first) {
  const auto lines = lines_of(text_report(stalled_run(), quick));
  EXPECT_EQ(lines[0], "VALID  http://local-hello.localhost:8080/api/v1/predict");
  EXPECT_EQ(lines[1], "  ✓ p50<50ms     p50 = 20.7 ms");
  EXPECT_EQ(lines[2], "  ✗ p99<250ms    p99 = 1.76 s");
  EXPECT_EQ(lines[4], "  ? p99.9<2.5s   p99.9 = n/a (need 10,000)");
}

TEST(TextReport, what_ran_beside_it_has_figures_of_its_own) {
  measure::Result result = stalled_run();
  EXPECT_THAT(text_report(result, quick), Not(HasSubstr("Beside it")));
  measure::Recorder recorder;
  for (Nanoseconds i = 0; i != 2000; ++i)
    recorder.record(measure::answered(i * 5 * millisecond, 3 * millisecond, i % 4 == 0 ? 503 : 200));
  for (int i = 0; i != 7; ++i) recorder.record(measure::failed(0, second, measure::Ending::in_flight));
  measure::Result beside;
  beside.title = "http://noisy/\x1b[2J";
  beside.length = 10 * second;
  beside.open_loop = true;
  beside.offered = 200;
  beside.interrupted = true;
  beside.abandoned = 7;
  beside.series = recorder.series();
  beside.notes = {"slow clients"};
  result.background = {beside, beside, beside};
  result.background[2].interrupted = false;
  result.background[2].length = 5 * second;
  result.background[1].open_loop = false;
  result.background[1].connections = 50;
  const std::string text = text_report(result, quick);
  EXPECT_THAT(text, HasSubstr("Beside it (in none of the figures above)\n"));
  EXPECT_THAT(text, HasSubstr("    2,007 requests, 200/s of 200/s offered, p99 3.00 ms, errors 25.0 %, 7 in flight when it "
                              "ended; slow clients\n"));
  EXPECT_THAT(text, HasSubstr("2,007 requests, 200/s by a closed loop of 50, p99"));
  EXPECT_THAT(text, HasSubstr(", ended by itself after 5.00 s, 7 in flight"));
  EXPECT_THAT(text, Not(HasSubstr("after 10.0 s"))) << "which the others were told";
  EXPECT_THAT(text, Not(HasSubstr("\x1b[2J")));
  EXPECT_EQ(lines_of(text).back(), lines_of(text_report(stalled_run(), quick)).back()) << "the measured load's own";
}

TEST(TextReport, ends_with_the_lines_that_scripts_look_for) {
  const auto lines = lines_of(text_report(stalled_run(), quick));
  EXPECT_EQ(lines[lines.size() - 2], "Requests/sec:     199.80");
  EXPECT_EQ(lines[lines.size() - 1], "Transfer/sec:    1.06 MB");
}

TEST(TextReport, an_invalid_run_says_why_and_shows_its_numbers_all_the_same) {
  measure::Result result = stalled_run();
  result.verdict = {false, {"a thread of the generator used 95 % of its core"}};
  const std::string text = text_report(result, quick);
  EXPECT_TRUE(text.starts_with("INVALID (generator)  http"));
  EXPECT_EQ(lines_of(text)[1], "  ! a thread of the generator used 95 % of its core");
  EXPECT_THAT(text, HasSubstr("Requests/sec:     199.80"));
}

TEST(TextReport, prints_no_percentile_without_its_values) {
  const std::string text = text_report(stalled_run(), quick);
  EXPECT_THAT(text, HasSubstr("p99.9 n/a (need 10,000) with 5,912 requests"));
  measure::Result few;
  few.series = measure::run_of(100, 1, [](Nanoseconds) { return 5 * millisecond; });
  few.length = second;
  EXPECT_THAT(text_report(few, quick),
              HasSubstr("p95 n/a (need 200), p99 n/a (need 1,000), p99.9 n/a (need 10,000) with 100 requests"));
}

TEST(TextReport, what_was_given_up_shows_as_a_bound) {
  measure::Recorder recorder;
  for (Nanoseconds i = 0; i != 2000; ++i) {
    recorder.record(i % 20 == 0 ? measure::failed(i * millisecond, 10 * second, measure::Ending::timed_out)
                                : measure::answered(i * millisecond, millisecond));
  }
  measure::Result result;
  result.series = recorder.series();
  result.length = 2 * second;
  result.open_loop = true;
  const std::string text = text_report(result, {.confidence = false});
  EXPECT_THAT(text, HasSubstr("≥ 10.0 s"));
  EXPECT_THAT(text, HasSubstr("≥: requests that were given up"));
  EXPECT_THAT(text, HasSubstr("      100 timed out\n"));
}

TEST(TextReport, a_closed_loop_says_what_it_hides) {
  measure::Result result = stalled_run();
  result.open_loop = false;
  result.connections = 10;
  EXPECT_THAT(text_report(result, quick), HasSubstr("closed loop: stalls are under-represented; use --rate"));
  EXPECT_THAT(text_report(result, quick), HasSubstr("closed loop of 10"));
  EXPECT_THAT(text_report(stalled_run(), quick), Not(HasSubstr("under-represented")));
}

TEST(TextReport, has_codes_phases_errors_and_what_the_machine_can_do) {
  const std::string text = text_report(stalled_run());
  EXPECT_THAT(text, HasSubstr("200:5,906  404:9  503:67"));
  EXPECT_THAT(text, HasSubstr("\nwait     88."));
  EXPECT_THAT(text, HasSubstr("       12 connection or stream broke\n"));
  EXPECT_THAT(text, HasSubstr("Little's law   19.5"));
  EXPECT_THAT(text, HasSubstr("machine floor  lateness p50 41.0 µs"));
  EXPECT_THAT(text, HasSubstr("95 % confidence: p50 2"));
  EXPECT_THAT(text, HasSubstr("at 18.0 s: froze"));
  EXPECT_THAT(text, HasSubstr("commit = 61d687d"));
}

TEST(TextReport, has_colours_only_when_asked) {
  EXPECT_THAT(text_report(stalled_run(), quick), Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_report(stalled_run(), {.colour = true, .confidence = false}), HasSubstr("\x1b[32m✓\x1b[0m"));
  EXPECT_THAT(text_report(hostile_run(), quick), Not(HasSubstr("\x1b"))) << "not even those of a URL";
}

TEST(LogHistogram, an_outlier_does_not_flatten_the_picture) {
  measure::Histogram times;
  for (std::uint64_t i = 0; i != 1000; ++i) times.record(10'000'000 + i * 20'000);
  times.record(10'000'000'000);
  const auto lines = lines_of(log_histogram(times, Paint(false)));
  EXPECT_LE(lines.size(), 17U);
  const auto full =
      std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.find("████") != std::string::npos; });
  EXPECT_GE(full, 2) << "the thousand are in more than one line";
  EXPECT_THAT(lines.back(), HasSubstr("▏")) << "and the one is seen";
  EXPECT_THAT(lines.back(), HasSubstr("0.10 %"));
}

TEST(LogHistogram, counts_every_value_once) {
  measure::Histogram times;
  times.record(5, 3);
  times.record(5'000'000, 4);
  std::uint64_t sum = 0;
  for (const std::string& line : lines_of(log_histogram(times, Paint(false)))) {
    const std::size_t end = line.rfind(" ", line.rfind(" %") - 1);
    const std::string front = line.substr(0, line.find_last_not_of(' ', end) + 1);
    sum += std::stoull(front.substr(front.rfind(' ') + 1));
  }
  EXPECT_EQ(sum, 7U);
  EXPECT_EQ(log_histogram(measure::Histogram(), Paint(false)), "");
}

TEST(CompareReport, says_what_the_second_way_costs_and_where) {
  const std::string text = text_report(gateway_against_direct());
  EXPECT_THAT(text, HasSubstr("→ gateway is slower at p50: +1"));
  EXPECT_THAT(text, HasSubstr("Wilcoxon p < 0.001"));
  EXPECT_THAT(text, HasSubstr("connect               0 ns  15.0 µs  +15.0 µs [+15.0 µs, +15.0 µs]"));
  EXPECT_THAT(text, HasSubstr("gateway-queue                          +21.0 µs"));
  EXPECT_THAT(text, HasSubstr("Requests/sec:     600.00"));
}

TEST(TextReport, every_kind_says_what_the_machine_can_do) {
  const measure::Floor floor{41 * microsecond, 95 * microsecond, 28 * microsecond, 61'200};
  const auto* const line = "\nMachine floor: lateness p50 41.0 µs, p99 95.0 µs; round trip p50 28.0 µs; at most 61,200/s\n";
  measure::Comparison comparison = gateway_against_direct();
  EXPECT_THAT(text_report(comparison), Not(HasSubstr("Machine floor")));
  comparison.one.floor = floor;
  EXPECT_THAT(text_report(comparison), HasSubstr(line));
  measure::Capacity capacity = found_capacity();
  EXPECT_THAT(text_report(capacity), Not(HasSubstr("Machine floor")));
  capacity.base.floor = floor;
  EXPECT_THAT(text_report(capacity), HasSubstr(line));
}

TEST(CompareReport, of_a_server_with_itself_finds_nothing) {
  measure::Comparison same{"A", "B", one_side(1, 0, 0, "a"), one_side(2, 0, 0, "b")};
  EXPECT_THAT(text_report(same), HasSubstr("≈ No difference was found at p50"));
  same.two.verdict = {false, {"a reason"}};
  EXPECT_THAT(text_report(same), HasSubstr("INVALID (generator)  A against B\n  ! a reason"));
}

TEST(CompareReport, says_why_nothing_can_be_said_of_the_median) {
  measure::Comparison comparison{"A", "B", one_side(1, 0, 0, "a"), one_side(2, 0, 0, "b")};
  measure::Recorder frozen;
  for (Nanoseconds due = 0; due != 20 * second; due += 5 * millisecond)
    frozen.record(measure::failed(due, 10 * second, measure::Ending::timed_out));
  comparison.two.series = frozen.series();
  EXPECT_THAT(text_report(comparison),
              HasSubstr("Nothing can be said of p50: one of the two had too few answers, or too many"));
  EXPECT_THAT(text_report(comparison), Not(HasSubstr("difference was found")));
}

TEST(CapacityReport, has_the_interval_the_trials_and_the_model) {
  const std::string text = text_report(found_capacity());
  EXPECT_THAT(text, HasSubstr("Capacity: 1,350 to 1,420 requests/s. The first holds p99<250ms and errors<0.1%; at the second "
                              "p99<250ms breaks first."));
  EXPECT_THAT(text, HasSubstr("Knee: 1,049/s"));
  EXPECT_THAT(text, HasSubstr("Model (Universal Scalability Law, not a result)"));
  EXPECT_THAT(text, HasSubstr("inconclusive"));
  measure::Capacity limited = found_capacity();
  limited.upper.reset();
  limited.trials.resize(3);
  EXPECT_THAT(text_report(limited),
              HasSubstr("1,350 requests/s or more holds p99<250ms and errors<0.1%: the generator was the limit"));
  EXPECT_THAT(text_report(limited), HasSubstr("No model: it takes six trials"));
  limited.lower = 0;
  EXPECT_THAT(text_report(limited), HasSubstr("No rate that was tried holds"));
}

}  // namespace
}  // namespace loadtest::report
