#include "loadtest/command/background.hpp"

#include <gmock/gmock.h>

#include "loadtest/command/background_runs.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/service/clock.hpp"
#include "tests/loadtest/drive/scene.hpp"

namespace loadtest::command {
namespace {

using drive::test::second;
using drive::test::Serving;
using testing::HasSubstr;

std::string wrong(const std::vector<std::string>& each, bool mine = false) {
  try {
    backgrounds_of(each, mine);
  } catch (const Mistake& mistake) {
    return mistake.what();
  }
  return {};
}

const std::string here = "http://127.0.0.1:8080/";

TEST(Background, is_a_url_with_flags_of_its_own) {
  auto made = backgrounds_of({here + " --rate 200 -H 'Host: b.test' --read-rate 1k", here + "x -c 7 -z 5s --threads 2"}, false);
  ASSERT_EQ(made.size(), 2U);
  const auto& first = made[0].plan;
  EXPECT_TRUE(first.load.open_loop);
  EXPECT_EQ(first.load.stages[0].duration, 24 * 3600 * second) << "until it is told to end";
  EXPECT_EQ(first.load.warm_up, plan::WarmUp::none);
  EXPECT_EQ(first.lanes[0].transport.read_rate, 1000U);
  EXPECT_THAT(first.lanes[0].targets[0].fields, testing::Contains(testing::Pair("Host", "b.test")));
  EXPECT_EQ(made[0].about.title, here);
  const auto& other = made[1].plan;
  EXPECT_FALSE(other.load.open_loop);
  EXPECT_EQ(other.load.connections, 7U);
  EXPECT_EQ(other.load.duration, 5 * second);
  const auto how = boost::json::serialize(told(made));
  EXPECT_THAT(how, HasSubstr("\"rate\":\"200\""));
  EXPECT_THAT(how, testing::Not(HasSubstr("b.test"))) << "values of fields are in no report";
  EXPECT_THAT(how, testing::Not(HasSubstr("24h"))) << "nobody said that";
}

TEST(Background, a_closed_loop_goes_on_too_and_looks_for_no_warm_up) {
  const auto made = backgrounds_of({here}, false);
  EXPECT_EQ(made[0].plan.load.duration, 24 * 3600 * second);
  EXPECT_EQ(made[0].plan.load.warm_up, plan::WarmUp::none);
  EXPECT_EQ(backgrounds_of({here + " -z 30s"}, false)[0].plan.load.warm_up, plan::WarmUp::none);
}

TEST(Background, mistakes_name_the_flag_and_what_is_in_it) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {here + " --rate x", "--background: --rate x: must be a rate"},
      {here + " --rat 5", "--background: there is no option `--rat`; did you mean \"--rate\"?"},
      {here + " -t 5", "--background: -t is threads to wrk"},
      {here + " " + here, "--background: `" + here + "` is one word too many"},
      {here + " -H 'x", "--background: has a quote without an end"},
      {here + " --read-rate", "--background: --read-rate"},
      {here + " --slo p99<5ms", "--background: there is no option `--slo`"},
      {here + " --warmup 5s", "--background: --warmup is of what is measured"},
      {here + " --help", "--background: there is no option `--help`"},
      {"", "--background: there is no URL"},
      {"http://192.0.2.1/", "--background: 192.0.2.1 is not on this machine"}};
  for (const auto& [words, says] : mistakes) EXPECT_THAT(wrong({words}), HasSubstr(says)) << words;
  EXPECT_EQ(wrong({"http://192.0.2.1/"}, true), "");
  EXPECT_THAT(wrong(std::vector<std::string>(17, here)), HasSubstr("at most 16"));
}

TEST(Background, threads_of_all_loads_have_seats_of_their_own) {
  auto beside = backgrounds_of({here + " --threads 2", here}, false);
  drive::Plan measured;
  measured.load.threads = 3;
  take_seats(measured, beside);
  EXPECT_EQ(measured.seats.first, 0U);
  EXPECT_EQ(beside[0].plan.seats.first, 3U);
  EXPECT_EQ(beside[1].plan.seats.first, 5U);
  for (const auto& seats : {measured.seats, beside[0].plan.seats, beside[1].plan.seats}) EXPECT_EQ(seats.all, 6U);
}

/// A run of that plan, with that beside it.
measure::Result measured(drive::Plan plan, const std::vector<std::string>& beside) {
  Performance what;
  what.plan = std::move(plan);
  what.progress = false;
  what.background = backgrounds_of(beside, false);
  const Interrupt interrupt;
  return perform(what, interrupt).front();
}

TEST(BackgroundRuns, its_requests_are_its_own) {
  Serving quiet, noisy;
  const auto from = service::steady_now();
  const auto result = measured(drive::test::open(quiet.url(), 100, second), {noisy.url("/?status=503:50") + " --rate 300"});
  const auto took = service::steady_now() - from;
  EXPECT_EQ(result.series.started(), 100U);
  EXPECT_EQ(result.error_share(), 0);
  EXPECT_EQ(quiet.finish(), 100U);
  ASSERT_EQ(result.background.size(), 1U);
  const auto& beside = result.background[0];
  EXPECT_GT(beside.series.started(), 150U) << "for all of that second";
  EXPECT_GT(beside.length, result.length * 9 / 10);
  EXPECT_LT(beside.length, took) << "and not for ever";
  // What a machine that stood still at the end has not begun is missing; more than was due is not begun.
  EXPECT_GT(beside.offered, 150);
  EXPECT_LT(beside.offered, 310);
  EXPECT_NEAR(beside.error_share(), 0.5, 0.2);
  EXPECT_GE(noisy.finish(), beside.series.started() - 5);
  EXPECT_LT(beside.little.deviation(), 0.2);
}

TEST(BackgroundRuns, what_is_in_flight_when_it_ends_is_no_failure) {
  Serving quiet, noisy;
  const auto result = measured(drive::test::open(quiet.url(), 50, second), {noisy.url("/?delay=60s") + " -c 5"});
  const auto& beside = result.background.at(0);
  EXPECT_EQ(beside.series.started(), 5U);
  EXPECT_EQ(beside.series.by_ending()[static_cast<std::size_t>(measure::Ending::in_flight)], 5U);
  EXPECT_EQ(beside.error_share(), 0);
  EXPECT_GT(beside.length, 900 * drive::test::millisecond) << "until it was ended, not its last request";
}

TEST(BackgroundRuns, one_that_ends_by_itself_is_not_waited_for) {
  Serving quiet, noisy;
  const auto result = measured(drive::test::open(quiet.url(), 50, second), {noisy.url() + " -n 20 -c 2"});
  EXPECT_EQ(result.length, second) << "the measured load's own time";
  EXPECT_EQ(result.series.started(), 50U);
  const auto& beside = result.background.at(0);
  EXPECT_EQ(beside.series.started(), 20U);
  EXPECT_FALSE(beside.interrupted);
  EXPECT_LT(beside.length, result.length / 2) << "nor is it said to have lasted until the end";
}

TEST(BackgroundRuns, nobody_there_is_said_before_anything_is_measured) {
  Serving quiet;
  try {
    measured(drive::test::open(quiet.url(), 50, second), {"http://127.0.0.1:1/ --rate 10"});
    FAIL();
  } catch (const Mistake& mistake) {
    EXPECT_THAT(mistake.what(), HasSubstr("--background: 127.0.0.1:1: Connection refused"));
    EXPECT_EQ(mistake.code(), Exit::unreachable);
  }
  EXPECT_EQ(quiet.finish(), 0U);
}

}  // namespace
}  // namespace loadtest::command
