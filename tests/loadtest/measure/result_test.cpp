#include "loadtest/measure/result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "loadtest/measure/result_json.hpp"
#include "tests/loadtest/measure/results.hpp"

namespace loadtest::measure {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

TEST(ResultJson, what_was_written_is_read_and_is_the_same) {
  const json::object written = to_json(result_of_everything());

  const auto read = read_result(json::serialize(written));

  ASSERT_TRUE(read) << read.message;
  EXPECT_EQ(json::serialize(to_json(*read.value)), json::serialize(written));
  EXPECT_EQ(read.value->series.total(Metric::success), series_of_everything().total(Metric::success));
  EXPECT_EQ(read.value->series.warm_up.size(), 16U)
      << "those that were due in the first second, one of which was given up 3 s later";
}

TEST(ResultJson, has_its_schema_and_times_with_units) {
  const json::object written = to_json(result_of_everything());
  EXPECT_EQ(written.at("schema"), "spaceport-bench/1");
  EXPECT_EQ(written.at("length_ns"), 9 * second);
  const json::object& summary = written.at("summary").as_object();
  EXPECT_EQ(summary.at("requests"), 1800);
  EXPECT_EQ(summary.at("codes").at("404"), 18);
  EXPECT_NEAR(summary.at("error_percent").to_number<double>(), 3, 1e-9);
  const json::object& response = summary.at("response").as_object();
  EXPECT_NEAR(response.at("p50_ns").to_number<double>(), 10.4e6, 0.6e6);
  EXPECT_TRUE(response.at("p99.9_ns").is_null()) << "1800 requests have no p99.9";
  EXPECT_EQ(response.at("p99_at_least"), true) << "one in a hundred was given up";
  EXPECT_GE(response.at("p99_ns").to_number<double>(), 2.9e9);
}

TEST(ResultJson, comparisons_and_capacities_are_read_too) {
  Comparison comparison{"direct", "gateway", result_of_everything(), result_of_everything()};
  const auto compared = read_document(json::serialize(to_json(comparison)));
  ASSERT_TRUE(compared) << compared.message;
  EXPECT_EQ(std::get<Comparison>(*compared.value).name_two, "gateway");
  EXPECT_EQ(to_json(std::get<Comparison>(*compared.value)), to_json(comparison));

  Capacity capacity;
  capacity.base = result_of_everything();
  capacity.objectives = {"p99<250ms"};
  capacity.trials = {{100, 99.5, true, true, 5 * second, millisecond, 2 * millisecond, 0.001, 0.2, 0.5, ""},
                     {200, 150, false, false, second, 1, 2, 0, 3, 0, "p99<250ms"}};
  capacity.lower = 100;
  capacity.broken = "p99<250ms";
  const auto found = read_document(json::serialize(to_json(capacity)));
  ASSERT_TRUE(found) << found.message;
  EXPECT_EQ(to_json(std::get<Capacity>(*found.value)), to_json(capacity));
  EXPECT_FALSE(std::get<Capacity>(*found.value).upper);
  EXPECT_THAT(read_result(json::serialize(to_json(capacity))).message, HasSubstr("not of a single run"));
}

TEST(ResultJson, foreign_files_are_told_from_damaged_ones) {
  EXPECT_THAT(read_document("").message, HasSubstr("not a result of spaceport-bench"));
  EXPECT_THAT(read_document("PK\3\4").message, HasSubstr("not a result of spaceport-bench"));
  EXPECT_THAT(read_document("[1,2]").message, HasSubstr("not a result of spaceport-bench"));
  EXPECT_THAT(read_document("{\"latency\": 3}").message, HasSubstr("not a result of spaceport-bench"));
  EXPECT_THAT(read_document("{\"schema\": \"spaceport-bench/2\"}").message, HasSubstr("another version"));
  EXPECT_THAT(read_document("{\"schema\": \"spaceport-bench/1\", \"kind\": \"song\"}").message,
              HasSubstr("damaged: kind must be run"));
  const std::string whole = json::serialize(to_json(result_of_everything()));
  EXPECT_THAT(read_document(whole.substr(0, whole.size() / 2)).message, HasSubstr("damaged: it is not complete JSON"));
}

/// What is read when one text in the file is replaced by another.
std::string complaint(std::string_view from, std::string_view to) {
  std::string text = json::serialize(to_json(result_of_everything()));
  const std::size_t at = text.find(from);
  if (at == std::string::npos) return "the file has no " + std::string(from);
  return read_document(text.replace(at, from.size(), to)).message;
}

TEST(ResultJson, names_the_place_that_is_damaged) {
  EXPECT_THAT(complaint("\"length_ns\":9000000000", "\"length_ns\":9.5"), HasSubstr("length_ns must be a whole number"));
  EXPECT_THAT(complaint("\"length_ns\":9000000000", "\"length_ns\":99999999999999999999"),
              HasSubstr("length_ns must be a whole number"));
  EXPECT_THAT(complaint("\"connections\":0", "\"connections\":-1"), HasSubstr("connections is a number that cannot be"));
  EXPECT_THAT(complaint("\"open_loop\":true", "\"open_loop\":1"), HasSubstr("open_loop must be true or false"));
  EXPECT_THAT(complaint("\"cpu_shares\":[2.5E-1", "\"cpu_shares\":[\"x\""), HasSubstr("generator.cpu_shares must be numbers"));
  EXPECT_THAT(complaint("\"outcome\":\"held\"", "\"outcome\":\"maybe\""), HasSubstr("objectives[0].outcome must be held"));
  EXPECT_THAT(complaint("\"marks\":[{", "\"marks\":[1,{"), HasSubstr("marks[0] must be an object"));
  EXPECT_THAT(complaint("\"width_ns\":250000000", "\"width_ns\":300000000"), HasSubstr("series.width_ns is no width"));
  EXPECT_THAT(complaint("\"tally\":{\"200\"", "\"tally\":{\"20x\""), HasSubstr("tally.20x is neither a status nor an ending"));
  EXPECT_THAT(complaint("\"success\":{\"count\":", "\"success\":{\"count\":1"),
              HasSubstr("success.count is not what its histogram holds"));
  EXPECT_THAT(complaint("\"loop_lag\":\"HIST", "\"loop_lag\":\"HISX"), HasSubstr("generator.loop_lag is not a histogram"));
  EXPECT_THAT(complaint("\"title\":", "\"titel\":"), HasSubstr("title must be a text"));
}

TEST(ResultJson, a_histogram_of_another_kind_is_refused) {
  Result result = result_of_everything();
  result.generator.loop_lag = Histogram(3);
  EXPECT_THAT(read_document(json::serialize(to_json(result))).message, HasSubstr("loop_lag has another range"));
}

TEST(ResultJson, every_cut_and_every_flipped_byte_is_borne) {
  Result small;
  small.series = run_of(10, 1, [](Nanoseconds) { return millisecond; });
  const std::string whole = json::serialize(to_json(small));
  for (std::size_t at = 0; at < whole.size(); at += 1 + at / 97) {
    EXPECT_FALSE(read_document(whole.substr(0, at)));
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x11);
    read_document(flipped);
  }
}

