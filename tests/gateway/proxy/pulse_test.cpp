#include "gateway/proxy/pulse.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "gateway/proxy/presence.hpp"

namespace gw::proxy {
namespace {

using namespace std::chrono_literals;

constexpr Pulse::Time start{std::chrono::hours(1)};

struct Scene {
  Pulse::Reading read() const { return site.pulse->read(); }
  bool busy(Pulse::Time now, bool sockets = false) const { return read().busy(now, net::Duration(10s), sockets); }

  std::vector<std::string> rings;
  const WakeLine line{[this](const std::string& id) { rings.push_back(id); }};
  Site site{"one", SiteState::ready, "", {}, std::make_shared<Pulse>(2)};
};

TEST(Pulse, an_exchange_is_use_until_its_end) {
  Scene scene;
  EXPECT_FALSE(scene.busy(start));
  {
    Presence presence;
    presence.begin(scene.site, 1, scene.line);
    EXPECT_TRUE(scene.busy(start + 1h)) << "however long it takes";
    EXPECT_EQ(start + 1h, scene.read().last_used(start + 1h, false));
    EXPECT_EQ(0U, scene.site.pulse->read(0).working);
    EXPECT_EQ(1U, scene.site.pulse->read(1).working);
    presence.end(start + 2h);
    EXPECT_FALSE(scene.busy(start + 2h)) << "not a moment longer";
  }
  EXPECT_EQ(start + 2h, scene.read().last_used(start + 3h, false));
  EXPECT_EQ(0U, scene.read().working) << "its end counts once";
}

TEST(Pulse, an_exchange_that_is_torn_off_is_over) {
  Scene scene;
  {
    Presence presence;
    presence.begin(scene.site, 0, scene.line);
  }
  EXPECT_FALSE(scene.busy(start));
}

TEST(Pulse, a_stream_is_use_while_something_moves) {
  Scene scene;
  Presence presence;
  presence.begin(scene.site, 0, scene.line);
  presence.becomes_stream(start);
  EXPECT_EQ(0U, scene.read().working);
  EXPECT_EQ(1U, scene.read().streams);
  EXPECT_TRUE(scene.busy(start + 9s));
  EXPECT_FALSE(scene.busy(start + 10s));
  EXPECT_TRUE(scene.busy(start + 10s, true)) << "if the site says so, an open one is use";
  EXPECT_EQ(start, scene.read().last_used(start + 1min, false));
  EXPECT_EQ(start + 1min, scene.read().last_used(start + 1min, true));
  presence.moved(start + 20s);
  EXPECT_TRUE(scene.busy(start + 29s));
  EXPECT_EQ(start + 20s, scene.read().last_used(start + 1min, false));
  presence.heard(start + 40s);
  EXPECT_EQ(start + 40s, scene.read().last_used(start + 1min, false));
  presence.end(start + 50s);
  EXPECT_FALSE(scene.busy(start + 41s, true)) << "none is open any more";
  EXPECT_EQ(start + 40s, scene.read().last_used(start + 1min, true)) << "that a silent one ends is no use";
}

TEST(Pulse, a_request_that_ended_says_nothing_about_a_silent_stream) {
  Scene scene;
  Presence stream;
  stream.begin(scene.site, 0, scene.line);
  stream.becomes_stream(start);
  Presence request;
  request.begin(scene.site, 0, scene.line);
  request.moved(start + 55s);
  request.end(start + 1min);
  EXPECT_FALSE(scene.busy(start + 1min));
}

TEST(Pulse, what_a_client_says_on_a_stream_wakes_the_site_once) {
  Scene scene;
  Presence stream;
  stream.begin(scene.site, 0, scene.line);
  stream.becomes_stream(start);
  stream.heard(start);
  EXPECT_TRUE(scene.rings.empty()) << "it is awake";
  scene.site.pulse->set(Pulse::Rest::asleep);
  stream.moved(start);
  EXPECT_TRUE(scene.rings.empty()) << "the app itself has said that";
  stream.heard(start);
  stream.heard(start);
  EXPECT_EQ(std::vector<std::string>{"one"}, scene.rings);
  scene.site.pulse->set(Pulse::Rest::waking);
  stream.heard(start);
  EXPECT_EQ(1U, scene.rings.size());
  scene.site.pulse->set(Pulse::Rest::asleep);
  scene.line.ask(scene.site);
  EXPECT_EQ(2U, scene.rings.size()) << "another sleep";
}

TEST(Pulse, a_site_sleeps_until_it_is_said_to_be_awake) {
  Scene scene;
  Presence presence;
  presence.begin(scene.site, 0, scene.line);
  EXPECT_FALSE(presence.asleep());
  for (const auto rest : {Pulse::Rest::asleep, Pulse::Rest::asked, Pulse::Rest::waking}) {
    scene.site.pulse->set(rest);
    EXPECT_TRUE(presence.asleep());
  }
  scene.site.pulse->set(Pulse::Rest::none);
  EXPECT_FALSE(presence.asleep());
  EXPECT_FALSE(Presence().asleep()) << "of no site";
}

TEST(Pulse, one_of_many_who_ask_at_the_same_time_is_the_first) {
  Pulse pulse(1);
  for (int round = 0; round != 50; ++round) {
    pulse.set(Pulse::Rest::asleep);
    std::atomic<int> first{0};
    std::vector<std::thread> askers;
    for (int i = 0; i != 3; ++i) askers.emplace_back([&] { first += pulse.ask() ? 1 : 0; });
    for (auto& asker : askers) asker.join();
    EXPECT_EQ(1, first);
  }
}

TEST(Pulse, holds_no_more_than_it_may) {
  Pulse pulse(1);
  EXPECT_TRUE(pulse.hold(2));
  EXPECT_TRUE(pulse.hold(2));
  EXPECT_FALSE(pulse.hold(2));
  EXPECT_EQ(2U, pulse.held());
  pulse.let_go();
  EXPECT_TRUE(pulse.hold(2));
}

}  // namespace
}  // namespace gw::proxy
