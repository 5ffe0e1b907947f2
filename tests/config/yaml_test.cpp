#include "config/yaml.hpp"

#include <gmock/gmock.h>

#include "tests/config/texts.hpp"

namespace config {
namespace {

using config_test::texts;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> problems_of(std::string_view text, const YamlLimits& limits = {}) {
  Report report("f");
  parse_yaml(text, report, 1, limits);
  return texts(report.take());
}

TEST(Yaml, every_node_knows_its_place) {
  Report report("f");
  const auto root = parse_yaml("a: 1\r\nb:\r\n  - \"3.10\"\r\n  - 3.10\r\n", report, 10);

  ASSERT_TRUE(root && root->is_map());
  EXPECT_EQ(root->keys[1].line, 11U);
  EXPECT_EQ(root->items[1].items[1].line, 13U);
  EXPECT_EQ(root->items[1].items[1].column, 5U);
  EXPECT_EQ(root->items[1].items[1].text, "3.10");
  EXPECT_TRUE(root->items[1].items[0].quoted);
  EXPECT_FALSE(root->items[1].items[1].quoted);
}

TEST(Yaml, empty_text_is_null) {
  Report report("f");
  EXPECT_TRUE(parse_yaml("", report)->is_null());
  EXPECT_TRUE(report.take().empty());
}

TEST(Yaml, broken_text_is_a_problem_with_its_place) {
  EXPECT_THAT(problems_of("a: 1\nb: [1, 2\nc: 3\n"), ElementsAre(HasSubstr("this is not YAML")));
  EXPECT_THAT(problems_of("a: 1\n b: 2\n"), ElementsAre(testing::StartsWith("f:2:")));
}

TEST(Yaml, a_key_that_stands_twice_is_reported_at_the_second) {
  EXPECT_THAT(problems_of("a: 1\nb: 2\na: 3\n"), ElementsAre("f:3:1: \"a\" stands twice; the first is on line 1"));
}

TEST(Yaml, anchors_aliases_and_tags_are_refused) {
  EXPECT_THAT(problems_of("a: &x 1\nb: *x\n"), ElementsAre(HasSubstr("anchors")));
  EXPECT_THAT(problems_of("a: &x [*x]\n"), ElementsAre(HasSubstr("anchors")));
  EXPECT_THAT(problems_of("a: !run 1\n"), ElementsAre(HasSubstr("tags")));
}

TEST(Yaml, depth_size_and_number_of_nodes_are_bounded) {
  EXPECT_THAT(problems_of(std::string(33, '[') + std::string(33, ']')), ElementsAre(HasSubstr("more than 32 deep")));
  EXPECT_TRUE(problems_of(std::string(32, '[') + std::string(32, ']')).empty());
  EXPECT_EQ(problems_of(std::string(100'000, '[')).size(), 1U);
  EXPECT_EQ(problems_of(std::string(100'000, '{')).size(), 1U);
  EXPECT_THAT(problems_of("[1,2,3]", {.nodes_max = 3}), ElementsAre(HasSubstr("more than 3 values")));
  EXPECT_THAT(problems_of("12345", {.bytes_max = 4}), ElementsAre(HasSubstr("at most 4 bytes")));
}

TEST(Yaml, a_second_document_is_refused) {
  EXPECT_THAT(problems_of("a: 1\n---\nb: 2\n"), ElementsAre(HasSubstr("only one YAML document")));
}

TEST(Yaml, bytes_that_are_no_text_are_refused_with_their_place) {
  using namespace std::string_view_literals;
  EXPECT_THAT(problems_of("a: 1\nb: \x04\nc: 3"), ElementsAre("f:2:4: control characters are not allowed"));
  EXPECT_THAT(problems_of("a\0b"sv), ElementsAre("f:1:2: control characters are not allowed"));
  EXPECT_THAT(problems_of("a: \xC0\xAF"), ElementsAre("f:1:4: this is not UTF-8 text"));
  EXPECT_THAT(problems_of("a: \xED\xA0\x80"), ElementsAre("f:1:4: this is not UTF-8 text"));
  EXPECT_THAT(problems_of("a: \xF0\x9F"), ElementsAre("f:1:4: this is not UTF-8 text"));
  for (const auto* text : {"a: \xC3"
                           "A",
                           "a: \xE0\x80\xAF", "a: \xF4\x90\x80\x80", "a: \xF0\x8F\xBF\xBF"})
    EXPECT_THAT(problems_of(text), ElementsAre("f:1:4: this is not UTF-8 text"));
  EXPECT_THAT(problems_of("a: 1\rb: 2"), ElementsAre("f:1:5: a line must not end with CR alone"));
}

TEST(Yaml, a_key_that_is_no_text_is_refused) {
  for (const auto* text : {"? [a, b]\n: 1\n", "? {a: b}\n: 1\n", "~: 1\n", ": 1\n"})
    EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("a key must be a plain text"))) << text;
}

TEST(Report, has_an_end_and_is_in_the_order_of_the_file) {
  Report report("f");
  for (std::size_t i = 0; i < 1000; ++i) report.add(1000 - i, 1, "x", true);

  const auto problems = report.take();

  EXPECT_EQ(problems.size(), Report::problems_max + 1);
  EXPECT_LT(problems[0].line, problems[1].line);
  EXPECT_TRUE(has_errors(problems));
}

TEST(Problem, is_written_as_compilers_write_it) {
  EXPECT_EQ((Problem{"f", 3, 7, "m", false}.text()), "f:3:7: m");
  EXPECT_EQ((Problem{"f", 3, 0, "m", true}.text()), "f:3: warning: m");
  EXPECT_EQ((Problem{"f", 0, 0, "m", false}.text()), "f: m");
}

}  // namespace
}  // namespace config
