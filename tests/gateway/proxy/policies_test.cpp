#include <gtest/gtest.h>

#include "gateway/proxy/failure_page.hpp"
#include "gateway/proxy/failure_text.hpp"
#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy {
namespace {

using test::route;
using test::Scene;

net::Code refused(const std::optional<Refusal>& refusal) {
  return refusal && refusal->status == 0 ? refusal->failure.code : net::Code::closed;
}

TEST(Policies, every_entry_says_why_it_stands_there) {
  for (const RequestPolicy& policy : request_policies()) EXPECT_FALSE(policy.name.empty() || policy.reason.empty());
  for (const ResponsePolicy& policy : response_policies()) EXPECT_FALSE(policy.name.empty() || policy.reason.empty());
}

TEST(Rule20, the_port_of_the_authority_takes_no_part_in_routing) {
  Scene scene;
  scene.request.authority = "demo.test:8080";
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.context.host, "demo.test");
}

TEST(Rule22, options_asterisk_is_answered_by_the_gateway) {
  Scene scene;
  scene.request.method = "OPTIONS";
  scene.request.path = "*";
  const auto answer = scene.run();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
}

TEST(Rule27, a_route_may_refuse_escaped_separators) {
  for (const char* path : {"/a%2Fb", "/a%5Cb"}) {
    Scene kept;
    kept.request.path = path;
    EXPECT_FALSE(kept.run()) << path;
    Route strict = route("demo.test", "/");
    strict.refuse_escaped_slash = true;
    Scene refused(strict);
    refused.request.path = path;
    const auto refusal = refused.run();
    ASSERT_TRUE(refusal) << path;
    EXPECT_EQ((net::Failure{net::Code::bad_path, net::Side::client, net::Retry::never}), refusal->failure);
    refused.request.path = "/a%20b";
    EXPECT_FALSE(refused.run());
  }
}

TEST(Rule34, a_route_may_have_no_websockets) {
  for (const bool wanted : {true, false}) {
    Route only = route("demo.test", "/");
    only.websocket = wanted;
    Scene scene(only);
    scene.request.tunnel = http::Tunnel::websocket;
    scene.request.protocol = "websocket";
    EXPECT_FALSE(scene.run());
    EXPECT_EQ(wanted ? http::Tunnel::websocket : http::Tunnel::none, scene.request.tunnel);
    EXPECT_EQ(wanted ? "websocket" : "", scene.request.protocol);
  }
}

TEST(Rule28, a_stripped_path_begins_with_one_slash_and_the_app_learns_the_prefix) {
  for (const auto& [before, after] : {std::pair{"/api", "/"}, std::pair{"/api/", "/"}, std::pair{"/api/x/y", "/x/y"}}) {
    Route stripped = route("demo.test", "/api");
    stripped.strip_prefix = true;
    Scene scene(stripped);
    scene.request.path = before;
    EXPECT_FALSE(scene.run());
    EXPECT_EQ(scene.request.path, after);
    EXPECT_EQ(scene.field("x-forwarded-prefix"), "/api");
  }
}

TEST(Rule28, what_is_left_after_stripping_is_never_another_host) {
  Route stripped = route("demo.test", "/api");
  stripped.strip_prefix = true;
  Scene scene(stripped);
  scene.request.path = "/api//evil.test/";
  if (!scene.run()) {
    EXPECT_EQ(scene.request.path, "/evil.test/");
  }
}

TEST(Rule32, proxy_fields_are_stripped) {
  Scene scene;
  scene.request.fields.add("proxy", "http://evil.test");
  scene.request.fields.add("proxy-authorization", "Basic eDp5");
  scene.request.fields.add("proxy-authenticate", "Basic");
  scene.request.fields.add("authorization", "Bearer kept");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.field("proxy"), "(absent)");
  EXPECT_EQ(scene.field("proxy-authorization"), "(absent)");
  EXPECT_EQ(scene.field("proxy-authenticate"), "(absent)");
  EXPECT_EQ(scene.field("authorization"), "Bearer kept");
}

