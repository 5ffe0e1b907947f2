#include "loadtest/plan/targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loadtest/plan/url.hpp"

namespace loadtest::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct Read {
  std::vector<TimedTarget> targets;
  std::vector<std::string> problems;
};

TargetDefaults with_host() {
  TargetDefaults defaults;
  defaults.target = *parse_url("http://127.0.0.1:7860").value;
  defaults.has_origin = true;
  defaults.read_file = [](const std::string& path) -> config::Parsed<std::string> {
    if (path == "body.json") return {"{\"a\":1}", {}};
    return {{}, "cannot read " + path};
  };
  return defaults;
}

Read read(std::string_view text, TargetFormat format, const TargetDefaults& defaults = with_host()) {
  config::Report report("targets");
  Read out;
  out.targets = read_targets(text, format, defaults, report);
  for (const auto& problem : report.take()) out.problems.push_back(problem.text());
  return out;
}

TEST(Targets, UrlsAndPathsStandOnLines) {
  const auto [targets, problems] = read("# these\nhttp://x/a\r\n\n/b?c\n", TargetFormat::urls);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].target.url(), "http://x/a");
  EXPECT_EQ(targets[1].target.url(), "http://127.0.0.1:7860/b?c");
  EXPECT_THAT(read("\n/b\n", TargetFormat::urls, {}).problems, ElementsAre(HasSubstr("targets:2: is a path without a host")));
  EXPECT_THAT(read("# nothing\n", TargetFormat::urls).problems, ElementsAre(HasSubstr("names no target")));
}

TEST(Targets, VegetasTextFormatIsTakenAsItIs) {
  const auto [targets, problems] = read(
      "GET http://goku:9090/path/to/dragon?item=ball\nX-Account-ID: 8675309\n\n"
      "DELETE http://goku:9090/path/to/remove\nConfirmation-Token: 90215\nAuthorization: Token DEADBEEF\n@body.json\n"
      "\nHEAD /x\nGET /y\n",
      TargetFormat::http);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 4U);
  EXPECT_EQ(targets[0].target.url(), "http://goku:9090/path/to/dragon?item=ball");
  EXPECT_THAT(targets[0].target.fields, ElementsAre(Pair("X-Account-ID", "8675309")));
  EXPECT_EQ(targets[1].target.method, "DELETE");
  EXPECT_EQ(*targets[1].target.body, "{\"a\":1}");
  EXPECT_EQ(targets[1].target.fields.size(), 2U);
  EXPECT_EQ(targets[2].target.method, "HEAD");
  EXPECT_EQ(targets[3].target.path, "/y");
}

TEST(Targets, VegetasTextFormatSaysWhereItIsWrong) {
  EXPECT_THAT(read("GET\n", TargetFormat::http).problems, ElementsAre(HasSubstr("targets:1: must be METHOD URL")));
  EXPECT_THAT(read("GET http://x/\n???\n", TargetFormat::http).problems, ElementsAre(HasSubstr("targets:2: must be a field")));
  EXPECT_THAT(read("GET http://x/\n@none\n", TargetFormat::http).problems,
              ElementsAre(HasSubstr("targets:2: cannot read none")));
  EXPECT_THAT(read("GET http://x/\n@body.json\nA: b\n", TargetFormat::http).problems,
              ElementsAre(HasSubstr("targets:3: follows a body")));
  EXPECT_THAT(read("G@T http://x/\n", TargetFormat::http).problems, ElementsAre(HasSubstr("is not a method")));
}

