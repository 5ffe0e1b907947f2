#include "runtime/isolation/tool.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <cstdlib>

namespace runtime::isolation {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Tool, is_given_its_input_and_its_words_come_back) {
  const Ran ran = run_tool_here({"/bin/sh", "-c", "tr a-z A-Z; echo err >&2; exit 3"}, "some words\n", 10s);

  EXPECT_EQ(ran.code, 3);
  EXPECT_FALSE(ran.good());
  EXPECT_EQ(ran.output, "SOME WORDS\nerr\n");
  EXPECT_EQ(ran.reason(), "err");
}

TEST(Tool, gets_none_of_our_descriptors_and_none_of_our_environment) {
  ::setenv("SECRET_OF_OURS", "x", 1);
  // As a library might leave one, without O_CLOEXEC.
  ASSERT_EQ(::dup2(0, 99), 99);
  const Ran ran = run_tool_here(
      {"/bin/sh", "-c", "[ -e /proc/$$/fd/99 ] && echo leaked; [ -e /proc/$$/fd/2 ] && echo begun; env"}, "", 10s);
  ::close(99);
  ::unsetenv("SECRET_OF_OURS");

  EXPECT_THAT(ran.output, StartsWith("begun\n"));
  EXPECT_THAT(ran.output, Not(HasSubstr("SECRET_OF_OURS")));
}

TEST(Tool, that_does_not_end_is_ended) {
  const auto began = std::chrono::steady_clock::now();
  const Ran ran = run_tool_here({"/bin/sh", "-c", "echo begun; exec sleep 60"}, "", 200ms);

  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  EXPECT_EQ(ran.code, -1);
  EXPECT_THAT(ran.output, StartsWith("begun\n"));
  EXPECT_THAT(ran.reason(), HasSubstr("did not end within 200 ms"));
}

TEST(Tool, that_is_killed_has_not_ended_well) { EXPECT_EQ(run_tool_here({"/bin/sh", "-c", "kill -9 $$"}, "", 10s).code, -1); }

TEST(Tool, that_is_not_there_is_told) {
  EXPECT_EQ(find_tool("no-such-tool-at-all"), "");
  EXPECT_THAT(find_tool("sh"), EndsWith("/sh"));
  const Ran ran = run_tool_here({"/no/such/tool"}, "", 10s);
  EXPECT_EQ(ran.code, -1);
  EXPECT_THAT(ran.reason(), HasSubstr("cannot be started"));
}

TEST(Tool, is_found_in_roots_folders_too) {
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", "relative:/nowhere", 1);
  const std::string found = find_tool("mkfs.ext4");
  ::setenv("PATH", before.c_str(), 1);

  EXPECT_THAT(found, EndsWith("sbin/mkfs.ext4"));
}

TEST(Tool, runs_beside_the_main_thread) {
  gw::net::Worker worker;
  Ran ran;
  const auto task = [&]() -> gw::net::Task<> {
    std::vector<std::string> command{"/bin/cat"};
    ran = co_await run_tool(worker, std::move(command), "back again");
    worker.stop();
  };
  worker.spawn(task());
  worker.run();

  EXPECT_TRUE(ran.good());
  EXPECT_EQ(ran.output, "back again");
}

}  // namespace
}  // namespace runtime::isolation
