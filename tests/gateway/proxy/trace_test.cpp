#include <gtest/gtest.h>

#include <set>

#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy {
namespace {

using test::route;
using test::Scene;

constexpr std::string_view given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// What goes on to the app of a request that says `traceparent`; empty: it says nothing.
struct Traced {
  explicit Traced(std::string_view traceparent, bool on = true) {
    scene.snapshot.trace = on;
    if (!traceparent.empty()) scene.request.fields.add(http::Name::traceparent, traceparent);
    scene.request.fields.add("tracestate", "vendor=1");
    EXPECT_FALSE(scene.run());
  }
  std::string parent() const { return scene.field("traceparent"); }
  std::string state() const { return scene.field("tracestate"); }

  Scene scene;
};

TEST(Trace, a_valid_one_goes_on_as_it_came) {
  const Traced traced(given);
  EXPECT_EQ(given, traced.parent());
  EXPECT_EQ("vendor=1", traced.state());
  EXPECT_EQ("0af7651916cd43dd8448eb211c80319c", traced.scene.context.trace_id);
}

TEST(Trace, a_version_to_come_may_say_more) {
  const std::string more = "cc" + std::string(given.substr(2)) + "-what-the-future-will-be-like";
  EXPECT_EQ(more, Traced(more).parent());
  const std::string same = "cc" + std::string(given.substr(2));
  EXPECT_EQ(same, Traced(same).parent());
}

TEST(Trace, a_request_without_one_begins_a_trace_that_nobody_samples) {
  const Traced traced("");
  const auto made = traced.parent();
  ASSERT_EQ(55U, made.size());
  EXPECT_EQ("00-", made.substr(0, 3));
  EXPECT_EQ("-00", made.substr(52));
  EXPECT_EQ(made.substr(3, 32), traced.scene.context.trace_id);
  EXPECT_EQ(made, Traced(made).parent()) << "what we make is valid";
  EXPECT_EQ("(absent)", traced.state()) << "the state of no trace";
}

TEST(Trace, no_two_are_the_same) {
  std::set<std::string> parts;
  for (int i = 0; i != 100; ++i) {
    const auto made = Traced("").parent();
    for (const std::size_t at : {3U, 19U, 36U}) parts.insert(made.substr(at, 16));
  }
  EXPECT_EQ(300U, parts.size());
}

TEST(Trace, what_is_malformed_is_replaced_and_its_state_dropped) {
  const std::string good(given);
  const auto with = [&](std::size_t at, std::string_view text) {
    auto bad = good;
    return bad.replace(at, text.size(), text);
  };
  for (const auto& bad : {std::string("x"), with(0, "cc").substr(0, 54), std::string("cc-"), good.substr(0, 54), good + "-00",
                          good + "0", with(0, "ff"), with(0, "0G"), with(3, "A"), with(3, "g"), with(40, "B"), with(53, "F0"),
                          with(2, "_"), with(35, "_"), with(52, "_"), with(3, std::string(32, '0')),
                          with(36, std::string(16, '0')), with(0, "cc") + "x", with(0, "cc") + "-" + std::string(600, 'a')}) {
    const Traced traced(bad);
    EXPECT_NE(bad, traced.parent());
    EXPECT_EQ(55U, traced.parent().size()) << bad;
    EXPECT_EQ("00", traced.parent().substr(53)) << bad;
    EXPECT_EQ("(absent)", traced.state()) << bad;
    EXPECT_EQ(1U, traced.scene.request.fields.count(http::Name::traceparent)) << bad;
  }
}

TEST(Trace, two_of_them_are_none) {
  Scene scene;
  scene.request.fields.add(http::Name::traceparent, given);
  scene.request.fields.add(http::Name::traceparent, given);
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(1U, scene.request.fields.count(http::Name::traceparent));
  EXPECT_NE(given, scene.field("traceparent"));
}

TEST(Trace, off_means_unseen) {
  EXPECT_EQ("x", Traced("x", false).parent());
  const Traced none("", false);
  EXPECT_EQ("(absent)", none.parent());
  EXPECT_EQ("vendor=1", none.state());
  EXPECT_TRUE(none.scene.context.trace_id.empty());
}

/// An answer whose phases took 1.5 ms, 2 ms and 3 ms.
std::string timing(bool wanted, std::string_view of_app) {
  Scene scene;
  scene.snapshot.server_timing = wanted;
  EXPECT_FALSE(scene.run());
  scene.context.phases.queued = std::chrono::microseconds(1500);
  scene.context.phases.connecting = std::chrono::milliseconds(2);
  scene.context.phases.first_byte = scene.context.phases.sent + std::chrono::milliseconds(3);
  http::ResponseHead head;
  if (!of_app.empty()) head.fields.add("server-timing", of_app);
  apply_response_policies(head, scene.context);
  std::string all;
  for (const auto field : head.fields)
    if (field.name == "server-timing") all.append(all.empty() ? "" : " | ").append(field.value);
  return all;
}

TEST(ServerTiming, stands_beside_what_the_app_says) {
  EXPECT_EQ("db;dur=5 | gateway-queue;dur=1.500, gateway-connect;dur=2.000, gateway-app;dur=3.000", timing(true, "db;dur=5"));
}

TEST(ServerTiming, is_nobodys_business_unless_told) { EXPECT_EQ("db;dur=5", timing(false, "db;dur=5")); }

}  // namespace
}  // namespace gw::proxy