TEST(Result, merged_is_what_one_machine_would_have_seen) {
  // The same requests: all of them on one machine, and every other one on each of two.
  Random random(4);
  Recorder all, even, odd;
  for (Nanoseconds i = 0; i != 4000; ++i) {
    const Sample sample =
        answered(i * 2 * millisecond, static_cast<Nanoseconds>(1e7 * std::exp(normal(random))), i % 50 == 0 ? 500 : 200);
    all.record(sample);
    (i % 2 == 0 ? even : odd).record(sample);
  }
  Result whole, one, two;
  whole.series = all.series();
  one.series = even.series();
  two.series = odd.series();
  one.length = two.length = whole.length = 8 * second;
  one.offered = two.offered = 250;
  one.machines = {{{"name", "one"}}};
  two.machines = {{{"name", "two"}}};

  one.merge(two);

  EXPECT_EQ(to_json(one).at("series"), to_json(whole).at("series"));
  EXPECT_EQ(one.offered, 500);
  EXPECT_EQ(one.achieved(), whole.achieved());
  EXPECT_EQ(one.machines.size(), 2U);
}

TEST(Result, merged_keeps_the_worst_of_both) {
  Result one = result_of_everything(), two = result_of_everything();
  one.verdict = {};
  two.labels = {{"branch", "fix"}, {"run", "2"}};
  two.notes.push_back("another");
  two.settings["rate"] = 300;
  two.steady = false;
  two.background.push_back(two.background[0]);
  two.background[1].title = "http://127.0.0.1:8082/";

  one.merge(two);

  ASSERT_EQ(one.background.size(), 2U);
  EXPECT_EQ(one.background[0].series.started(), 200U) << "the same load on two machines";
  EXPECT_EQ(one.background[0].connections, 100U);
  EXPECT_EQ(one.background[1].series.started(), 100U);

  EXPECT_FALSE(one.verdict.valid);
  EXPECT_FALSE(one.steady);
  EXPECT_EQ(one.labels[0].second, "main, fix");
  EXPECT_EQ(one.labels.size(), 2U);
  EXPECT_EQ(one.server_parts[0].count, 2U);
  EXPECT_EQ(one.server_parts[0].times.total(), 2U);
  EXPECT_EQ(one.generator.loop_lag.total(), 14U);
  EXPECT_EQ(one.generator.cpu_shares.size(), 4U);
  EXPECT_THAT(one.notes, testing::ElementsAre("stalls are seen", HasSubstr("not asked for the same"), "another"));
}

