#include "loadtest/plan/url.hpp"

#include <gtest/gtest.h>

namespace loadtest::plan {
namespace {

TEST(Url, IsTakenApart) {
  const auto target = parse_url("https://Demo.Example:8443/a/b?x=1&y#part").value;
  ASSERT_TRUE(target);
  EXPECT_EQ(target->origin, (Origin{Scheme::https, "demo.example", 8443}));
  EXPECT_EQ(target->path, "/a/b?x=1&y");
  EXPECT_EQ(target->method, "GET");
  EXPECT_EQ(target->url(), "https://demo.example:8443/a/b?x=1&y");
  EXPECT_TRUE(target->origin.secure());
}

TEST(Url, MeansHttpAndTheRootWithoutBeingTold) {
  EXPECT_EQ(parse_url("127.0.0.1:7860").value->url(), "http://127.0.0.1:7860/");
  EXPECT_EQ(parse_url("localhost").value->url(), "http://localhost/");
  EXPECT_EQ(parse_url("http://[::1]:80").value->url(), "http://[::1]/");
  EXPECT_EQ(parse_url("http://[::1]:80").value->origin.host, "::1");
  EXPECT_EQ(parse_url("wss://x/").value->origin.port, 443);
  EXPECT_EQ(parse_url("http://x?q").value->path, "/?q");
  EXPECT_EQ(parse_url("x/?to=http://y/").value->url(), "http://x/?to=http://y/");
}

TEST(Url, NamesBelowLocalhostAreThisMachine) {
  EXPECT_EQ(name_to_look_up("local-hello.localhost"), "localhost");
  EXPECT_EQ(name_to_look_up("a.b.localhost."), "localhost");
  for (const char* const other : {"localhost", "notlocalhost", "localhost.example.com", "x.local", "127.0.0.1", "::1", "."})
    EXPECT_EQ(name_to_look_up(other), other);
}

TEST(Url, EscapesWhatABrowserWould) {
  EXPECT_EQ(parse_url("http://x/a b/ü").value->path, "/a%20b/%C3%BC");
  EXPECT_EQ(parse_url("http://x/a\r\nHost: y").value->path, "/a%0D%0AHost:%20y");
}

TEST(Url, AHostIsANameOrAnAddress) {
  EXPECT_TRUE(parse_url("http://a_b-c.9/"));
  EXPECT_TRUE(parse_url("http://[2001:db8::1]/"));
  // What Host says must not become another field, and Boost takes %0d%0a for a part of a name.
  for (const char* text :
       {"http://a%0d%0aX: y/", "http://a b/", "http://a%00b/", "http://ü/", "http://*/", "http://[v1.x]/", "http://a,b/"}) {
    const auto parsed = parse_url(text);
    EXPECT_FALSE(parsed) << text;
    EXPECT_NE(parsed.message.find("host"), std::string::npos) << parsed.message;
  }
}

TEST(Url, SaysWhatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto parsed = parse_url(text);
    EXPECT_FALSE(parsed) << text;
    return parsed.message;
  };
  EXPECT_NE(message("htp://x/").find("did you mean \"http\""), std::string::npos);
  EXPECT_NE(message("http://me:secret@x/").find("--user"), std::string::npos);
  EXPECT_NE(message("http:///x").find("host"), std::string::npos);
  EXPECT_NE(message("http://x:99999/").find("\"http://x:99999/\""), std::string::npos);
  EXPECT_NE(message("http://x:90%0090/").find("65535"), std::string::npos);
  EXPECT_NE(message("http://x:0/").find("65535"), std::string::npos);
  EXPECT_NE(message("").find("host"), std::string::npos);
  EXPECT_LT(message("http://[" + std::string(5000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace loadtest::plan
