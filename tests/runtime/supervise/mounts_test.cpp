#include "runtime/supervise/mounts.hpp"

#include <gmock/gmock.h>

#include <set>

namespace runtime::supervise {
namespace {

constexpr const char* instance = "01234567-89ab-cdef-0123-456789abcdef";

config::NodeFile node() {
  config::NodeFile made;
  made.volumes = {{"models", "/srv/models", {}, true, true, {}},
                  {"cache", "", config::gibibytes(1), false, false, {}},
                  {"team", "", config::gibibytes(2), true, false, {"team/*"}},
                  {"cache-data", "", config::gibibytes(1), true, false, {}}};
  return made;
}

SpaceMounts mounts(const std::string& space, std::vector<config::SpaceVolume> wanted, std::uint64_t storage = 0) {
  state::SpaceRecord record;
  record.id = space;
  record.storage_bytes = storage;
  config::SpaceCard card;
  card.volumes = std::move(wanted);
  return mounts_of(instance, record, card, node());
}

TEST(Mounts, are_data_first_and_what_the_card_wants_of_the_node) {
  const auto found = mounts("a/b", {{"models", "/models", false, 1, 1}, {"cache", "/cache", true, 2, 1}}, 7);
  EXPECT_EQ(found.problem, "");
  ASSERT_EQ(found.all.size(), 3U);
  EXPECT_EQ(found.all[0].path, "/data");
  EXPECT_EQ(found.all[0].volume, "spaceport-01234567-a--b-data");
  EXPECT_EQ(found.all[1].folder, "/srv/models");
  EXPECT_TRUE(found.all[1].read_only) << "the node says so";
  EXPECT_EQ(found.all[2].volume, "spaceport-01234567-a--b--cache");
  EXPECT_TRUE(found.all[2].read_only) << "the Space says so";
  EXPECT_TRUE(mounts("a/b", {}).all.empty());
}

TEST(Mounts, of_a_space_are_its_own_unless_they_are_shared) {
  const auto volume = [](const std::string& space, const char* source) {
    return mounts(space, {{source, "/x", false, 1, 1}}).all.at(0).volume;
  };
  EXPECT_NE(volume("a/b", "cache"), volume("a/c", "cache"));
  EXPECT_EQ(volume("team/b", "team"), volume("team/c", "team"));
  // Names that could be taken for each other.
  const std::set<std::string> names{
      volume("a/b", "cache"),           volume("a/b", "cache-data"),        volume("a/b-cache", "cache"),
      volume("a-b/cache", "cache"),     volume_name(instance, "a/b-cache"), volume_name(instance, "a/b"),
      volume_name(instance, "cache/x"), volume_name(instance, "x/cache")};
  EXPECT_EQ(names.size(), 8U);
}

TEST(Mounts, that_the_node_does_not_offer_are_told_where) {
  EXPECT_EQ(mounts("a/b", {{"modles", "/x", false, 5, 14}}).problem,
            "5:14: there is no volume `modles` on this node; did you mean \"models\"?");
  const auto both = mounts("a/b", {{"team", "/x", false, 5, 14}, {"none", "/y", false, 6, 14}, {"cache", "/z", false, 7, 1}});
  EXPECT_EQ(both.problem, "5:14: the volume `team` is not for a/b\n6:14: there is no volume `none` on this node");
  EXPECT_EQ(both.all.size(), 1U);
  EXPECT_THAT(mounts("a/b", {{"tem", "/x", false, 1, 1}}).problem, testing::Not(testing::HasSubstr("team")))
      << "it is not for them";
}

}  // namespace
}  // namespace runtime::supervise
