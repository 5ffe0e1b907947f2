#include "runtime/state/state_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/state/trouble.hpp"
#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::state {
namespace {

using test::TemporaryFolder;

TEST(Layout, root_gets_the_system_folders) {
  const Layout at = layout(std::nullopt, {true, "/root", "/x", "/y", "/z"});
  EXPECT_EQ(at.database(), "/var/lib/spaceport/state.db");
  EXPECT_EQ(at.api_socket(), "/run/spaceport/api.sock");
  EXPECT_EQ(at.config_file, "/etc/spaceport/spaceport.yaml");
}

TEST(Layout, others_get_the_xdg_folders) {
  const Layout at = layout(std::nullopt, {false, "/home/me", "", "", "/run/user/1000"});
  EXPECT_EQ(at.database(), "/home/me/.local/state/spaceport/state.db");
  EXPECT_EQ(at.api_socket(), "/run/user/1000/spaceport/api.sock");
  EXPECT_EQ(at.config_file, "/home/me/.config/spaceport/spaceport.yaml");
  EXPECT_EQ(layout(std::nullopt, {false, "/home/me", "/s", "/c", ""}).api_socket(), "/s/spaceport/run/api.sock");
}

TEST(Layout, the_state_option_moves_everything_sockets_too) {
  const Layout at = layout("/tmp/x", {true, "/root", "", "", ""});
  for (const auto& path :
       {at.database(), at.key_file(), at.api_socket(), at.gateway_socket(), at.dialer_socket(), at.config_file}) {
    EXPECT_TRUE(path.string().starts_with("/tmp/x/")) << path;
  }
}

TEST(StateFolder, only_one_serve_may_use_it) {
  const TemporaryFolder folder;
  const Layout at = layout(folder.path() / "s", {});
  {
    const StateFolder first(at);
    EXPECT_THROW(StateFolder{at}, Trouble);
  }
  EXPECT_NO_THROW(StateFolder{at});
}

TEST(StateFolder, lets_nobody_else_list_it) {
  const TemporaryFolder folder;
  const StateFolder opened(layout(folder.path() / "s", {}));
  struct stat info {};
  ASSERT_EQ(::stat(opened.layout().state.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0066, 0U);
  ASSERT_EQ(::stat(opened.layout().logs().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077, 0U);
}

TEST(StateFolder, leaves_the_mode_of_a_folder_that_was_there) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "s");
  ASSERT_EQ(::chmod((folder.path() / "s").c_str(), 0775), 0);
  const StateFolder opened(layout(folder.path() / "s", {}));
  struct stat info {};
  ASSERT_EQ(::stat(opened.layout().state.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0775U);
}

TEST(StateFolder, a_path_too_long_for_a_socket_is_refused_before_anything_is_made) {
  const TemporaryFolder folder;
  const auto deep = folder.path() / std::string(120, 'x');
  EXPECT_THROW(StateFolder{layout(deep, {})}, Trouble);
  EXPECT_FALSE(std::filesystem::exists(deep));
}

TEST(StateFolder, says_where_it_could_not_be_made) {
  const TemporaryFolder folder;
  { std::ofstream(folder.path() / "file"); }
  try {
    const StateFolder opened(layout(folder.path() / "file" / "s", {}));
    FAIL();
  } catch (const Trouble& trouble) {
    EXPECT_NE(trouble.where().find("file/s"), std::string::npos);
    EXPECT_FALSE(trouble.next().empty());
  }
}

}  // namespace
}  // namespace runtime::state
