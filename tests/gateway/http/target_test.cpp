#include "gateway/http/target.hpp"

#include <gtest/gtest.h>

namespace gw::http {
namespace {

std::string normal(std::string_view path) {
  std::string out;
  return normalise_path(path, out) ? out : "refused";
}

std::string stripped(std::string path, std::string_view prefix) { return strip_prefix(path, prefix) ? path : "refused"; }

TEST(Rule23, characters_that_never_stand_in_a_target_are_refused) {
  for (unsigned c = 0; c != 256; ++c) {
    const bool wrong =
        c <= ' ' || c >= 0x7F || std::string_view{"\"<>\\^`{|}#"}.find(static_cast<char>(c)) != std::string_view::npos;
    const bool browsers_send_it = std::string_view{"\\^`{|}"}.find(static_cast<char>(c)) != std::string_view::npos;
    const std::string in_path = "/a" + std::string(1, static_cast<char>(c)) + "b";
    const std::string in_query = "/?a" + std::string(1, static_cast<char>(c)) + "b";
    EXPECT_EQ(parse_target(in_path).has_error(), wrong) << c;
    EXPECT_EQ(parse_target(in_query).has_error(), wrong && !browsers_send_it) << c;
  }
}

TEST(Rule23, what_browsers_leave_in_a_query_is_forwarded_escaped) {
  const auto query = [](std::string_view text) {
    std::string out = "left over";
    write_query(*parse_target(text), out);
    return out;
  };
  EXPECT_EQ(query("/a?f={%22k%22:[1|2]}&g=\\^`"), "?f=%7B%22k%22:[1%7C2]%7D&g=%5C%5E%60");
  EXPECT_EQ(query("/a?%7b{"), "?%7b%7B") << "what is escaped already stays as it is";
  EXPECT_EQ(query("/a?b=%zz&c"), "?b=%zz&c");
  EXPECT_EQ(query("http://h?{"), "?%7B");
  EXPECT_EQ(query("/a"), "");
}

TEST(Rule24, bad_escapes_are_refused) {
  for (const char* path : {"/%zz", "/%a", "/%", "/%%41", "/a%2", "/%g0", "/%0g"}) EXPECT_EQ(normal(path), "refused") << path;
  // What stands behind the path in memory belongs to nobody's escape.
  EXPECT_EQ(normal(std::string_view{"/%41"}.substr(0, 3)), "refused");
}

TEST(Rule24, escaped_nul_and_line_ends_are_refused) {
  for (const char* path : {"/%00", "/a%00b", "/%0d", "/%0A", "/%0D%0a"}) EXPECT_EQ(normal(path), "refused") << path;
  EXPECT_EQ(normal("/%09"), "/%09");
}

TEST(Rule25, unreserved_characters_are_decoded_and_digits_upper_case) {
  EXPECT_EQ(normal("/%41%7e%2D%5f%2e"), "/A~-_.");
  EXPECT_EQ(normal("/%c3%a4"), "/%C3%A4");
  EXPECT_EQ(normal("/%25%32%65"), "/%252e");
}

TEST(Rule25, dot_segments_are_removed) {
  EXPECT_EQ(normal("/a/./b/../c"), "/a/c");
  EXPECT_EQ(normal("/a/b/.."), "/a/");
  EXPECT_EQ(normal("/a/b/."), "/a/b/");
  EXPECT_EQ(normal("/a/%2e%2E/b"), "/b");
  EXPECT_EQ(normal("/a/.%2e"), "/");
  EXPECT_EQ(normal("/."), "/");
  EXPECT_EQ(normal("/.well-known/..a/a../..."), "/.well-known/..a/a../...");
  EXPECT_EQ(normal("/a/b/../../c"), "/c");
}

TEST(Rule25, slashes_are_merged) {
  EXPECT_EQ(normal("//a///b//"), "/a/b/");
  EXPECT_EQ(normal("/a//../b"), "/b");
  EXPECT_EQ(normal("/a/.//b"), "/a/b");
  EXPECT_EQ(normal("//"), "/");
}

TEST(Rule25, above_the_root_is_refused) {
  for (const char* path : {"/..", "/../", "/../a", "/a/../../b", "/%2e%2e/a", "//..", "/./.."})
    EXPECT_EQ(normal(path), "refused") << path;
}

TEST(Rule25, normalising_twice_changes_nothing) {
  for (const char* path : {"/", "/a/./b/%2e%2e/c", "/%252e", "//a//", "/%2f/%5c/%C3", "/a;b=/../c", "/a/b/.."}) {
    const std::string once = normal(path);
    EXPECT_EQ(normal(once), once) << path;
  }
}

TEST(Rule27, escaped_separators_are_never_decoded) {
  EXPECT_EQ(normal("/a%2fb"), "/a%2Fb");
  EXPECT_EQ(normal("/a%5cb"), "/a%5Cb");
  EXPECT_EQ(normal("/a/..%2fb"), "/a/..%2Fb");
  EXPECT_EQ(normal("/%3b%3f%23"), "/%3B%3F%23");
  EXPECT_TRUE(has_escaped_separator(normal("/a%2fb")));
  EXPECT_TRUE(has_escaped_separator(normal("/a%5cb")));
  EXPECT_FALSE(has_escaped_separator(normal("/a%25b/%C3")));
}

TEST(Rule28, what_a_prefix_leaves_begins_with_one_slash) {
  EXPECT_EQ(stripped("/api/v1", "/api"), "/v1");
  EXPECT_EQ(stripped("/api", "/api"), "/");
  EXPECT_EQ(stripped("/api/", "/api"), "/");
  EXPECT_EQ(stripped("/apix", "/api"), "/apix");
  EXPECT_EQ(stripped("/other", "/api"), "/other");
  EXPECT_EQ(stripped("/a", "/"), "/a");
  // Such a path is not normal; if one ever came here, the result must not name another host or leave the root.
  EXPECT_EQ(stripped("/api//host/", "/api"), "/host/");
  EXPECT_EQ(stripped("/api/../x", "/api"), "refused");
}

TEST(Rule29, parameters_and_case_are_literal_and_the_query_is_left_alone) {
  EXPECT_EQ(normal("/A;b=1/..;/C"), "/A;b=1/..;/C");
  const auto target = parse_target("/a?b=%zz/../%41//?c");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a");
  EXPECT_EQ(target->query, "?b=%zz/../%41//?c");
}

TEST(Target, forms_are_told_apart) {
  using Form = Target::Form;
  EXPECT_EQ(parse_target("/a")->form, Form::origin);
  EXPECT_EQ(parse_target("*")->form, Form::asterisk);
  EXPECT_EQ(parse_target("a.test:443")->form, Form::authority);
  const auto absolute = parse_target("http://a.test:80/b?c");
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute->form, Form::absolute);
  EXPECT_EQ(absolute->scheme, "http");
  EXPECT_EQ(absolute->authority, "a.test:80");
  EXPECT_EQ(absolute->path, "/b");
  EXPECT_EQ(absolute->query, "?c");
  EXPECT_EQ(parse_target("http://a.test?c")->path, "");
  for (const char* text : {"", "?a", "a/b", "://a", "*?a"}) EXPECT_TRUE(parse_target(text).has_error()) << text;
}

}  // namespace
}  // namespace gw::http