TEST(Targets, VegetasJsonIsTakenAsItIs) {
  const auto [targets, problems] = read(
      R"({"method":"POST","url":"http://x/","body":"eyJhIjoxfQ==","header":{"Content-Type":["application/json"],"X":["1","2"]}})"
      "\n\n"
      R"({"method":"GET","url":"http://x/2"})",
      TargetFormat::json);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(*targets[0].target.body, "{\"a\":1}");
  EXPECT_THAT(targets[0].target.fields, ElementsAre(Pair("Content-Type", "application/json"), Pair("X", "1"), Pair("X", "2")));
  EXPECT_THAT(read("{}\nnonsense\n{\"method\":\"GET\",\"url\":\"http://x/\",\"body\":\"?\"}", TargetFormat::json).problems,
              ElementsAre(HasSubstr("targets:1: must have"), HasSubstr("targets:2: is not a JSON object"),
                          HasSubstr("targets:3: has a \"body\"")));
  EXPECT_THAT(read(R"({"method":"GET","url":"http://x/","header":{"X":"a\r\nb"}})", TargetFormat::json).problems,
              ElementsAre(HasSubstr("not a field that can be sent")));
}

TEST(Targets, ArchivesOfBrowsers) {
  const auto [targets, problems] = read(R"({"log":{"entries":[
    {"request":{"method":"POST","url":"https://x/api","headers":[{"name":":authority","value":"x"},{"name":"HOST","value":"x"},
      {"name":"content-length","value":"3"},{"name":"Accept","value":"*/*"}],"postData":{"text":"abc"}}}]}})",
                                        TargetFormat::har);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].target.url(), "https://x/api");
  EXPECT_THAT(targets[0].target.fields, ElementsAre(Pair("Accept", "*/*")));
  EXPECT_EQ(*targets[0].target.body, "abc");
  EXPECT_THAT(read("{}", TargetFormat::har).problems, ElementsAre(HasSubstr("has no log.entries")));
  EXPECT_THAT(read("{", TargetFormat::har).problems, ElementsAre(HasSubstr("is not JSON")));
}

TEST(Targets, CommandLinesOfCurl) {
  const auto [targets, problems] = read(
      "curl 'http://x/a' \\\n  -H 'Accept: text/html' \\\n  --compressed ;\n"
      "curl -sS -XPUT \"http://x/b\" -d a=1 -d @body.json\n"
      "curl http://x/c --json '{\"q\":\"it'\\''s\"}' -A me -b 'k=v'\n"
      "curl -G http://x/d?e=1 -d f=2\n"
      "curl -I x/h\n"
      "curl http://x/i --data-raw $'a\\u0021\\n\\x41\\'\\u00e9'\n",
      TargetFormat::curl);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 6U);
  EXPECT_THAT(targets[0].target.fields,
              ElementsAre(Pair("Accept", "text/html"), Pair("Accept-Encoding", "deflate, gzip, br, zstd")));
  EXPECT_EQ(targets[1].target.method, "PUT");
  EXPECT_EQ(*targets[1].target.body, "a=1&{\"a\":1}");
  EXPECT_THAT(targets[1].target.fields, ElementsAre(Pair("Content-Type", "application/x-www-form-urlencoded")));
  EXPECT_EQ(targets[2].target.method, "POST");
  EXPECT_EQ(*targets[2].target.body, "{\"q\":\"it's\"}");
  EXPECT_THAT(targets[2].target.fields,
              ElementsAre(Pair("User-Agent", "me"), Pair("Cookie", "k=v"), Pair("Content-Type", "application/json")));
  EXPECT_EQ(targets[3].target.path, "/d?e=1&f=2");
  EXPECT_EQ(targets[3].target.method, "GET");
  EXPECT_EQ(targets[3].target.body, nullptr);
  EXPECT_EQ(targets[4].target.method, "HEAD");
  EXPECT_EQ(*targets[5].target.body, "a!\nA'\xc3\xa9");
}

TEST(Targets, WhatBrowsersEscapeForBashIsUtf8) {
  const auto body = [](std::string_view escapes) {
    const auto [targets, problems] = read("curl x --data-raw $'" + std::string(escapes) + "'", TargetFormat::curl);
    EXPECT_THAT(problems, ElementsAre());
    return targets.empty() || !targets[0].target.body ? std::string() : *targets[0].target.body;
  };
  EXPECT_EQ(body("\\u20AC"), "\xe2\x82\xac");
  EXPECT_EQ(body("\\ud83d\\ude00!"), "\xf0\x9f\x98\x80!") << "two surrogates are one code point";
  EXPECT_EQ(body("\\ud83d\\u0041"),
            "\xef\xbf\xbd"
            "A")
      << "one alone is none";
  EXPECT_EQ(body("\\ud83d"), "\xef\xbf\xbd");
  EXPECT_EQ(body("\\x4\x11"), "\x04\x11") << "a control character is no digit";
}

