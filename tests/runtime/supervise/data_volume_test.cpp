#include "runtime/supervise/data_volume.hpp"

#include <gmock/gmock.h>

namespace runtime::supervise {
namespace {

engine::Info machine(std::vector<std::string> security, std::string root_dir = "/var/lib/docker") {
  engine::Info info;
  info.security = std::move(security);
  info.root_dir = std::move(root_dir);
  return info;
}

TEST(OutsideUid, is_the_same_where_nothing_is_remapped) {
  EXPECT_EQ(outside_uid(machine({"name=seccomp,profile=default"}), 1000), 1000U);
  EXPECT_EQ(outside_uid(machine({"name=seccomp,profile=default"}, "/srv/100000.100000"), 1000), 1000U)
      << "a folder may have any name";
}

TEST(OutsideUid, is_told_by_the_folder_of_an_engine_that_remaps) {
  EXPECT_EQ(outside_uid(machine({"name=seccomp,profile=default", "name=userns"}, "/var/lib/docker/231072.231072"), 1000),
            232072U);
  EXPECT_EQ(outside_uid(machine({"name=userns"}, "/var/lib/docker/x"), 1000), 1000U);
  EXPECT_EQ(outside_uid(machine({"name=userns"}, "/var/lib/231072"), 1000), 1000U);
}

TEST(Rootless, is_said_by_the_engine) {
  EXPECT_TRUE(rootless(machine({"name=seccomp,profile=default", "name=rootless"})));
  EXPECT_FALSE(rootless(machine({"name=seccomp,profile=default"})));
}

}  // namespace
}  // namespace runtime::supervise
