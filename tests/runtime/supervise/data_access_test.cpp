#include "runtime/supervise/data_access.hpp"

#include <gmock/gmock.h>

#include "runtime/state/trouble.hpp"

namespace runtime::supervise {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<SpaceMount> all{{"/data", "ours-data", {}, {}, 1, false, false},
                                  {"/cache", "ours--cache", {}, "cache", 1, false, false},
                                  {"/team", "team", {}, "team", 1, true, true},
                                  {"/models", {}, "/srv/models", "models", 0, true, true}};

std::string refused(std::string_view path, Transfer direction, const std::vector<SpaceMount>& mounts = all) {
  try {
    mount_to_transfer("t/x", mounts, path, direction);
  } catch (const state::Trouble& trouble) {
    EXPECT_EQ(trouble.kind(), state::Kind::conflict);
    return trouble.what() + ("; " + trouble.next());
  }
  return {};
}

TEST(MountToTransfer, is_the_one_at_the_path) {
  EXPECT_EQ(mount_to_transfer("t/x", all, "/data", Transfer::in).volume, "ours-data");
  EXPECT_EQ(mount_to_transfer("t/x", all, "/cache", Transfer::in).volume, "ours--cache");
  EXPECT_EQ(mount_to_transfer("t/x", all, "/team", Transfer::out).volume, "team");
}

TEST(MountToTransfer, is_refused_by_what_there_is_instead) {
  EXPECT_THAT(refused("/cahce", Transfer::out), AllOf(HasSubstr("t/x mounts nothing at `/cahce`; did you mean \"/cache\"?"),
                                                      HasSubstr("/data, /cache, /team, /models")));
  EXPECT_THAT(refused("/data", Transfer::out, {}), AllOf(HasSubstr("t/x has no /data"), HasSubstr("--storage")));
  EXPECT_THAT(refused("/data", Transfer::in, {all[1]}), AllOf(HasSubstr("t/x has no /data"), HasSubstr("/cache")));
  EXPECT_THAT(refused("/cache", Transfer::in, {}), HasSubstr("nothing at all"));
}

TEST(MountToTransfer, is_not_written_to_where_it_may_only_be_read) {
  EXPECT_THAT(refused("/team", Transfer::in), HasSubstr("/team of t/x may only be read"));
}

TEST(MountToTransfer, is_no_folder_of_the_node) {
  for (const auto direction : {Transfer::out, Transfer::in})
    EXPECT_THAT(refused("/models", direction), HasSubstr("/models of t/x is the folder /srv/models of this node"));
}

}  // namespace
}  // namespace runtime::supervise
