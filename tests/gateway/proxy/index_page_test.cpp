#include "gateway/proxy/index_page.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy::test {
namespace {

struct Apex : Scene {
  explicit Apex(Route only = route("demo.spaces.test", "/")) : Scene(std::move(only)) {
    snapshot.domain = "spaces.test";
    request.authority = "spaces.test:8080";
  }
  FailureAnswer page() {
    const auto refusal = run();
    EXPECT_TRUE(refusal);
    return failure_page(*refusal, request, context);
  }
};

TEST(IndexPage, the_domain_says_how_a_space_is_reached_and_names_none) {
  Apex apex;
  const auto page = apex.page();
  EXPECT_EQ(page.head.status, 200);
  EXPECT_EQ(page.head.fields.find(http::Name::content_type), "text/html; charset=utf-8");
  EXPECT_NE(page.body.find("&lt;owner&gt;-&lt;name&gt;.spaces.test:8080"), std::string::npos);
  EXPECT_EQ(page.body.find("demo"), std::string::npos);
  EXPECT_EQ(page.head.body, http::BodySize::of(page.body.size()));
}

TEST(IndexPage, head_has_the_length_and_programs_get_json) {
  Apex apex;
  const auto whole = apex.page();
  Apex head;
  head.request.method = "HEAD";
  const auto answer = head.page();
  EXPECT_EQ(answer.head.stated_length, whole.body.size());
  EXPECT_TRUE(answer.body.empty());
  Apex program;
  program.request.fields.add("accept", "application/json");
  EXPECT_EQ(program.page().body, "{\"product\":\"Spaceport\",\"spaces\":\"http://<owner>-<name>.spaces.test:8080/\"}\n");
}

TEST(IndexPage, is_for_that_host_and_its_root_and_for_reading_only) {
  Apex other;
  other.request.authority = "nobody.spaces.test";
  EXPECT_EQ(other.page().head.status, 404);
  Apex below;
  below.request.path = "/x";
  EXPECT_EQ(below.page().head.status, 404);
  Apex post;
  post.request.method = "POST";
  EXPECT_EQ(post.page().head.status, 405);
  Apex without;
  without.snapshot.domain.clear();
  EXPECT_EQ(without.page().head.status, 404);
}

TEST(IndexPage, a_route_for_the_domain_comes_first) {
  Apex apex(route("spaces.test", "/"));
  EXPECT_FALSE(apex.run());
  EXPECT_NE(apex.context.route, nullptr);
}

}  // namespace
}  // namespace gw::proxy::test
