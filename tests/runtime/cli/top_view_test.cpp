#include "runtime/cli/top_view.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace runtime::cli {
namespace {

namespace json = boost::json;

json::object space(const char* id, double cpu_seconds, int requests) {
  return {{"id", id},
          {"stage", "RUNNING"},
          {"replicas", json::object{{"wanted", 2}, {"serving", 1}}},
          {"cpu_nanoseconds", static_cast<std::uint64_t>(cpu_seconds * 1e9)},
          {"memory_bytes", 64 << 20},
          {"requests", requests},
          {"failures", 0},
          {"in_flight", 3},
          {"held", 2},
          {"idle_seconds", 90},
          {"p50_ms", 1.0},
          {"p99_ms", 2.5},
          {"volumes", json::array{json::object{{"used_bytes", 3 << 20}, {"size_bytes", 10 << 20}},
                                  json::object{{"used_bytes", nullptr}, {"size_bytes", 99 << 20}}}}};
}

json::value look(double at, const std::vector<json::object>& spaces) {
  json::array all;
  for (const auto& space : spaces) all.push_back(space);
  json::object made{{"at", at}};
  made["spaces"] = std::move(all);
  return made;
}

TEST(Top, shows_rates_between_two_looks_and_the_busiest_first) {
  const auto rows = top_rows(look(10, {space("a/calm", 1, 100), space("a/busy", 5, 100)}),
                             look(12, {space("a/calm", 1.02, 100), space("a/busy", 6, 150)}));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].space, "a/busy");
  EXPECT_DOUBLE_EQ(rows[0].cpu_percent, 50);
  EXPECT_DOUBLE_EQ(rows[0].requests_per_second, 25);
  EXPECT_NEAR(rows[1].cpu_percent, 1, 1e-6);
  EXPECT_EQ(rows[0].replicas, "1/2");
  EXPECT_EQ(rows[0].in_flight, 5U) << "those that wait for it to wake are waited for too";
}

TEST(Top, shows_how_full_the_volumes_are_whose_use_is_known) {
  const auto once = look(1, {space("a/1", 0, 0)});
  const auto rows = top_rows(once, once);
  EXPECT_EQ(rows[0].volume_used, 3U << 20);
  EXPECT_EQ(rows[0].volume_size, 10U << 20);
  const auto lines = top_table(rows, 200, 10);
  EXPECT_TRUE(lines[0].text.ends_with(" DATA")) << lines[0].text;
  EXPECT_TRUE(lines[1].text.ends_with(" 3M/10M")) << lines[1].text;
}

TEST(Top, what_is_new_or_begins_anew_has_no_rate) {
  const auto rows = top_rows(look(1, {space("a/again", 100, 100)}), look(2, {space("a/again", 1, 1), space("a/new", 50, 50)}));
  for (const auto& row : rows) {
    EXPECT_EQ(row.cpu_percent, 0) << row.space;
    EXPECT_EQ(row.requests_per_second, 0) << row.space;
  }
}

TEST(Top, never_draws_beyond_the_terminal) {
  const auto once = look(1, {space("a/1", 0, 0), space("a/2", 0, 0), space("a/3", 0, 0), space("a/4", 0, 0)});
  const auto lines = top_table(top_rows(once, once), 40, 4);
  ASSERT_EQ(lines.size(), 4U);
  for (const auto& line : lines) EXPECT_LE(line.text.size(), 40U);
  EXPECT_EQ(lines.back().text, "and 2 more");
}

TEST(Top, says_what_people_can_read) {
  const auto once = look(1, {space("a/1", 0, 0)});
  const auto line = top_table(top_rows(once, once), 200, 10).at(1).text;
  for (const char* word : {"a/1", "RUNNING", "1/2", "64M", "2.5ms", "1m"}) EXPECT_NE(line.find(word), line.npos) << line;
}

}  // namespace
}  // namespace runtime::cli
