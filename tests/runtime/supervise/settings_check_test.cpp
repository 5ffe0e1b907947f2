#include "runtime/supervise/settings_check.hpp"

#include <gmock/gmock.h>

#include "runtime/state/trouble.hpp"

namespace runtime::supervise {
namespace {

using state::Trouble;
using testing::HasSubstr;

std::string refusal(Setting kind, const std::string& name, std::string_view value) {
  try {
    check_setting(kind, name, value);
  } catch (const Trouble& trouble) {
    return trouble.what();
  }
  return "";
}

TEST(SettingsCheck, a_value_may_be_as_long_as_it_may_be) {
  const std::string longest(most_value_bytes, 'x');
  EXPECT_EQ(refusal(Setting::secret, "TOKEN", longest), "");
  EXPECT_EQ(refusal(Setting::secret, "TOKEN", longest + "x"), "the secret TOKEN has 65537 bytes, and may have 65536");
  EXPECT_EQ(refusal(Setting::variable, "MODEL", longest + "x"), "the variable MODEL has 65537 bytes, and may have 65536");
}

TEST(SettingsCheck, what_no_environment_can_hold_is_refused_and_not_repeated) {
  using namespace std::string_view_literals;
  const std::string said = refusal(Setting::secret, "TOKEN", "hunter2\0more"sv);
  EXPECT_THAT(said, HasSubstr("the secret TOKEN holds a NUL byte"));
  EXPECT_THAT(said, Not(HasSubstr("hunter2")));
  EXPECT_THAT(refusal(Setting::variable, "A=B", "x"), HasSubstr("cannot be the name of a variable"));
  EXPECT_EQ(refusal(Setting::variable, "A", "two\nlines"), "");
}

TEST(SettingsCheck, all_together_fit_what_the_kernel_takes) {
  std::map<std::string, std::size_t> sizes;
  for (char c = 'A'; c != 'P'; ++c) sizes[std::string(1, c)] = most_value_bytes;
  check_all_settings("t/x", sizes);
  sizes["P"] = most_value_bytes - 16 * (1 + 2 + sizeof(char*));
  check_all_settings("t/x", sizes);
  ++sizes["P"];
  try {
    check_all_settings("t/x", sizes);
    FAIL() << "one byte too many";
  } catch (const Trouble& trouble) {
    EXPECT_THAT(trouble.what(), HasSubstr("of t/x would have 1048577 bytes together, and may have 1048576"));
  }
}

}  // namespace
}  // namespace runtime::supervise
