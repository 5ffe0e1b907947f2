#include "gateway/proxy/affinity.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy::test {
namespace {

using config::Balance;
using config::HashBy;

std::optional<std::uint64_t> tied(Scene& scene, Balance balance, HashBy by = {}) {
  Upstream upstream;
  config::Balancing rules;
  rules.balance = balance;
  rules.hash = std::move(by);
  rules.sticky_cookie = "seat";
  upstream.balancing = std::move(rules);
  return affinity(upstream, scene.request, scene.context);
}

TEST(Affinity, is_by_what_the_rule_names) {
  Scene scene;
  scene.context.client = "192.0.2.7";
  scene.request.fields.add("x-user", "ann");
  scene.request.fields.add(http::Name::cookie, "a=1; sid=s3; seat=00000000000000ff");
  EXPECT_EQ(stable_hash("192.0.2.7"), tied(scene, Balance::hash));
  EXPECT_EQ(stable_hash("ann"), tied(scene, Balance::hash, {HashBy::Source::header, "x-user"}));
  EXPECT_EQ(stable_hash("s3"), tied(scene, Balance::hash, {HashBy::Source::cookie, "sid"}));
  EXPECT_EQ(0xFFU, tied(scene, Balance::sticky));
  EXPECT_EQ(std::nullopt, tied(scene, Balance::two_choices));
  EXPECT_EQ(std::nullopt, tied(scene, Balance::round_robin));
}

TEST(Affinity, without_what_the_rule_names_a_request_is_free) {
  Scene scene;
  scene.request.fields.add("x-user", "");
  EXPECT_EQ(std::nullopt, tied(scene, Balance::hash, {HashBy::Source::header, "x-user"}));
  EXPECT_EQ(std::nullopt, tied(scene, Balance::hash, {HashBy::Source::header, "x-other"}));
  EXPECT_EQ(std::nullopt, tied(scene, Balance::hash, {HashBy::Source::cookie, "sid"}));
  EXPECT_EQ(std::nullopt, tied(scene, Balance::sticky));
}

TEST(Affinity, a_seat_that_is_none_is_no_seat) {
  for (const char* const value : {"", "ff", "00000000000000fg", "00000000000000ff0", "0x000000000000ff"}) {
    Scene scene;
    scene.request.fields.add(http::Name::cookie, std::string("seat=") + value);
    EXPECT_EQ(std::nullopt, tied(scene, Balance::sticky)) << value;
  }
}

TEST(Affinity, a_cookie_is_found_by_its_whole_name_in_any_field) {
  Scene scene;
  scene.request.fields.add(http::Name::cookie, "sidx=1;xsid=2");
  scene.request.fields.add(http::Name::cookie, "b=2;sid=three=3 ; c");
  EXPECT_EQ("three=3", cookie(scene.request, "sid"));
  EXPECT_EQ(std::nullopt, cookie(scene.request, "si"));
  EXPECT_EQ(std::nullopt, cookie(scene.request, "c"));
}

TEST(Affinity, a_seat_comes_back_as_it_was_given) {
  EXPECT_EQ("seat=00000000000000ff; Path=/app; HttpOnly; SameSite=Lax", seat_cookie("seat", 255, "/app", false));
  EXPECT_EQ("seat=fedcba9876543210; Path=/; HttpOnly; SameSite=Lax; Secure",
            seat_cookie("seat", 0xfedcba9876543210, "/", true));
}

TEST(Affinity, the_hash_is_the_same_for_ever) {
  // A cookie that was handed out by an older gateway must name the same endpoint.
  EXPECT_EQ(stable_hash("127.0.0.1:7860"), stable_hash(std::string("127.0.0.1:") + "7860"));
  EXPECT_NE(stable_hash("127.0.0.1:7860"), stable_hash("127.0.0.1:7861"));
}

TEST(Seat, is_one_for_all_ports_of_a_container) {
  const std::string container = "netns:" + std::string(64, 'a') + "@1:";
  EXPECT_EQ(seat_of(container + "7860"), seat_of(container + "8000"));
  EXPECT_NE(seat_of(container + "7860"), seat_of("netns:" + std::string(64, 'b') + "@1:7860"));
  EXPECT_NE(seat_of("127.0.0.1:7860"), seat_of("127.0.0.1:8000"));
}

TEST(Seat, in_a_container_is_for_all_paths) {
  Scene scene;
  Route sticky = route("demo.test", "/app");
  scene.context.route = &sticky;
  Endpoint endpoint{{}, "netns:" + std::string(64, 'a') + "@1:80", 1, 0, 0xab};
  scene.context.new_seat = &endpoint;
  http::ResponseHead response;
  apply_response_policies(response, scene.context);
  EXPECT_EQ(response.fields.find(http::Name::set_cookie),
            "spaceport_endpoint=00000000000000ab; Path=/; HttpOnly; SameSite=Lax");
}

TEST(Seat, is_given_in_a_cookie_for_the_paths_of_the_route) {
  for (const auto& [path, cookie_path] : {std::pair("/app", "/app"), std::pair("/", "/"), std::pair("/a;b", "/")}) {
    Scene scene;
    Route sticky = route("demo.test", path);
    scene.context.route = &sticky;
    http::ResponseHead response;
    apply_response_policies(response, scene.context);
    EXPECT_FALSE(response.fields.contains(http::Name::set_cookie));
    Endpoint endpoint{{}, "e", 1, 0, 0xab};
    scene.context.new_seat = &endpoint;
    apply_response_policies(response, scene.context);
    EXPECT_EQ(response.fields.find(http::Name::set_cookie),
              "spaceport_endpoint=00000000000000ab; Path=" + std::string(cookie_path) + "; HttpOnly; SameSite=Lax");
  }
}

}  // namespace
}  // namespace gw::proxy::test
