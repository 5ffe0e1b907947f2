#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loadtest/command/command_line.hpp"
#include "loadtest/command/mistake.hpp"

namespace loadtest::command {
namespace {

using plan::Protocol;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Pair;

constexpr measure::Nanoseconds second = 1'000'000'000;

/// What `run` makes of these words.
plan::Settings settings(std::vector<std::string> words) {
  words.insert(words.begin(), {"spaceport-bench", "run"});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  CommandLine line;
  const auto done = read_command_line(line, static_cast<int>(arguments.size()), arguments.data());
  if (done) throw Mistake("the command line was refused");
  return settings_of(line.run.load);
}

std::string wrong(std::vector<std::string> words) {
  try {
    settings(std::move(words));
  } catch (const Mistake& mistake) {
    return mistake.what();
  }
  return {};
}

const std::string url = "http://127.0.0.1:8080/x";

TEST(Settings, AClosedLoopByDefault) {
  const auto made = settings({url});
  EXPECT_FALSE(made.load.open_loop);
  EXPECT_EQ(made.load.connections, 50U);
  EXPECT_EQ(made.load.duration, 10 * second);
  // Ten seconds are too few to see it become steady.
  EXPECT_EQ(made.load.warm_up, plan::WarmUp::none);
  EXPECT_EQ(settings({url, "-z", "30s"}).load.warm_up, plan::WarmUp::found);
  ASSERT_EQ(made.targets.size(), 1U);
  EXPECT_EQ(made.targets[0].method, "GET");
  EXPECT_THAT(made.targets[0].fields, Contains(Key("User-Agent")));
  EXPECT_EQ(settings({url, "-n", "10k", "-c", "5"}).load.requests, 10'000U);
  EXPECT_EQ(settings({url, "-n", "10k"}).load.warm_up, plan::WarmUp::none);
  EXPECT_EQ(settings({url, "-n", "10k", "-z", "30s"}).load.warm_up, plan::WarmUp::none) << "each of them counts";
}

TEST(Settings, ARateMakesItAnOpenLoopWithoutAWarmUp) {
  const auto made = settings({url, "-r", "600/m", "-z", "1m30s"});
  EXPECT_TRUE(made.load.open_loop);
  ASSERT_EQ(made.load.stages.size(), 1U);
  EXPECT_DOUBLE_EQ(made.load.stages[0].rate, 10);
  EXPECT_EQ(made.load.stages[0].duration, 90 * second);
  EXPECT_EQ(made.load.connections, 0U);
  EXPECT_EQ(made.load.warm_up, plan::WarmUp::none);
  EXPECT_EQ(settings({url, "-r", "10", "-z", "10s", "--warmup", "5s"}).load.stages[0].duration, 15 * second);
  const auto staged = settings({url, "--stages", "30s:100,2m:500,30s:0"}).load.stages;
  ASSERT_EQ(staged.size(), 3U);
  EXPECT_DOUBLE_EQ(staged[1].rate, 500);
  EXPECT_DOUBLE_EQ(staged[2].rate, 0);
}

TEST(Settings, ABodyMakesItAPost) {
  const auto made = settings({url, "-d", "a=1"}).targets[0];
  EXPECT_EQ(made.method, "POST");
  EXPECT_EQ(*made.body, "a=1");
  EXPECT_THAT(made.fields, Contains(Pair("Content-Type", "application/x-www-form-urlencoded")));
  EXPECT_EQ(*settings({url, "-F", "q=a b&c", "-F", "r=2"}).targets[0].body, "q=a%20b%26c&r=2");
  const auto typed = settings({url, "-d", "{}", "-T", "application/json", "-X", "PUT"}).targets[0];
  EXPECT_EQ(typed.method, "PUT");
  EXPECT_THAT(typed.fields, Contains(Pair("Content-Type", "application/json")));
  EXPECT_THAT(settings({url, "-u", "me:secret"}).targets[0].fields, Contains(Pair("Authorization", "Basic bWU6c2VjcmV0")));
}

TEST(Settings, TheProtocolFitsTheScheme) {
  EXPECT_EQ(settings({url}).transport.protocol, Protocol::http1);
  EXPECT_EQ(settings({"https://127.0.0.1/", "--http2", "-m", "8"}).transport.protocol, Protocol::negotiated);
  EXPECT_EQ(settings({url, "--h2c", "-m", "8"}).transport.streams, 8U);
  EXPECT_EQ(settings({"ws://127.0.0.1/"}).transport.protocol, Protocol::websocket);
  EXPECT_THAT(wrong({url, "--http2"}), HasSubstr("the URL must be https"));
  EXPECT_THAT(wrong({"https://127.0.0.1/", "--h2c"}), HasSubstr("the URL must be http"));
  EXPECT_THAT(wrong({url, "-m", "8"}), HasSubstr("--streams is for HTTP/2"));
  EXPECT_THAT(wrong({url, "--ws", "--sse"}), HasSubstr("exclude each other"));
}

TEST(Settings, Http2WindowsAreASize) {
  EXPECT_EQ(settings({url, "--h2c"}).transport.http2_window, 1U << 30);
  EXPECT_EQ(settings({url, "--h2c", "--h2-window", "64Ki"}).transport.http2_window, 65'536U);
  EXPECT_EQ(settings({"https://127.0.0.1/", "--http2", "--h2-window", "2147483647"}).transport.http2_window, 2'147'483'647U);
  EXPECT_THAT(wrong({url, "--h2-window", "1M"}), HasSubstr("--h2-window is for HTTP/2: give --http2 or --h2c too"));
  EXPECT_THAT(wrong({url, "--h2c", "--h2-window", "2Gi"}), HasSubstr("--h2-window 2Gi: must be from 1 to 2147483647"));
  EXPECT_THAT(wrong({url, "--h2c", "--h2-window", "0"}), HasSubstr("must be from 1"));
  EXPECT_THAT(wrong({url, "--h2c", "--h2-window", "64Ki", "--read-rate", "1k"}), HasSubstr("leave --h2-window out"));
}

TEST(Settings, SlowClientsHaveARate) {
  EXPECT_EQ(settings({url}).transport.read_rate, 0U);
  const auto made = settings({url, "--read-rate", "20k", "--write-rate", "500/s"});
  EXPECT_EQ(made.transport.read_rate, 20'000U);
  EXPECT_EQ(made.transport.write_rate, 500U);
  EXPECT_EQ(settings({url, "--read-rate", "1Mi/s"}).transport.read_rate, 1U << 20);
  EXPECT_EQ(settings({url, "--h2c", "--read-rate", "1"}).transport.read_rate, 1U);
  EXPECT_EQ(settings({url, "--unix-socket", "/s", "--write-rate", "1"}).transport.write_rate, 1U);
}

TEST(Settings, SecretsStandInNoReport) {
  LoadFlags flags;
  flags.url = url;
  flags.headers = {"Authorization: Bearer secret", "X-A: b"};
  flags.user = "me:secret";
  flags.data = "secret";
  const auto told = boost::json::serialize(flags.told());
  EXPECT_EQ(told.find("secret"), std::string::npos) << told;
  EXPECT_THAT(told, HasSubstr("\"Authorization\""));
}

TEST(Settings, EachMistakeNamesItsFlag) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{}, "there is no URL"},
      {{"htp://x"}, "did you mean \"http\""},
      {{url, "-r", "x"}, "--rate x: must be a rate"},
      {{url, "-z", "0"}, "--duration 0: must be more than 0"},
      {{url, "-z", "25h"}, "at most a day"},
      {{url, "-c", "0"}, "--connections 0: must be from 1"},
      {{url, "-n", "0"}, "--requests 0: must be from 1"},
      {{url, "--stages", "30s"}, "--stages 30s: must be TIME:RATE"},
      {{url, "--stages", "30s:0"}, "all rates are 0"},
      {{url, "--stages", "30s:5", "-r", "5"}, "cannot stand beside"},
      {{url, "--arrival", "poison", "-r", "5"}, "did you mean \"poisson\""},
      {{url, "--arrival", "poisson"}, "give --rate too"},
      {{url, "--max-connections", "5"}, "for an open loop"},
      {{url, "--timeout", "0"}, "given up at once"},
      {{url, "--slo", "p99<250"}, "--slo p99<250: the limit of p99 needs a unit"},
      {{url, "--abort-on-fail"}, "--abort-on-fail needs --slo"},
      {{url, "--resolve", "x:80"}, "--resolve x:80: must be HOST:PORT:ADDRESS"},
      {{url, "-H", "nonsense"}, "--header nonsense: must be"},
      {{url, "-H", "Host: a", "-H", "X: y", "-H", "hOST: b"}, "--header hOST: b: a request has one Host"},
      {{url, "-X", "G T"}, "is not a method"},
      {{url, "-d", "a", "-F", "b=c"}, "exclude each other"},
      {{url, "-d", "@/none"}, "--data /none: cannot be opened"},
      {{url, "--targets", "/none"}, "--targets /none: cannot be opened"},
      {{url, "--expect-body-sha256", "abc"}, "must be 64 hexadecimal digits"},
      {{url, "--label", "x"}, "--label x: must be K=V"},
      {{url, "--ws-rate", "5"}, "need --ws"},
      {{url, "--read-rate", "x"}, "--read-rate x: must be bytes a second, from 1 to 1G"},
      {{url, "--read-rate", "0"}, "--read-rate 0: must be bytes a second"},
      {{url, "--read-rate", "5k", "--unix-socket", "/s"}, "--read-rate cannot go through --unix-socket"},
      {{url, "--write-rate", "2G"}, "--write-rate 2G: must be bytes a second"},
      {{url, "--write-rate", "5/m"}, "--write-rate 5/m: must be bytes a second"},
      {{url, "--on-overflow", "dorp"}, "did you mean \"drop\""}};
  for (const auto& [words, says] : mistakes) EXPECT_THAT(wrong(words), HasSubstr(says)) << testing::PrintToString(words);
}

TEST(CommandLine, TheLastOfTwoFlagsCounts) { EXPECT_EQ(settings({url, "-c", "5", "-c", "6"}).load.connections, 6U); }

TEST(CommandLine, AUrlMayStandBehindAnyFlag) {
  for (const auto& flag : {std::pair{"--slo", "p99<5ms"},
                           {"-H", "A: b"},
                           {"-F", "a=b"},
                           {"--resolve", "a:1:127.0.0.1"},
                           {"--label", "a=b"},
                           {"--stages", "1s:5"},
                           {"--background", "http://127.0.0.1:1/"}})
    EXPECT_EQ(settings({flag.first, flag.second, url}).targets.at(0).path, "/x") << flag.first;
  EXPECT_EQ(settings({"--slo", "p99<5ms", "--slo", "p50<1ms", url}).objectives.size(), 2U);
  EXPECT_EQ(settings({"--stages", "1s:5,2s:6", url}).load.stages.size(), 2U);
}

TEST(CommandLine, LettersWithTwoMeaningsHaveNone) {
  for (const auto& [letter, says] : {std::pair{"-t", "--threads N or --timeout TIME"},
                                     {"-q", "--rate RATE or --quiet"},
                                     {"-p", "--streams N"},
                                     {"-t4", "--threads N or --timeout TIME"}}) {
    testing::internal::CaptureStderr();
    EXPECT_THROW(settings({url, letter, "4"}), Mistake);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(says)) << letter;
  }
}

TEST(CommandLine, UnknownWordsHaveANearestOne) {
  for (const auto& [word, says] :
       {std::pair{"--durration", "did you mean \"--duration\""}, {"--slo-file", "there is no option `--slo-file`"}}) {
    testing::internal::CaptureStderr();
    EXPECT_THROW(settings({url, word}), Mistake);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(says));
  }
}

}  // namespace
}  // namespace loadtest::command
