#include "loadtest/measure/validity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::measure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A result with which nothing is wrong.
Result good() {
  Result result;
  result.open_loop = true;
  result.offered = 200;
  result.length = 30 * second;
  result.series = noisy_run(1);
  result.little = {2.1, 2.1};
  result.generator.cpu_shares = {0.5, 0.7};
  return result;
}

Series late(Nanoseconds lateness, Nanoseconds took, int share_percent) {
  Recorder recorder;
  for (Nanoseconds i = 0; i != 6000; ++i) {
    Sample sample = answered(i * 5 * millisecond, took);
    if (i % 100 < share_percent) sample.noticed += lateness;
    recorder.record(sample);
  }
  return recorder.series();
}

TEST(Verdict, is_valid_when_nothing_is_wrong) {
  EXPECT_TRUE(judge(good()).valid);
  EXPECT_TRUE(judge(good()).reasons.empty());
}

TEST(Verdict, a_thread_without_headroom_is_no_measure) {
  Result result = good();
  result.generator.cpu_shares = {0.3, 0.81};
  EXPECT_FALSE(judge(result).valid);
  EXPECT_THAT(judge(result).reasons, ElementsAre(HasSubstr("used 81 % of its core")));
}

TEST(Verdict, a_load_beside_it_without_headroom_is_none_either) {
  Result result = good();
  result.background = {good(), good()};
  EXPECT_TRUE(judge(result).valid);
  result.background[1].title = "http://other/";
  result.background[1].generator.cpu_shares = {0.95};
  EXPECT_FALSE(judge(result).valid);
  EXPECT_THAT(judge(result).reasons,
              ElementsAre("background http://other/: a thread of the generator used 95 % of its core (at most 80 %)"));
}

TEST(Verdict, a_load_beside_it_that_has_had_nothing_to_ask_is_no_reason) {
  Result result = good();
  result.background.emplace_back();
  EXPECT_TRUE(judge(result).valid);
  EXPECT_FALSE(judge(Result()).valid) << "the measured one has to ask";
}

TEST(Verdict, lateness_may_be_a_millisecond_or_a_tenth_of_the_median) {
  Result result = good();
  result.series = late(2 * millisecond, 10 * millisecond, 2);
  EXPECT_THAT(judge(result).reasons, ElementsAre(HasSubstr("p99 of lateness is 2.0")));
  result.series = late(2 * millisecond, 10 * millisecond, 0);
  EXPECT_TRUE(judge(result).valid);
  result.series = late(2 * millisecond, 30 * millisecond, 2);
  EXPECT_TRUE(judge(result).valid) << "a tenth of 30 ms";
  result.series = late(900 * microsecond, 100 * microsecond, 2);
  EXPECT_TRUE(judge(result).valid) << "less than 1 ms";
  result.series = late(2 * millisecond, 10 * millisecond, 2);
  result.open_loop = false;
  EXPECT_TRUE(judge(result).valid) << "a closed loop has no schedule to be late for";
}

TEST(Verdict, what_was_not_sent_was_not_offered) {
  Result result = good();
  Recorder recorder;
  for (Nanoseconds i = 0; i != 6000; ++i) {
    recorder.record(i % 50 == 0 ? failed(i * 5 * millisecond, 0, Ending::not_sent)
                                : answered(i * 5 * millisecond, 10 * millisecond));
  }
  result.series = recorder.series();
  EXPECT_THAT(judge(result).reasons,
              ElementsAre(HasSubstr("only 98.0 % of the offered rate was sent (196.0 of 200.0 requests/s)")));
  result.interrupted = true;
  EXPECT_TRUE(judge(result).valid) << "nobody waited for the rest";
}

TEST(Verdict, a_server_that_does_not_answer_is_not_the_generators_doing) {
  Result result = good();
  result.series = run_of(200, 30, [](Nanoseconds) { return millisecond; });
  Recorder recorder;
  for (Nanoseconds i = 0; i != 6000; ++i) recorder.record(failed(i * 5 * millisecond, 10 * millisecond, Ending::timed_out));
  result.series = recorder.series();
  EXPECT_TRUE(judge(result).valid);
}

TEST(Verdict, what_the_system_ran_out_of_is_named) {
  Result result = good();
  result.generator.throttled = 3;
  result.generator.no_ports = 4;
  result.generator.no_descriptors = 5;
  result.generator.receive_drops = 6;
  result.generator.paused = 1'100'000'000;
  EXPECT_THAT(judge(result).reasons,
              ElementsAre(HasSubstr("ran out of CPU (3 times)"), HasSubstr("no local ports were left (4 times)"),
                          HasSubstr("ulimit -n (5 times)"), HasSubstr("packets on receipt (6 times)"),
                          HasSubstr("stood still for 1.1 s")));
}

TEST(Verdict, books_that_do_not_add_up_are_no_measure) {
  Result result = good();
  result.little = {2.0, 2.12};
  EXPECT_THAT(judge(result).reasons, ElementsAre(HasSubstr("Little's law does not hold")));
  result.little = {2.0, 2.09};
  EXPECT_TRUE(judge(result).valid);
  result.little = {2.12, 2.0};
  EXPECT_FALSE(judge(result).valid) << "nor the other way round";
}

TEST(Verdict, without_a_request_nothing_was_measured) {
  EXPECT_THAT(judge(Result()).reasons, ElementsAre("there was no request"));
}

TEST(LittlesLaw, explains_what_is_in_flight_by_response_times) {
  // 200 a second that take 20 ms: four at a time.
  const Series series = run_of(200, 10, [](Nanoseconds) { return 20 * millisecond; });
  const LittlesLaw law = littles_law(series, 40, 10 * second);
  EXPECT_DOUBLE_EQ(law.in_flight, 4);
  EXPECT_NEAR(law.expected, 4, 1e-9);
  EXPECT_NEAR(law.deviation(), 0, 1e-9);
}

TEST(LittlesLaw, counts_failures_and_what_was_given_up) {
  Recorder recorder;
  recorder.record(failed(0, second, Ending::reset));
  recorder.record(failed(0, 2 * second, Ending::timed_out));
  recorder.record(answered(0, 3 * second, 500));
  recorder.record(answered(0, 4 * second, 404));
  EXPECT_DOUBLE_EQ(littles_law(recorder.series(), 10, 10 * second).expected, 1);
}

}  // namespace
}  // namespace loadtest::measure
