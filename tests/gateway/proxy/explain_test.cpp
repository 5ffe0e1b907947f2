#include "gateway/proxy/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gateway/proxy/build.hpp"

namespace gw::proxy {
namespace {

using ::testing::HasSubstr;

Snapshot snapshot() {
  Snapshot made;
  made.name = "spaceport";
  made.router = test::router({test::route("demo.test", "/"), test::route("demo.test", "/api"),
                              test::route("demo.test", "/api/v2"), test::route("*.test", "/")});
  return made;
}

TEST(Explain, says_which_route_and_why_others_lost) {
  const Explanation e = explain(snapshot(), "GET", "http://demo.test/a/../%61pi/x?q=1");
  EXPECT_TRUE(e.routed);
  EXPECT_THAT(e.text, HasSubstr("path     /api/x, query ?q=1"));
  EXPECT_THAT(e.text, HasSubstr("route    demo.test /api\n"));
  EXPECT_THAT(e.text, HasSubstr("demo.test /: matches too, but /api is longer"));
  EXPECT_THAT(e.text, HasSubstr("demo.test /api/v2: the path is not below /api/v2"));
  EXPECT_THAT(e.text, HasSubstr("127.0.0.1:7860"));
  EXPECT_THAT(e.text, HasSubstr("via: 1.1 spaceport"));
}

TEST(Explain, names_the_wildcard_that_answers) {
  EXPECT_THAT(explain(snapshot(), "GET", "other.test").text, HasSubstr("the wildcard *.test answers"));
}

TEST(Explain, says_what_is_missing) {
  const Explanation e = explain(snapshot(), "GET", "http://nobody.example/");
  EXPECT_FALSE(e.routed);
  EXPECT_THAT(e.text, HasSubstr("no_route"));
}

TEST(Explain, survives_any_url) {
  for (const char* bad : {"", "http://", "http:///x", "ftp://demo.test/", "http://a b/", "http://demo.test/%zz",
                          "http://demo.test/\x01", "://", "http://demo.test/../..", "http://demo.test:99999/"})
    EXPECT_FALSE(explain(snapshot(), "GET", bad).routed) << bad;
}

}  // namespace
}  // namespace gw::proxy