TEST(Rule33, via_is_added_behind_what_was_there) {
  Scene scene;
  scene.request.fields.add("via", "1.1 other");
  EXPECT_FALSE(scene.run());
  ASSERT_EQ(scene.request.fields.count(http::Name::via), 2u);
  EXPECT_EQ(scene.request.fields[scene.request.fields.size() - 1].value, "1.1 spaceport");
}

TEST(Rule33, answers_carry_via_too) {
  Scene scene;
  ASSERT_FALSE(scene.run());
  http::ResponseHead answer;
  apply_response_policies(answer, scene.context);
  EXPECT_EQ(answer.fields.find(http::Name::via), "1.1 spaceport");
}

TEST(Rule33, our_own_via_three_times_is_a_loop) {
  Scene twice;
  twice.request.fields.add("via", "1.1 spaceport, 1.0 spaceport (x), 1.1 spaceporty");
  EXPECT_FALSE(twice.run());
  Scene thrice;
  thrice.request.fields.add("via", "1.1 spaceport, 1.1 spaceport");
  thrice.request.fields.add("via", "1.1 spaceport");
  EXPECT_EQ(refused(thrice.run()), net::Code::loop);
}

TEST(Rule33, max_forwards_counts_for_options_only) {
  Scene last;
  last.request.method = "OPTIONS";
  last.request.fields.add("max-forwards", "0");
  const auto answer = last.run();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 204);
  Scene more;
  more.request.method = "OPTIONS";
  more.request.fields.add("max-forwards", "7");
  EXPECT_FALSE(more.run());
  EXPECT_EQ(more.field("max-forwards"), "6");
  Scene get;
  get.request.fields.add("max-forwards", "0");
  EXPECT_FALSE(get.run());
}

TEST(Rule43, a_stated_length_over_the_limit_is_refused) {
  Route limited = route("demo.test", "/");
  limited.max_body_bytes = 10;
  Scene fits(limited);
  fits.request.body = http::BodySize::of(10);
  EXPECT_FALSE(fits.run());
  Scene over(limited);
  over.request.body = http::BodySize::of(11);
  EXPECT_EQ(refused(over.run()), net::Code::body_too_large);
}

TEST(Rule70, claims_of_strangers_are_replaced_by_our_own) {
  Scene scene;
  for (const char* name :
       {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix",
        "x-forwarded-user", "x-real-ip", "x-client-ip", "true-client-ip", "x-original-url", "x-original-uri", "x-rewrite-url",
        "x-forwarded-client-cert", "x_forwarded_for", "x.real.ip", "x_request_id"})
    scene.request.fields.add(name, "evil");
  scene.request.fields.add("x_custom", "kept");
  EXPECT_FALSE(scene.run());
  for (const auto field : scene.request.fields) EXPECT_NE(field.value, "evil") << field.name;
  EXPECT_EQ(scene.field("x_custom"), "kept");
  EXPECT_EQ(scene.field("x-forwarded-for"), "192.0.2.7");
  EXPECT_EQ(scene.field("x-real-ip"), "192.0.2.7");
  EXPECT_EQ(scene.field("x-forwarded-proto"), "http");
  EXPECT_EQ(scene.field("x-forwarded-host"), "demo.test");
  EXPECT_EQ(scene.field("x-forwarded-port"), "80");
  EXPECT_EQ(scene.field("forwarded"), "for=192.0.2.7;host=\"demo.test\";proto=http");
  EXPECT_EQ(scene.context.client, "192.0.2.7");
}

TEST(Rule70, a_certificate_that_we_have_seen_is_the_only_one_that_is_told) {
  for (const std::string seen : {"Hash=ab;Subject=\"CN=good\"", ""}) {
    Scene scene;
    scene.trust("192.0.2.0/24");
    scene.connection.client_certificate = seen;
    scene.request.fields.add("x-forwarded-client-cert", "Hash=cd");
    EXPECT_FALSE(scene.run());
    EXPECT_EQ(scene.field("x-forwarded-client-cert"), seen.empty() ? "Hash=cd" : seen);
  }
}

