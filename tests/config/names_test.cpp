#include "config/names.hpp"

#include <gmock/gmock.h>

namespace config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Slug, follows_the_hub_s_examples) {
  EXPECT_EQ(slug("user", "tmp_test_space"), "user-tmp-test-space");
  EXPECT_EQ(slug("microsoft", "TRELLIS.2"), "microsoft-trellis-2");
  EXPECT_EQ(slug("NimaBoscarino", "hotdog-gradio"), "nimaboscarino-hotdog-gradio");
}

TEST(Slug, has_no_double_dash_and_none_at_its_ends) {
  EXPECT_EQ(slug("_a_", "b_-_c"), "a-b-c");
  EXPECT_EQ(slug("a-b", "c"), slug("a", "b-c"));
  EXPECT_NE(slug_with_hash("a-b", "c"), slug_with_hash("a", "b-c"));
}

TEST(Slug, leaves_room_for_a_port_and_keeps_long_names_apart) {
  const std::string owner(96, 'a');
  const auto one = slug(owner, std::string(95, 'b') + "1");
  const auto two = slug(owner, std::string(95, 'b') + "2");
  EXPECT_EQ(one.size(), slug_bytes_max);
  EXPECT_LE((one + "--65535").size(), 63U);
  EXPECT_NE(one, two);
}

TEST(Slug, is_never_empty) { EXPECT_THAT(slug("_", "_"), StartsWith("space-")); }

TEST(Slug, of_a_folder_is_that_of_its_last_part) {
  EXPECT_EQ(slug_of_folder("/srv/My App/"), "my-app");
  EXPECT_EQ(slug_of_folder("demo"), "demo");
  EXPECT_EQ(slug_of_folder("/"), "space");
  EXPECT_FALSE(check_space_name("local/" + slug_of_folder("/x/" + std::string(300, 'y'))));
}

TEST(SpaceName, that_is_right_passes) {
  for (const char* name : {"a/b", "user/tmp_test_space", "microsoft/TRELLIS.2", "_/_"})
    EXPECT_FALSE(check_space_name(name)) << name;
}

TEST(SpaceName, breaks_one_rule_each) {
  EXPECT_THAT(*check_space_name("demo"), HasSubstr("\"owner/name\""));
  EXPECT_THAT(*check_space_name("a/b/c"), HasSubstr("\"owner/name\""));
  EXPECT_THAT(*check_space_name("/b"), HasSubstr("the owner \"\" must be 1 to 96"));
  EXPECT_THAT(*check_space_name("a/" + std::string(97, 'b')), HasSubstr("1 to 96"));
  EXPECT_THAT(*check_space_name("a/b c"), HasSubstr("may hold only"));
  EXPECT_THAT(*check_space_name("a/-b"), HasSubstr("begin or end"));
  EXPECT_THAT(*check_space_name("a/b."), HasSubstr("begin or end"));
  EXPECT_THAT(*check_space_name("a/b--c"), HasSubstr("\"--\""));
  EXPECT_THAT(*check_space_name("a/b..c"), HasSubstr("\"..\""));
  EXPECT_THAT(*check_space_name("a/b.git"), HasSubstr("\".git\""));
}

TEST(VariableName, is_an_identifier_of_at_most_128_bytes) {
  EXPECT_FALSE(check_variable_name("HF_TOKEN2"));
  EXPECT_FALSE(check_variable_name("_"));
  EXPECT_FALSE(check_variable_name(std::string(128, 'A')));
  EXPECT_TRUE(check_variable_name(std::string(129, 'A')));
  EXPECT_THAT(*check_variable_name(""), HasSubstr("empty"));
  EXPECT_THAT(*check_variable_name("2A"), HasSubstr("digit"));
  EXPECT_THAT(*check_variable_name("A=B"), HasSubstr("may hold only"));
}

}  // namespace
}  // namespace config
