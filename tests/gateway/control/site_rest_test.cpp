// How sites of the table fall asleep and wake.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/control/site_table.hpp"
#include "tests/gateway/control/site_texts.hpp"

namespace gw::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using test::file;
using test::site;

TEST(SiteRest, a_site_has_one_pulse_as_long_as_it_is_there) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  const auto pulse = table.site("a")->pulse;
  ASSERT_TRUE(pulse);
  table.put("a", site("b.test", "127.0.0.1:2", "starting"));
  EXPECT_EQ(pulse, table.site("a")->pulse);
  EXPECT_EQ(pulse, table.snapshot()->router.match("b.test", "/")->site->pulse);
  table.erase("a");
  EXPECT_FALSE(table.site("a"));
  table.put("a", site("a.test", "127.0.0.1:1"));
  EXPECT_NE(pulse, table.site("a")->pulse);
  table.load(file("file.test", "127.0.0.1:9"));
  EXPECT_FALSE(table.snapshot()->router.match("file.test", "/")->site->pulse) << "nobody puts the file to sleep";
  EXPECT_EQ(1U, table.sites().size());
}

TEST(SiteRest, another_state_keeps_everything_else) {
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  const auto before = table.snapshot();
  const auto change = table.set_state("a", proxy::SiteState::sleeping);
  EXPECT_TRUE(change.changed);
  EXPECT_THAT(change.vanished, IsEmpty());
  EXPECT_THAT(change.hosts, ElementsAre("a.test"));
  const auto* const route = table.snapshot()->router.match("a.test", "/");
  EXPECT_EQ(proxy::SiteState::sleeping, route->site->state);
  EXPECT_EQ("127.0.0.1:1", route->upstream->endpoints.at(0).text);
  EXPECT_EQ(proxy::SiteState::ready, before->router.match("a.test", "/")->site->state);
  EXPECT_FALSE(table.set_state("a", proxy::SiteState::sleeping).changed);
  EXPECT_FALSE(table.set_state("nobody", proxy::SiteState::sleeping).changed);
  EXPECT_TRUE(table.put("a", site("a.test", "127.0.0.1:1")).changed) << "it is ready again";
}

TEST(SiteRest, a_pulse_knows_how_its_site_is) {
  using Rest = proxy::Pulse::Rest;
  SiteTable table;
  table.put("a", site("a.test", "127.0.0.1:1"));
  const auto pulse = table.site("a")->pulse;
  EXPECT_EQ(Rest::none, pulse->rest());
  table.put("a", site("a.test", "127.0.0.1:1", "sleeping"));
  ASSERT_EQ(Rest::asleep, pulse->rest());
  EXPECT_TRUE(pulse->ask());
  // Frozen, then stopped: the same sleep.
  table.put("a", site("a.test", "127.0.0.1:2", "sleeping"));
  EXPECT_EQ(Rest::asked, pulse->rest());
  table.put("a", site("a.test", "127.0.0.1:2", "waking"));
  EXPECT_EQ(Rest::waking, pulse->rest());
  table.put("a", site("a.test", "127.0.0.1:2", "sleeping"));
  EXPECT_EQ(Rest::asleep, pulse->rest()) << "another one";
  table.set_state("a", proxy::SiteState::ready);
  EXPECT_EQ(Rest::none, pulse->rest());
  table.put("new", site("new.test", "127.0.0.1:3", "sleeping"));
  EXPECT_EQ(Rest::asleep, table.site("new")->pulse->rest());
}

TEST(SiteRest, what_sleeps_is_not_probed) {
  const auto probed = [](const std::string& state) {
    return R"({"hosts": ["a.test"], "state": ")" + state +
           R"(", "routes": [{"endpoints": ["127.0.0.1:1"], "health": {"path": "/up"}}]})";
  };
  SiteTable table;
  table.put("a", probed("ready"));
  EXPECT_EQ(1U, table.probes().size());
  const auto change = table.set_state("a", proxy::SiteState::sleeping);
  EXPECT_TRUE(table.probes().empty());
  EXPECT_EQ(1U, change.probes.size());
  table.put("a", probed("waking"));
  EXPECT_TRUE(table.probes().empty());
  table.put("a", probed("ready"));
  EXPECT_EQ(1U, table.probes().size());
  table.erase("a");
  EXPECT_TRUE(table.probes().empty());
}

}  // namespace
}  // namespace gw::control