TEST(Rule70, an_ipv6_peer_is_quoted_and_the_port_asked_for_is_told) {
  Scene scene;
  scene.connection.peer = "2001:db8::7";
  scene.connection.tls = true;
  scene.request.authority = "demo.test:8443";
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.field("forwarded"), "for=\"[2001:db8::7]\";host=\"demo.test:8443\";proto=https");
  EXPECT_EQ(scene.field("x-forwarded-port"), "8443");
}

TEST(Rule71, a_trusted_proxy_is_believed_and_appended_to) {
  Scene scene;
  scene.trust("192.0.2.0/24");
  scene.request.fields.add("x-forwarded-for", "6.6.6.6, 203.0.113.9:4711");
  scene.request.fields.add("x-forwarded-for", "192.0.2.8");
  scene.request.fields.add("x-forwarded-proto", "https");
  scene.request.fields.add("x_forwarded_for", "evil");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.context.client, "203.0.113.9");
  EXPECT_EQ(scene.field("x-forwarded-for"), "6.6.6.6, 203.0.113.9:4711, 192.0.2.8, 192.0.2.7");
  EXPECT_EQ(scene.field("x-real-ip"), "203.0.113.9");
  EXPECT_EQ(scene.field("x-forwarded-proto"), "https");
  EXPECT_EQ(scene.field("x_forwarded_for"), "(absent)");
}

TEST(Rule71, forwarded_of_a_trusted_proxy_is_appended_to) {
  Scene scene;
  scene.trust("192.0.2.0/24");
  scene.request.fields.add("forwarded", "for=203.0.113.9;proto=https");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.field("forwarded"), "for=203.0.113.9;proto=https, for=192.0.2.7;host=\"demo.test\";proto=http");
}

TEST(Rule71, a_trusted_proxy_is_believed_when_it_says_one_thing_that_makes_sense) {
  for (const std::vector<const char*>& said : {std::vector{"https", "http"}, std::vector{"gopher"}, std::vector{""}}) {
    Scene scene;
    scene.trust("192.0.2.0/24");
    for (const char* value : said) scene.request.fields.add("x-forwarded-proto", value);
    EXPECT_FALSE(scene.run());
    EXPECT_EQ(scene.field("x-forwarded-proto"), "http") << said[0];
    EXPECT_EQ(scene.request.fields.count(http::Name::x_forwarded_proto), 1u);
  }
}

TEST(Rule71, trust_ends_at_what_is_no_address) {
  Scene scene;
  scene.trust("192.0.2.0/24");
  scene.request.fields.add("x-forwarded-for", "203.0.113.9, unknown, 192.0.2.8");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.context.client, "192.0.2.8");
}

TEST(Rule71, what_is_no_address_hides_what_stands_on_lines_before) {
  Scene scene;
  scene.trust("192.0.2.0/24");
  scene.request.fields.add("x-forwarded-for", "203.0.113.9");
  scene.request.fields.add("x-forwarded-for", "unknown, 192.0.2.8");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.context.client, "192.0.2.8");
}

TEST(Rule71, a_peer_that_is_not_in_the_list_is_not_believed) {
  Scene scene;
  scene.trust("198.51.100.0/24");
  scene.request.fields.add("x-forwarded-for", "203.0.113.9");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.context.client, "192.0.2.7");
  EXPECT_EQ(scene.field("x-forwarded-for"), "192.0.2.7");
}

TEST(Rule71, one_port_on_two_addresses_is_two_listeners) {
  Scene scene;
  scene.trust("192.0.2.0/24");
  scene.snapshot.trust.front().host = "127.0.0.9";
  scene.request.fields.add("x-forwarded-for", "203.0.113.9");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.context.client, "192.0.2.7");
}