TEST(Targets, CommandLinesOfCurlSayWhatIsNotUnderstood) {
  const auto wrong = [](std::string_view text) { return testing::PrintToString(read(text, TargetFormat::curl).problems); };
  EXPECT_THAT(wrong("\ncurl --haeder x http://x/"),
              HasSubstr("targets:2: --haeder is a flag of curl that is not understood here; did you mean \\\"--header\\\"?"));
  EXPECT_THAT(wrong("curl 'http://x/"), HasSubstr("quote without an end"));
  EXPECT_THAT(wrong("wget http://x/"), HasSubstr("must begin with curl"));
  EXPECT_THAT(wrong("curl -H"), HasSubstr("-H has no value"));
  EXPECT_THAT(wrong("curl http://x/ http://y/"), HasSubstr("two URLs"));
  EXPECT_THAT(wrong("curl -s"), HasSubstr("names no URL"));
  EXPECT_THAT(wrong("curl http://x/ -b jar.txt"), HasSubstr("file of cookies"));
  EXPECT_THAT(wrong("curl http://x/ -H nonsense"), HasSubstr("is not a field"));
  EXPECT_THAT(wrong("curl http://x/ -d @none"), HasSubstr("cannot read none"));
}

TEST(Targets, LogsInTheCommonFormat) {
  const auto [targets, problems] = read(
      "10.0.0.1 - - [31/Jan/2026:13:00:00 +0100] \"GET /a?b HTTP/1.1\" 200 12 \"-\" \"curl\"\n"
      "10.0.0.1 - - [31/Jan/2026:13:00:01 +0100] \"\\x16\\x03\" 400 0\n"
      "10.0.0.1 - - [31/Jan/2026:13:00:02 +0100] \"POST /c HTTP/2.0\" 503 0\n",
      TargetFormat::clf);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].target.url(), "http://127.0.0.1:7860/a?b");
  EXPECT_EQ(targets[0].status, 200);
  EXPECT_EQ(targets[0].client, "10.0.0.1");
  EXPECT_EQ(targets[1].at - targets[0].at, 2'000'000'000);
  EXPECT_EQ(targets[1].target.method, "POST");
  EXPECT_THAT(read("what\n", TargetFormat::clf).problems, ElementsAre(HasSubstr("targets:1: is not a line of an access log")));
  EXPECT_THAT(read("a [x] \"GET / HTTP/1.1\" 200\n", TargetFormat::clf).problems, ElementsAre(HasSubstr("has no time")));
}

TEST(Targets, OurOwnLogSaysWhenARequestBegan) {
  const auto text =
      R"({"time":"2026-01-31T12:00:01.000Z","client":"1.2.3.4","host":"a-b.example.com","method":"GET","path":"/x","status":200,"total_ms":250.5})"
      "\n"
      R"({"time":"2026-01-31T12:00:02.000Z","client":"1.2.3.4","host":"","method":"","path":"","status":400,"cause":"bad_start_line"})";
  const auto [targets, problems] = read(text, TargetFormat::gateway);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].target.url(), "http://a-b.example.com/x");
  EXPECT_EQ(targets[0].at, 1'769'860'800'749'500'000);
  EXPECT_EQ(targets[0].client, "1.2.3.4");
  auto here = with_host();
  here.keep_origin = true;
  const auto moved = read(text, TargetFormat::gateway, here).targets;
  EXPECT_EQ(moved[0].target.url(), "http://127.0.0.1:7860/x");
  EXPECT_THAT(moved[0].target.fields, ElementsAre(Pair("Host", "a-b.example.com")));
}

