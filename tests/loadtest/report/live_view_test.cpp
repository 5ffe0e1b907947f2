#include "loadtest/report/live_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loadtest/report/figures.hpp"
#include "tests/loadtest/measure/samples.hpp"

namespace loadtest::report {
namespace {

using measure::answered;
using measure::Glance;
using measure::millisecond;
using measure::Nanoseconds;
using measure::Recorder;
using measure::second;
using testing::HasSubstr;
using testing::Not;

LiveStyle terminal(std::size_t width, bool colour = false) { return {true, colour, width}; }

/// What a recorder has seen after `count` more requests of 10 ms.
Glance after(Recorder& recorder, int count, std::uint16_t status = 200) {
  for (int i = 0; i != count; ++i) recorder.record(answered(0, 10 * millisecond, status));
  return recorder.glance();
}

TEST(LiveStyle, is_what_terminal_and_environment_say) {
  EXPECT_TRUE(LiveStyle::of(true, nullptr, nullptr, "xterm", 120).terminal);
  EXPECT_TRUE(LiveStyle::of(true, nullptr, nullptr, "xterm", 120).colour);
  EXPECT_EQ(LiveStyle::of(true, nullptr, nullptr, "xterm", 120).columns, 120U);
  EXPECT_FALSE(LiveStyle::of(true, "1", nullptr, "xterm", 120).colour);
  EXPECT_TRUE(LiveStyle::of(true, "", nullptr, "xterm", 120).colour) << "NO_COLOR that is empty says nothing";
  EXPECT_FALSE(LiveStyle::of(true, nullptr, nullptr, "dumb", 120).terminal);
  EXPECT_FALSE(LiveStyle::of(false, nullptr, nullptr, "xterm", 120).colour);
  EXPECT_EQ(LiveStyle::of(true, nullptr, "60", "xterm", 120).columns, 60U);
  EXPECT_EQ(LiveStyle::of(true, nullptr, "x", "xterm", 0).columns, 80U);
  EXPECT_EQ(LiveStyle::of(true, nullptr, "1", "xterm", 0).columns, 20U);
}

TEST(LiveView, lines_are_as_far_apart_as_is_said_and_do_not_drift) {
  LiveView lines({}, "x", 60 * second);
  EXPECT_FALSE(lines.due(second));
  EXPECT_TRUE(lines.due(5 * second + 200 * millisecond)) << "late";
  EXPECT_FALSE(lines.due(9 * second + 900 * millisecond));
  EXPECT_TRUE(lines.due(10 * second + 100 * millisecond)) << "and not five seconds behind the last";
  EXPECT_TRUE(lines.due(31 * second)) << "who stood still for long";
  EXPECT_FALSE(lines.due(32 * second)) << "has nothing to make up for";
  EXPECT_TRUE(lines.due(35 * second));
  LiveView drawn(terminal(80), "x", 60 * second);
  EXPECT_TRUE(drawn.due(200 * millisecond));
  EXPECT_TRUE(drawn.due(210 * millisecond)) << "the last of all, which nobody may miss";
}

TEST(LiveView, draws_five_times_a_second_on_a_terminal_and_speaks_every_five_seconds_elsewhere) {
  EXPECT_EQ(LiveView(terminal(80), "x", second).interval(), 200 * millisecond);
  EXPECT_EQ(LiveView({}, "x", second).interval(), 5 * second);
}

TEST(LiveView, says_rate_percentiles_and_errors_since_the_last_line) {
  Recorder recorder;
  LiveView view({}, "http://a/", 30 * second);
  EXPECT_EQ(view.show(5 * second, after(recorder, 1000), true), "5 s (warm-up): 200/s, p50 10.0 ms, p99 10.0 ms, errors 0 %\n");
  EXPECT_EQ(view.show(10 * second, after(recorder, 500, 503), false), "10 s: 100/s, p50 10.0 ms, p99 10.0 ms, errors 100 %\n");
  EXPECT_EQ(view.show(15 * second, after(recorder, 0), false), "15 s: 0.00/s, p50 -, p99 -, errors 0 %\n");
  EXPECT_EQ(view.clear(), "") << "lines stay";
}

TEST(LiveView, draws_over_its_last_drawing) {
  Recorder recorder;
  LiveView view(terminal(80), "http://a/", 10 * second);
  const std::string first = view.show(200 * millisecond, after(recorder, 100), false);
  const std::string second_one = view.show(400 * millisecond, after(recorder, 50), false);
  EXPECT_THAT(first, Not(HasSubstr("\x1b")));
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 3);
  EXPECT_TRUE(second_one.starts_with("\r\x1b[3A\x1b[J")) << "three lines up";
  EXPECT_THAT(second_one, HasSubstr("250/s"));
  EXPECT_THAT(second_one, HasSubstr("█▄")) << "the sparkline: the second piece is half of the first";
  EXPECT_EQ(view.clear(), "\r\x1b[3A\x1b[J");
  EXPECT_EQ(view.clear(), "");
}

TEST(LiveView, is_never_wider_than_the_terminal) {
  for (const std::size_t width : {20U, 40U, 79U, 200U}) {
    Recorder recorder;
    LiveView view(terminal(width), "http://a-very-long-name.of-a-host.example.com/with/a/path/that/goes/on/µµµµµµµµµµµµµµµ",
                  600 * second);
    std::string drawn;
    for (int i = 1; i != 100; ++i) {
      view.clear();
      drawn = view.show(i * 200 * millisecond, after(recorder, i % 7 * 1000, i % 3 == 0 ? 500 : 200), false);
    }
    for (std::size_t at = 0; at < drawn.size();) {
      const std::size_t end = drawn.find('\n', at);
      EXPECT_LT(columns(drawn.substr(at, end - at)), width) << width;
      at = end + 1;
    }
  }
}

TEST(LiveView, knows_how_far_it_is_by_time_or_by_requests) {
  Recorder recorder;
  LiveView timed(terminal(80), "x", 10 * second);
  EXPECT_THAT(timed.show(5 * second, after(recorder, 1), false), HasSubstr("██████████           5/10 s"));
  LiveView counted(terminal(80), "x", 0, 4);
  EXPECT_THAT(counted.show(second, after(recorder, 0), false), HasSubstr("█████                1 s"));
}

TEST(LiveView, what_is_in_a_url_does_not_move_the_cursor) {
  Recorder recorder;
  LiveView view(terminal(80), "a\x1b[2Jb", second);
  EXPECT_THAT(view.show(second, after(recorder, 1), false), Not(HasSubstr("\x1b[2J")));
}

}  // namespace
}  // namespace loadtest::report