TEST(Rule71, trust_belongs_to_one_listener) {
  Scene scene;
  scene.trust("192.0.2.0/24");
  scene.connection.local_port = 8081;
  scene.request.fields.add("x-forwarded-for", "203.0.113.9");
  EXPECT_FALSE(scene.run());
  EXPECT_EQ(scene.context.client, "192.0.2.7");
  EXPECT_EQ(scene.field("x-forwarded-for"), "192.0.2.7");
}

TEST(RequestId, only_a_trusted_proxy_may_give_one) {
  Scene stranger;
  stranger.request.fields.add("x-request-id", "mine");
  EXPECT_FALSE(stranger.run());
  EXPECT_EQ(stranger.context.request_id.size(), 16u);
  EXPECT_EQ(stranger.field("x-request-id"), stranger.context.request_id);
  Scene trusted;
  trusted.trust("192.0.2.7");
  trusted.request.fields.add("x-request-id", "abc-1");
  EXPECT_FALSE(trusted.run());
  EXPECT_EQ(trusted.context.request_id, "abc-1");
  Scene insane;
  insane.trust("192.0.2.7");
  insane.request.fields.add("x-request-id", "a\"b");
  EXPECT_FALSE(insane.run());
  EXPECT_EQ(insane.context.request_id.size(), 16u);
  for (const std::size_t length : {64u, 65u}) {
    Scene large;
    large.trust("192.0.2.7");
    large.request.fields.add("x-request-id", std::string(length, 'a'));
    EXPECT_FALSE(large.run());
    EXPECT_EQ(large.context.request_id.size(), length == 64 ? 64u : 16u);
  }
}

TEST(Routing, names_what_is_missing) {
  Scene none;
  none.request.authority = "other.test";
  EXPECT_EQ(refused(none.run()), net::Code::no_route);
  EXPECT_FALSE(none.context.request_id.empty());
  Scene port;
  port.request.authority = "other--9200.test";
  EXPECT_EQ(refused(port.run()), net::Code::no_route);
  Scene exposed(route("demo.test.example", "/"));
  exposed.request.authority = "demo--9200.test.example";
  EXPECT_EQ(refused(exposed.run()), net::Code::not_routed_port);
}

TEST(SiteState, anything_but_ready_is_answered_by_the_gateway) {
  for (const auto& [state, code] :
       {std::pair{SiteState::building, net::Code::waking}, std::pair{SiteState::starting, net::Code::waking},
        std::pair{SiteState::sleeping, net::Code::sleeping}, std::pair{SiteState::paused, net::Code::sleeping},
        std::pair{SiteState::failed, net::Code::space_failed}}) {
    auto site = std::make_shared<Site>();
    site->state = state;
    Scene scene(route("demo.test", "/", site));
    EXPECT_EQ(refused(scene.run()), code);
  }
  Route empty = route("demo.test", "/");
  empty.upstream = std::make_shared<Upstream>();
  Scene scene(empty);
  EXPECT_EQ(refused(scene.run()), net::Code::no_endpoint);
}

TEST(Routing, a_gateway_that_is_still_being_told_of_sites_says_of_no_host_that_it_is_not_there) {
  const auto code = [](bool complete, const char* host, const char* path) {
    Scene scene(route("demo.test", "/api"));
    scene.snapshot.complete = complete;
    scene.request.authority = host;
    scene.request.path = path;
    return refused(scene.run());
  };
  EXPECT_EQ(code(false, "other.test", "/"), net::Code::waking);
  EXPECT_EQ(code(true, "other.test", "/"), net::Code::no_route);
  // What it was told of a site is the whole of that site.
  EXPECT_EQ(code(false, "demo.test", "/elsewhere"), net::Code::no_route);
  EXPECT_EQ(code(false, "demo--9000.test", "/"), net::Code::not_routed_port);

  const net::Failure waking{net::Code::waking, net::Side::gateway};
  EXPECT_EQ(status_of(waking), 503);
  EXPECT_GT(failure_text(waking, 503, nullptr).retry_after_s, 0U);
}

}  // namespace
}  // namespace gw::proxy
