#include "loadtest/command/space.hpp"

#include <gtest/gtest.h>

#include "loadtest/command/aim.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/plan/url.hpp"

namespace loadtest::command {
namespace {

Space a_space(std::string container = "netns:abc@1:7860") {
  Space space;
  space.id = "local/demo";
  space.stage = "RUNNING";
  space.target = *plan::parse_url("https://local-demo.spaces.test:8443/").value;
  space.container = std::move(container);
  return space;
}

TEST(Space, NamesAloneAreLocal) {
  EXPECT_EQ(full_name("demo"), "local/demo");
  EXPECT_EQ(full_name("me/demo"), "me/demo");
}

TEST(Space, TheStateFolderMovesTheSockets) {
  const auto sockets = sockets_of("/tmp/x/../state");
  EXPECT_EQ(sockets.api, "/tmp/state/run/api.sock");
  EXPECT_EQ(sockets.dialer, "/tmp/state/run/dialer.sock");
}

TEST(Space, IsReachedThroughTheGatewayOfThisMachine) {
  plan::Settings settings;
  settings.targets.push_back(a_space().target);
  through_gateway(a_space(), settings.transport);
  ASSERT_EQ(settings.transport.overrides.size(), 1U);
  EXPECT_EQ(settings.transport.overrides[0].host, "local-demo.spaces.test");
  EXPECT_EQ(settings.transport.overrides[0].port, 8443);
  EXPECT_EQ(settings.transport.overrides[0].address, "127.0.0.1");
  EXPECT_NO_THROW(check_is_here(settings));
}

TEST(Space, IsReachedInsideItsNamespace) {
  plan::Transport transport;
  straight_in(a_space(), sockets_of("/tmp/state"), transport);
  EXPECT_EQ(transport.container, "netns:abc@1:7860");
  EXPECT_EQ(transport.dialer, "/tmp/state/run/dialer.sock");
  EXPECT_THROW(straight_in(a_space(""), sockets_of("/tmp/state"), transport), Mistake);
}

TEST(Space, NobodyReadsSlowlyInsideItsNamespace) {
  plan::Transport transport;
  transport.write_rate = 500;
  EXPECT_NO_THROW(straight_in(a_space(), sockets_of("/tmp/state"), transport));
  transport.read_rate = 500;
  try {
    straight_in(a_space(), sockets_of("/tmp/state"), transport);
    ADD_FAILURE() << "it was not refused";
  } catch (const Mistake& mistake) {
    EXPECT_EQ(std::string(mistake.what()).substr(0, 50), "--read-rate cannot go straight into a container: t");
  }
}

TEST(Space, APathIsInsideIt) {
  EXPECT_EQ(url_in(a_space(), ""), "https://local-demo.spaces.test:8443/");
  EXPECT_EQ(url_in(a_space(), "/a?b"), "https://local-demo.spaces.test:8443/a?b");
}

TEST(Rails, OnlyThisMachineIsLoadedUnasked) {
  const auto settings_for = [](std::string_view url) {
    plan::Settings settings;
    settings.targets.push_back(*plan::parse_url(url).value);
    return settings;
  };
  for (const auto* here : {"http://127.0.0.1/", "http://127.8.9.1/", "http://[::1]/", "http://localhost/",
                           "http://local-hello.localhost/", "http://[::ffff:127.0.0.1]/"}) {
    EXPECT_NO_THROW(check_is_here(settings_for(here))) << here;
  }
  for (const auto* elsewhere : {"http://192.0.2.1/", "http://[2001:db8::1]/", "http://10.0.0.1/"}) {
    EXPECT_THROW(check_is_here(settings_for(elsewhere)), Mistake) << elsewhere;
  }
  auto moved = settings_for("http://192.0.2.1:80/");
  moved.transport.overrides.push_back({"192.0.2.1", 80, "127.0.0.1"});
  EXPECT_NO_THROW(check_is_here(moved));
  auto away = settings_for("http://127.0.0.1:80/");
  away.transport.overrides.push_back({"127.0.0.1", 80, "192.0.2.1"});
  EXPECT_THROW(check_is_here(away), Mistake);
}

}  // namespace
}  // namespace loadtest::command
