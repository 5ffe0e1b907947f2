#include "runtime/cli/live_view.hpp"

#include <gmock/gmock.h>

#include "runtime/cli/printable.hpp"

namespace runtime::cli {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class LiveViewTest : public testing::Test {
 protected:
  void SetUp() override { stage("BUILDING", true); }

  void stage(const char* name, bool goes_on) {
    view.note({{"event", "stage"}, {"stage", name}, {"message", ""}, {"intermediate", goes_on}}, now);
  }
  void step(int number, const char* name, const char* state, double seconds = 0, const char* error = "") {
    json::object event{{"event", "step"}, {"number", number}, {"name", name}, {"state", state}, {"seconds", seconds}};
    if (*error != 0) event["error"] = error;
    view.note(event, now);
  }
  void log(int number, const std::string& line) {
    view.note({{"event", "log"}, {"number", number}, {"name", "x"}, {"state", "running"}, {"line", line}}, now);
  }
  std::vector<std::string> settled(std::size_t columns = 40) { return texts(view.take_settled(columns)); }
  std::vector<std::string> live(std::size_t columns = 40, std::size_t rows = 24) const {
    return texts(view.live(now, columns, rows));
  }
  static std::vector<std::string> texts(const Lines& lines) {
    std::vector<std::string> all;
    for (const auto& line : lines) all.push_back(line.text);
    return all;
  }

  LiveView view;
  LiveView::Time now{1h};
};

TEST_F(LiveViewTest, a_running_step_shows_its_name_its_time_and_its_last_output) {
  step(1, "[1/2] RUN make", "running");
  log(1, "compiling");
  now += 2100ms;

  EXPECT_THAT(live(), ElementsAre(" => [1/2] RUN make                 2.1s", " => => compiling",
                                  "BUILDING                           2.1s"));
  EXPECT_THAT(settled(), IsEmpty());
}

TEST_F(LiveViewTest, a_step_that_ended_stands_above_for_good_and_once) {
  step(1, "[1/3] FROM base", "cached");
  step(2, "[2/3] RUN make", "running");
  step(3, "[3/3] RUN test", "running");
  step(3, "[3/3] RUN test", "done", 1.25);

  EXPECT_THAT(settled(), ElementsAre(AllOf(StartsWith(" => CACHED [1/3] FROM base"), EndsWith(" 0.0s")),
                                     AllOf(StartsWith(" => [3/3] RUN test"), EndsWith(" 1.2s"))));
  EXPECT_THAT(settled(), IsEmpty());
  EXPECT_THAT(live(), ElementsAre(StartsWith(" => [2/3] RUN make"), StartsWith("BUILDING")));
}

TEST_F(LiveViewTest, only_the_last_lines_of_output_are_drawn) {
  step(1, "RUN many", "running");
  for (int i = 1; i <= 9; ++i) log(1, "line " + std::to_string(i));

  EXPECT_THAT(live(), ElementsAre(StartsWith(" => RUN many"), " => => line 5", " => => line 6", " => => line 7",
                                  " => => line 8", " => => line 9", StartsWith("BUILDING")));
}

TEST_F(LiveViewTest, no_line_is_wider_than_the_terminal_whatever_is_built) {
  const std::string wide = "[1/1] RUN echo 日本語日本語日本語日本語 \xf0\x9f\x9a\x80 and a name that goes on and on and on";
  step(1, wide.c_str(), "running");
  log(1, wide + "\t" + wide);
  step(2, wide.c_str(), "done", 12.5);
  step(3, wide.c_str(), "cached");
  step(4, wide.c_str(), "failed", 1, wide.c_str());
  for (std::size_t columns = 1; columns != 60; ++columns) {
    step(5, wide.c_str(), "done", 100000);
    for (const auto& lines : {live(columns), settled(columns)})
      for (const auto& line : lines) EXPECT_LE(columns_of(line), std::max<std::size_t>(columns - 1, 1)) << columns << line;
  }
}

TEST_F(LiveViewTest, nothing_of_a_build_is_obeyed_by_the_terminal) {
  step(1, "RUN \x1b[2Jx", "running");
  log(1, "\x1b[31mred\x07 10%\r90%");

  for (const auto& line : live()) EXPECT_EQ(line.find_first_of("\x1b\x07\r"), line.npos) << line;
  EXPECT_THAT(live(), ElementsAre(StartsWith(" => RUN x"), " => => 90%", StartsWith("BUILDING")));
}

TEST_F(LiveViewTest, what_goes_on_never_needs_more_rows_than_there_are) {
  for (int i = 1; i <= 10; ++i) {
    step(i, "RUN side by side", "running");
    for (int line = 0; line != 9; ++line) log(i, "output");
  }
  for (std::size_t rows = 0; rows != 40; ++rows) EXPECT_LE(live(40, rows).size(), rows);
  EXPECT_THAT(live(40, 5), ElementsAre(HasSubstr("side by side"), HasSubstr("side by side"), HasSubstr("side by side"),
                                       " => and 7 more", StartsWith("BUILDING")));
}

TEST_F(LiveViewTest, a_step_that_fails_keeps_its_last_output_and_its_error) {
  step(1, "RUN false", "running");
  log(1, "no such file");
  step(1, "RUN false", "failed", 0.3, "exit code: 1");

  EXPECT_THAT(settled(), ElementsAre(AllOf(StartsWith(" => ERROR RUN false"), EndsWith(" 0.3s")), " => => no such file",
                                     "    exit code: 1"));
  EXPECT_THAT(live(), ElementsAre(StartsWith("BUILDING")));
}

TEST_F(LiveViewTest, a_build_that_is_broken_off_leaves_no_step_running) {
  step(1, "RUN sleep", "running");
  stage("BUILD_ERROR", false);

  EXPECT_THAT(settled(), ElementsAre(StartsWith(" => CANCELED RUN sleep")));
  EXPECT_THAT(live(), IsEmpty());
}

TEST_F(LiveViewTest, a_stage_that_goes_on_shows_how_long_and_one_that_is_over_nothing) {
  stage("APP_STARTING", true);
  now += 3s;
  EXPECT_THAT(live(), ElementsAre(AllOf(StartsWith("APP_STARTING"), EndsWith(" 3.0s"))));

  stage("RUNNING", false);

  EXPECT_THAT(live(), IsEmpty());
  EXPECT_THAT(settled(), ElementsAre(AllOf(StartsWith("APP_STARTING"), EndsWith(" 3.0s"))));
}

TEST_F(LiveViewTest, a_build_that_waits_says_for_what_until_it_is_its_turn) {
  view.note({{"event", "queued"}, {"ahead", 2}, {"text", "waiting for 2 other builds"}}, now);
  EXPECT_THAT(live(60), ElementsAre(StartsWith("BUILDING, waiting for 2 other builds")));
  view.note({{"event", "queued"}, {"ahead", nullptr}}, now);
  EXPECT_THAT(live(60), ElementsAre(Not(HasSubstr("waiting"))));
  view.note({{"event", "queued"}, {"ahead", 1}, {"text", "waiting for another build"}}, now);
  stage("APP_STARTING", true);
  EXPECT_THAT(live(60), ElementsAre(Not(HasSubstr("waiting"))));
}

}  // namespace
}  // namespace runtime::cli