TEST(Result, of_backgrounds_with_one_title_each_is_merged_with_its_own) {
  Result one, two;
  for (Result* result : {&one, &two}) {
    result->background.resize(3);
    for (std::size_t i = 0; i != 3; ++i) {
      result->background[i].title = "http://127.0.0.1:1/";
      result->background[i].connections = 10 * static_cast<unsigned>(i + 1);
    }
    result->background[2].settings["rate"] = 5;
  }
  std::swap(two.background[0], two.background[2]);
  two.background[0].connections = 1;  // that with the rate
  two.background[1].connections = 2;
  two.background[2].connections = 3;

  one.merge(two);

  ASSERT_EQ(one.background.size(), 3U);
  EXPECT_EQ(one.background[0].connections, 12U);
  EXPECT_EQ(one.background[1].connections, 23U);
  EXPECT_EQ(one.background[2].connections, 31U);
}

TEST(Series, of_other_widths_are_merged_exactly) {
  Series one = noisy_run(1), two = noisy_run(2), sum = one;
  sum.merge(two);
  sum.widen_to(second);
  one.widen_to(second);

  Series fine = two;
  fine.merge(one);  // the finer takes the coarser
  one.merge(two);   // and the other way round

  EXPECT_EQ(one.width, second);
  Result a, b, c;
  a.series = one;
  b.series = fine;
  c.series = sum;
  EXPECT_EQ(to_json(a).at("series"), to_json(c).at("series"));
  EXPECT_EQ(to_json(b).at("series"), to_json(c).at("series"));
}

TEST(Result, rates_and_errors_count_what_ended) {
  Recorder recorder;
  for (int i = 0; i != 6; ++i) recorder.record(answered(0, millisecond));
  recorder.record(answered(0, millisecond, 404));
  recorder.record(answered(0, millisecond, 500));
  recorder.record(failed(0, millisecond, Ending::timed_out));
  recorder.record(failed(0, millisecond, Ending::not_sent));
  Result result;
  result.series = recorder.series();
  result.length = 2 * second;
  EXPECT_DOUBLE_EQ(result.achieved(), 4);
  EXPECT_DOUBLE_EQ(result.error_share(), 0.3);

  recorder.record(failed(0, millisecond, Ending::in_flight));
  recorder.record(failed(0, millisecond, Ending::in_flight));
  result.series = recorder.series();
  EXPECT_DOUBLE_EQ(result.error_share(), 5.0 / 12);
  result.abandoned = 2;
  EXPECT_DOUBLE_EQ(result.error_share(), 0.3) << "who ends it cannot blame the server";
  // Of two machines one was interrupted: what the other gave up at its own end stays a failure.
  Result other = result;
  other.abandoned = 0;
  result.merge(other);
  EXPECT_DOUBLE_EQ(result.error_share(), 8.0 / 22);
}

}  // namespace
}  // namespace loadtest::measure
