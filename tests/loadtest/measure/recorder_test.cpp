// What a recorder keeps, against sums by hand.

#include "loadtest/measure/recorder.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/loadtest/measure/samples.hpp"

namespace loadtest::measure {
namespace {

/// As far as a histogram tells values apart.
std::uint64_t told(Metric metric, Nanoseconds value) {
  const Layout layout = layout_of(metric);
  return layout.highest_at(layout.index_of(static_cast<std::uint64_t>(value)));
}

std::uint64_t middle(const Series& series, Metric metric) { return series.total(metric).value_at_percentile(50); }

TEST(Recorder, files_a_sample_under_the_window_in_which_it_was_due) {
  Recorder recorder;

  recorder.record(answered(second + 10 * millisecond, 3 * second));

  const Series& series = recorder.series();
  ASSERT_EQ(series.windows.size(), 17U);
  EXPECT_EQ(series.windows[4].started, 1U);
  EXPECT_EQ(series.windows[4][Metric::success].count, 1U);
  EXPECT_EQ(series.windows[16].ended, 1U);
  EXPECT_EQ(series.ended(), 1U);
  EXPECT_EQ(middle(series, Metric::success), told(Metric::success, 3 * second));
}

TEST(Recorder, keeps_classes_apart) {
  Recorder recorder;

  recorder.record(answered(0, 1 * millisecond, 204));
  recorder.record(answered(0, 2 * millisecond, 302));
  recorder.record(answered(0, 3 * millisecond, 404));
  recorder.record(answered(0, 4 * millisecond, 503));
  recorder.record(failed(0, 5 * millisecond, Ending::reset));
  recorder.record(failed(0, 6 * millisecond, Ending::unexpected_body));
  recorder.record(failed(0, 7 * millisecond, Ending::timed_out));
  recorder.record(failed(0, 8 * millisecond, Ending::in_flight));
  recorder.record(failed(0, 9 * millisecond, Ending::not_sent));

  const Series& series = recorder.series();
  EXPECT_EQ(series.started(), 9U);
  EXPECT_EQ(series.ended(), 7U) << "what is in flight has not ended, what was not sent has not begun";
  EXPECT_EQ(series.summary(Metric::success).count, 2U);
  EXPECT_EQ(middle(series, Metric::client_error), told(Metric::client_error, 3 * millisecond));
  EXPECT_EQ(middle(series, Metric::server_error), told(Metric::server_error, 4 * millisecond));
  EXPECT_EQ(series.summary(Metric::transport).sum, static_cast<std::uint64_t>(11 * millisecond));
  EXPECT_EQ(series.summary(Metric::unfinished).sum, static_cast<std::uint64_t>(15 * millisecond));
  ASSERT_EQ(series.codes().size(), 4U);
  EXPECT_EQ(series.codes()[2].code, 404);
  EXPECT_EQ(series.by_ending()[static_cast<std::size_t>(Ending::answered)], 4U);
  EXPECT_EQ(series.by_ending()[static_cast<std::size_t>(Ending::not_sent)], 1U);
}

TEST(Recorder, takes_phases_of_successes_only) {
  Recorder recorder;

  recorder.record(answered(0, millisecond, 502));
  recorder.record(answered(0, millisecond, 404));
  recorder.record(failed(0, millisecond, Ending::truncated));

  for (const Metric metric :
       {Metric::service, Metric::first_byte, Metric::queue, Metric::send, Metric::wait, Metric::receive}) {
    EXPECT_EQ(recorder.series().summary(metric).count, 0U) << name_of(metric);
  }
  EXPECT_EQ(recorder.series().summary(Metric::lateness).count, 3U);
}

Sample with_every_phase() {
  Sample made = answered(second, 0);
  made.noticed = made.due + 1 * microsecond;
  made.connecting = made.noticed + 10 * microsecond;
  made.connected = made.connecting + 100 * microsecond;
  made.secured = made.connected + 1000 * microsecond;
  made.sending = made.secured + 20 * microsecond;
  made.sent = made.sending + 40 * microsecond;
  made.first_byte = made.sent + 5000 * microsecond;
  made.end = made.first_byte + 700 * microsecond;
  made.reused = false;
  return made;
}

TEST(Recorder, phases_add_up_to_the_response_time) {
  Recorder recorder;

  recorder.record(with_every_phase());

  const Series& series = recorder.series();
  const auto sum = [&](Metric metric) { return static_cast<Nanoseconds>(series.summary(metric).sum); };
  EXPECT_EQ(sum(Metric::lateness), 1 * microsecond);
  EXPECT_EQ(sum(Metric::queue), 30 * microsecond);
  EXPECT_EQ(sum(Metric::connect), 100 * microsecond);
  EXPECT_EQ(sum(Metric::tls), 1000 * microsecond);
  EXPECT_EQ(sum(Metric::send), 40 * microsecond);
  EXPECT_EQ(sum(Metric::wait), 5000 * microsecond);
  EXPECT_EQ(sum(Metric::receive), 700 * microsecond);
  EXPECT_EQ(sum(Metric::service), 5740 * microsecond);
  EXPECT_EQ(sum(Metric::first_byte), 6171 * microsecond);
  EXPECT_EQ(sum(Metric::success), 6871 * microsecond);
}

TEST(Recorder, an_answer_before_the_request_is_whole_is_not_waited_for) {
  Sample early = answered(0, 0);
  early.sent = 900;
  early.first_byte = 300;
  early.end = 1000;
  Recorder recorder;

  recorder.record(early);

  EXPECT_EQ(recorder.series().summary(Metric::send).sum, 300U);
  EXPECT_EQ(recorder.series().summary(Metric::wait).sum, 0U);
  EXPECT_EQ(recorder.series().summary(Metric::receive).sum, 700U);
}

TEST(Recorder, an_answer_without_a_first_byte_was_there_all_at_once) {
  Sample whole = answered(0, 1000);
  whole.first_byte = never;
  Recorder recorder;

  recorder.record(whole);

  EXPECT_EQ(recorder.series().summary(Metric::first_byte).sum, 1000U);
  EXPECT_EQ(recorder.series().summary(Metric::wait).sum, 1000U);
  EXPECT_EQ(recorder.series().summary(Metric::receive).sum, 0U);
}

TEST(Recorder, what_was_given_up_is_a_lower_bound_of_what_it_did_not_reach) {
  Sample unsent = failed(0, 9 * millisecond, Ending::timed_out);
  unsent.sending = unsent.sent = never;
  Sample begun = failed(0, 8 * millisecond, Ending::in_flight);
  begun.first_byte = 2 * millisecond;
  Recorder recorder;

  recorder.record(unsent);
  recorder.record(begun);

  const Series& series = recorder.series();
  EXPECT_EQ(series.summary(Metric::service_unfinished).sum, static_cast<std::uint64_t>(8 * millisecond));
  EXPECT_EQ(series.summary(Metric::first_byte_unfinished).sum, static_cast<std::uint64_t>(9 * millisecond));
  EXPECT_EQ(series.summary(Metric::first_byte).sum, static_cast<std::uint64_t>(2 * millisecond));
}

TEST(Recorder, keeps_the_warm_up_apart) {
  Sample warm = answered(0, millisecond);
  warm.warm_up = true;
  Recorder recorder;

  recorder.record(warm);
  recorder.record(answered(second, millisecond));
  recorder.record(StreamEvent{second, 0, true, true});

  EXPECT_EQ(recorder.series().started(), 1U);
  EXPECT_EQ(recorder.series().summary(Metric::first_event).count, 0U);
  ASSERT_FALSE(recorder.series().warm_up.empty());
  EXPECT_EQ(recorder.series().warm_up[0].started, 1U);
  EXPECT_EQ(recorder.series().warm_up[0].ended, 1U);
  EXPECT_EQ(recorder.series().warm_up[0][Metric::first_event].count, 1U);
}

TEST(Recorder, tells_the_first_event_of_a_stream_from_the_gaps_behind_it) {
  Recorder recorder;

  recorder.record(StreamEvent{30 * millisecond, 10 * millisecond, true});
  recorder.record(StreamEvent{35 * millisecond, 30 * millisecond});

  EXPECT_EQ(recorder.series().summary(Metric::first_event).sum, static_cast<std::uint64_t>(20 * millisecond));
  EXPECT_EQ(recorder.series().summary(Metric::gap).sum, static_cast<std::uint64_t>(5 * millisecond));
}

/// Everything that can be compared, of one metric.
struct Plain {
  std::vector<std::uint64_t> counts;
  std::uint64_t sum = 0, most = 0, least = 0, count = 0;
  friend bool operator==(const Plain&, const Plain&) = default;
};

Plain plain(const Window& window, Metric metric) {
  Plain made;
  const Cell& cell = window[metric];
  made.counts.resize(layout_of(metric).size());
  Unpacker places(cell.counts, made.counts.size());
  for (Place place; places.next(place);) made.counts[place.index] = place.count;
  made.sum = cell.sum;
  made.most = cell.max;
  made.least = cell.min;
  made.count = cell.count;
  return made;
}

/// Due times in order, some of which end long after those behind them: in open windows, in closed ones, and between two calls of series().
TEST(Recorder, counts_what_comes_late_as_what_comes_in_time) {
  std::mt19937_64 random(7);
  std::vector<Sample> samples;
  for (int i = 0; i != 40'000; ++i) {
    const Nanoseconds due = i * (20 * second / 40'000);
    samples.push_back(answered(due, i % 10 == 0 ? static_cast<Nanoseconds>(random() % (9 * second))
                                                : millisecond + static_cast<Nanoseconds>(random() % 100'000)));
  }
  std::vector<Plain> expected(80);
  for (Plain& window : expected) window.counts.resize(layout_of(Metric::success).size());
  for (const Sample& sample : samples) {
    Plain& window = expected[static_cast<std::size_t>(sample.due / Series::first_width)];
    const auto value = static_cast<std::uint64_t>(sample.end - sample.due);
    ++window.counts[layout_of(Metric::success).index_of(value)];
    window.least = window.count == 0 ? value : std::min(window.least, value);
    window.most = std::max(window.most, value);
    window.sum += value;
    ++window.count;
  }

  std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.end < b.end; });
  Recorder recorder;
  for (std::size_t i = 0; i != samples.size(); ++i) {
    recorder.record(samples[i]);
    if (i % 9'999 == 0) recorder.series();
  }

  const Series& series = recorder.series();
  EXPECT_EQ(series.codes()[0].count, samples.size());
  for (std::size_t i = 0; i != expected.size(); ++i) EXPECT_EQ(plain(series.windows[i], Metric::success), expected[i]) << i;
}

TEST(Recorder, widens_its_windows_when_there_are_too_many) {
  Recorder recorder;
  const Nanoseconds length = 3 * 3600 * second;

  for (Nanoseconds due = 0; due < length; due += 5 * second) recorder.record(answered(due, due % 7 * millisecond));

  const Series& series = recorder.series();
  EXPECT_EQ(series.width, 4 * second);
  EXPECT_LE(series.windows.size(), Series::most_windows);
  for (std::size_t i = 0; i != series.windows.size(); ++i) {
    const Nanoseconds begin = static_cast<Nanoseconds>(i) * series.width, step = 5 * second;
    const Nanoseconds due = std::min((begin + series.width + step - 1) / step, length / step) - (begin + step - 1) / step;
    ASSERT_EQ(series.windows[i].started, static_cast<std::uint64_t>(due)) << i;
  }
  EXPECT_EQ(series.started(), static_cast<std::uint64_t>(length / (5 * second)));
  EXPECT_EQ(series.total(Metric::success).total(), series.started());
  EXPECT_EQ(series.ended(), series.started());
}

TEST(Recorder, a_glance_tells_what_came_since_the_last_one) {
  Recorder recorder;
  recorder.record(answered(0, 10 * millisecond));
  recorder.record(answered(0, 20 * millisecond, 503));
  recorder.record(failed(0, 30 * millisecond, Ending::in_flight));

  const Glance first = recorder.glance();
  recorder.record(answered(0, 40 * millisecond));
  Glance second_one = recorder.glance();

  EXPECT_EQ(first.started, 3U);
  EXPECT_EQ(first.ended, 2U);
  EXPECT_EQ(first.failed, 2U);
  EXPECT_EQ(second_one.started, 4U);
  Histogram recent(2);
  ASSERT_TRUE(recent.add_packed(second_one.recent));
  EXPECT_EQ(recent.total(), 1U);
  second_one.merge(first);
  Histogram both(2);
  ASSERT_TRUE(both.add_packed(second_one.recent));
  EXPECT_EQ(both.total(), 3U);
  EXPECT_EQ(second_one.started, 7U);
}

}  // namespace
}  // namespace loadtest::measure