TEST(Targets, LogsHaveRequestsThatNobodyCanAskAgain) {
  const auto [targets, problems] = read(
      "a - - [31/Jan/2026:13:00:00 +0100] \"OPTIONS * HTTP/1.1\" 200 0\n"
      "a - - [31/Jan/2026:13:00:00 +0100] \"CONNECT x:443 HTTP/1.1\" 405 0\n"
      "a - - [31/Jan/2026:13:00:00 +0100] \"GET /a HTTP/1.1\" 200 0\n",
      TargetFormat::clf);
  EXPECT_THAT(problems, ElementsAre());
  EXPECT_EQ(targets.size(), 1U);
  const auto ours =
      read(R"({"time":"2026-01-31T12:00:01Z","host":"a","method":"OPTIONS","path":"*"})"
           "\n"
           R"({"time":"1970-01-01T00:00:01Z","host":"a","method":"GET","path":"/","total_ms":1e300,"status":-5e300})",
           TargetFormat::gateway);
  EXPECT_THAT(ours.problems, ElementsAre());
  ASSERT_EQ(ours.targets.size(), 1U);
  EXPECT_EQ(ours.targets[0].at, 0) << "no exchange began before there was time";
  EXPECT_EQ(ours.targets[0].status, 0);
}

TEST(Targets, ARequestHasOneHostAndEachFieldOfTheFlagsOnce) {
  auto defaults = with_host();
  defaults.keep_origin = true;
  defaults.target.fields = {{"User-Agent", "us"}, {"X-Run", "1"}, {"X-Run", "2"}};
  const auto [targets, problems] =
      read("GET http://x/\nhost: y\nUSER-AGENT: mine\n\nGET http://x/\n", TargetFormat::http, defaults);
  EXPECT_THAT(problems, ElementsAre());
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_THAT(targets[0].target.fields,
              ElementsAre(Pair("host", "y"), Pair("USER-AGENT", "mine"), Pair("X-Run", "1"), Pair("X-Run", "2")));
  EXPECT_THAT(targets[1].target.fields,
              ElementsAre(Pair("Host", "x"), Pair("User-Agent", "us"), Pair("X-Run", "1"), Pair("X-Run", "2")));
  EXPECT_THAT(read("GET http://x/\nHost: a\nHOST: b\n", TargetFormat::http).problems,
              ElementsAre(HasSubstr("targets:1: names two hosts")));
  EXPECT_THAT(read("CONNECT http://x/\n", TargetFormat::http).problems, ElementsAre(HasSubstr("makes a tunnel")));
}

TEST(Targets, DefaultsFillWhatIsNotSaid) {
  auto defaults = with_host();
  defaults.target.method = "POST";
  defaults.target.fields = {{"X-Run", "1"}};
  defaults.target.body = std::make_shared<const std::string>("same");
  const auto targets = read("/a\n", TargetFormat::urls, defaults).targets;
  EXPECT_EQ(targets[0].target.method, "POST");
  EXPECT_EQ(*targets[0].target.body, "same");
  EXPECT_THAT(targets[0].target.fields, ElementsAre(Pair("X-Run", "1")));
}

TEST(Targets, TheFormatIsGuessed) {
  EXPECT_EQ(guess_format("http://x/\n"), TargetFormat::urls);
  EXPECT_EQ(guess_format("# c\n\nGET http://x/\n"), TargetFormat::http);
  EXPECT_EQ(guess_format("{\"method\":\"GET\"}"), TargetFormat::json);
  EXPECT_EQ(guess_format("{\n \"log\": {}}"), TargetFormat::har);
  EXPECT_EQ(guess_format("curl http://x/"), TargetFormat::curl);
  EXPECT_EQ(guess_format("1.2.3.4 - - [31/Jan/2026:13:00:00 +0100] \"GET / HTTP/1.1\" 200 1"), TargetFormat::clf);
  EXPECT_EQ(guess_format("{\"time\":\"x\",\"total_ms\":1}"), TargetFormat::gateway);
  EXPECT_EQ(target_format("har"), TargetFormat::har);
  EXPECT_FALSE(target_format("xml"));
}

}  // namespace
}  // namespace loadtest::plan
