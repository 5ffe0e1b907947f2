#include "loadtest/report/html_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loadtest/report/page_data.hpp"
#include "loadtest/report/page_run.hpp"
#include "tests/loadtest/report/reported.hpp"

namespace loadtest::report {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

/// The text of an element of scripts.
std::string inside(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find("id=\"" + id + "\">") + id.size() + 6;
  return page.substr(begin, page.find("</script>", begin) - begin);
}

TEST(Page, needs_nothing_else) {
  const std::string page = html_report(stalled_run());
  for (const char* const word : {" src=", "href=\"http", "@import", "url(", "fetch(", "XMLHttpRequest"})
    EXPECT_THAT(page, Not(HasSubstr(word))) << word;
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("The MIT License")) << "of what is in it";
}

TEST(Page, has_the_document_in_it) {
  const measure::Result result = stalled_run();
  const auto read = measure::read_result(inside(html_report(result), "document"));
  ASSERT_TRUE(read) << read.message;
  EXPECT_TRUE(measure::to_json(*read.value).at("series") == measure::to_json(result).at("series"));
  EXPECT_EQ(read.value->title, result.title);
}

TEST(Page, of_a_long_run_has_a_document_of_fewer_windows_and_the_same_counts) {
  measure::Result result;
  result.series = measure::run_of(20, 900, [](Nanoseconds) { return millisecond; });
  const auto read = measure::read_result(inside(html_report(result), "document"));
  ASSERT_TRUE(read) << read.message;
  EXPECT_LE(read.value->series.windows.size(), 600U);
  EXPECT_EQ(read.value->series.total(measure::Metric::success), result.series.total(measure::Metric::success));
}

TEST(Page, nothing_in_a_result_ends_a_script) {
  const std::string page = html_report(hostile_run());
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<script>complaints")));
  EXPECT_EQ(json::parse(inside(page, "data")).at("title").get_string(), hostile_run().title);
}

TEST(PageData, charts_hold_every_request_that_was_due) {
  const measure::Result result = stalled_run();
  const json::object data = page_data(result);
  const json::object& run = data.at("runs").at(0).as_object();
  const json::object& time = run.at("time").as_object();
  double due = 0;
  for (const json::value& value : time.at("due").as_array())
    due += value.to_number<double>() * time.at("width").to_number<double>();
  EXPECT_NEAR(due, 6600, 1e-6) << "warm-up included";
  EXPECT_EQ(time.at("t").as_array().size(), 132U);
  EXPECT_EQ(time.at("warm_until"), 3.0);
  std::uint64_t cells = 0;
  for (const json::value& cell : run.at("heat").at("cells").as_array()) cells += cell.at(2).to_number<std::uint64_t>();
  std::uint64_t successes = result.series.summary(measure::Metric::success).count;
  for (const measure::Window& window : result.series.warm_up) successes += window[measure::Metric::success].count;
  EXPECT_EQ(cells, successes);
}

TEST(PageData, what_ran_beside_it_is_told_among_the_facts) {
  measure::Result result = stalled_run();
  result.background = {stalled_run()};
  EXPECT_THAT(json::serialize(page_of_run(result).at("generator")), HasSubstr("[\"Beside it: http"));
}

TEST(PageData, a_long_run_has_no_more_points_than_a_screen) {
  measure::Result result;
  result.series = measure::run_of(20, 900, [](Nanoseconds) { return millisecond; });
  const json::object data = page_data(result);
  const json::object& run = data.at("runs").at(0).as_object();
  EXPECT_LE(run.at("time").at("t").as_array().size(), 600U);
  EXPECT_LE(run.at("heat").at("columns").to_number<int>(), 240);
}

TEST(PageData, curves_rise_and_end_where_there_are_no_more_values) {
  measure::Histogram times;
  for (std::uint64_t i = 1; i <= 1000; ++i) times.record(i * 1'000'000);
  const json::object made = curve("x", times);
  const json::array& points = made.at("points").as_array();
  double last = 0;
  for (const json::value& point : points) {
    EXPECT_GE(point.at(1).to_number<double>(), last);
    last = point.at(1).to_number<double>();
  }
  EXPECT_LE(points.back().at(0).to_number<double>(), 1000);
  EXPECT_NEAR(last, 1000, 2);
  EXPECT_EQ(made.at("enough_until").to_number<double>(), 100) << "p99 needs ten values beyond it";
}

TEST(PageData, comparisons_and_capacities_have_their_own) {
  const json::object compared = page_data(gateway_against_direct());
  EXPECT_EQ(compared.at("comparison").at("phases").as_array().size(), 7U);
  EXPECT_EQ(compared.at("comparison").at("parts").as_array().size(), 2U) << "one of the gateway's, and other";
  EXPECT_EQ(compared.at("comparison").at("differences").at(3).at("difference").at("known"), false);
  EXPECT_EQ(compared.at("runs").as_array().size(), 2U);
  const json::object found = page_data(found_capacity());
  EXPECT_EQ(found.at("capacity").at("trials").as_array().size(), 11U);
  EXPECT_EQ(found.at("capacity").at("model").at("line").as_array().size(), 101U);
}

}  // namespace
}  // namespace loadtest::report
