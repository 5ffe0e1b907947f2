#include "runtime/dialer/options.hpp"

#include <gtest/gtest.h>

namespace runtime::dialer {
namespace {

struct Read {
  std::optional<Options> options;
  std::string error;
};

Read read(std::vector<std::string> arguments, bool inherited = false) {
  arguments.insert(arguments.begin(), "spaceport-dialer");
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  Read result;
  result.options = read_options(static_cast<int>(arguments.size()), pointers.data(), inherited, result.error);
  return result;
}

TEST(Options, paths_and_users_are_read) {
  const auto result = read({"--dialer-socket", "/d", "--registrar-socket=/r", "--allow-uid", "1001", "--allow-uid", "root",
                            "--group", "7", "--user", "nobody"});
  ASSERT_TRUE(result.options) << result.error;
  EXPECT_EQ(result.options->dialer_socket, "/d");
  EXPECT_EQ(result.options->registrar_socket, "/r");
  EXPECT_EQ(result.options->allowed_uids, (std::vector<uid_t>{1001, 0}));
  EXPECT_EQ(result.options->group, gid_t{7});
  EXPECT_EQ(result.options->user, 65534U);
}

TEST(Options, nobody_may_ask_unless_named) {
  EXPECT_FALSE(read({"--dialer-socket", "/d", "--registrar-socket", "/r"}).options);
}

TEST(Options, paths_are_needed_unless_sockets_are_inherited) {
  EXPECT_FALSE(read({"--dialer-socket", "/d", "--allow-uid", "1"}).options);
  EXPECT_TRUE(read({"--allow-uid", "1"}, true).options);
}

TEST(Options, wrong_arguments_are_named) {
  EXPECT_NE(read({"--bogus"}).error.find("--bogus"), std::string::npos);
  EXPECT_NE(read({"--dialer-socket"}).error.find("--dialer-socket"), std::string::npos);
  EXPECT_NE(read({"--allow-uid", "1", "extra"}, true).error.find("extra"), std::string::npos);
  EXPECT_NE(read({"--allow-uid", "no-such-user-here"}, true).error.find("no-such-user-here"), std::string::npos);
}

TEST(Options, the_user_id_that_means_unchanged_is_refused) {
  EXPECT_FALSE(read({"--allow-uid", "1", "--user", "4294967295"}, true).options);
  EXPECT_FALSE(read({"--allow-uid", "-1"}, true).options);
}

}  // namespace
}  // namespace runtime::dialer
