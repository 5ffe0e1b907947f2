#include <gtest/gtest.h>

#include "loadtest/command/perform.hpp"

namespace loadtest::command {
namespace {

measure::Result result_with(std::uint16_t status) {
  measure::Recorder recorder;
  measure::Sample sample;
  sample.due = sample.noticed = sample.sending = sample.sent = 0;
  sample.first_byte = sample.end = 1'000'000;
  sample.status = status;
  recorder.record(sample);
  measure::Result result;
  result.series = recorder.series();
  return result;
}

TEST(ExitCodes, GoodIs0AndWhatIsNotSoIsToldInThisOrder) {
  auto result = result_with(200);
  EXPECT_EQ(exit_of(result), Exit::ok);
  result.objectives.push_back({"p99<1ms", measure::Objective::Outcome::held, ""});
  EXPECT_EQ(exit_of(result), Exit::ok);
  result.objectives.push_back({"p99.9<1ms", measure::Objective::Outcome::unknown, ""});
  EXPECT_EQ(exit_of(result), Exit::broken) << "not known is not held";
  result.verdict.valid = false;
  EXPECT_EQ(exit_of(result), Exit::invalid) << "numbers that are not true hold and break nothing";
  result.interrupted = true;
  EXPECT_EQ(exit_of(result), Exit::interrupted);
}

TEST(ExitCodes, NotOneGoodAnswerIsNotGood) {
  EXPECT_EQ(exit_of(result_with(503)), Exit::broken);
  EXPECT_EQ(exit_of(result_with(404)), Exit::ok) << "an answer that somebody meant";
  EXPECT_EQ(exit_of(measure::Result()), Exit::ok) << "nothing was asked: the verdict says so";
}

}  // namespace
}  // namespace loadtest::command
