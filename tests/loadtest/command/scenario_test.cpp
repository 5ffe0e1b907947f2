#include "loadtest/command/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "loadtest/command/background.hpp"
#include "loadtest/command/command_line.hpp"
#include "loadtest/command/mistake.hpp"

namespace loadtest::command {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class Scenario : public testing::Test {
 protected:
  Scenario() : path_(std::filesystem::temp_directory_path() / ("bench_scenario_" + std::to_string(::getpid()) + ".yaml")) {}
  ~Scenario() override { std::filesystem::remove(path_); }
  Words words(const std::string& text, Words more = {}) {
    std::ofstream(path_) << text;
    more.insert(more.begin(), path_.string());
    return words_of_scenario(more);
  }
  std::string wrong(const std::string& text, Words more = {}) {
    try {
      words(text, std::move(more));
    } catch (const Mistake& mistake) {
      return mistake.what();
    }
    return {};
  }
  std::filesystem::path path_;
};

TEST_F(Scenario, StandsForItsFlags) {
  const auto* text =
      "question: How long does a small answer take?\n"
      "command: run\n"
      "flags:\n  url: '{target}/small'\n  rate: 200\n  slo: [p99<50ms, 'errors<1%']\n  spin: true\n  insecure: false\n  label: "
      "'true'\n";
  EXPECT_THAT(words(text, {"http://127.0.0.1:1/", "--rate", "300"}),
              ElementsAre("run", "http://127.0.0.1:1/small", "--rate", "200", "--slo", "p99<50ms", "--slo", "errors<1%",
                          "--spin", "--label", "true", "--rate", "300"));
}

TEST_F(Scenario, HasLoadsBesideTheMeasuredOne) {
  const auto* text =
      "command: run\nflags: {url: '{target}/', rate: 5}\n"
      "background:\n  - url: '{other}/x'\n    rate: 200\n    header: ['Host: it''s', 'A: b']\n    spin: true\n  - url: "
      "'{target}/'\n";
  EXPECT_THAT(words(text, {"http://127.0.0.1:1/", "http://127.0.0.1:2", "--quiet"}),
              ElementsAre("run", "http://127.0.0.1:1/", "--rate", "5", "--background",
                          R"('http://127.0.0.1:2/x' '--rate' '200' '--header' 'Host: it'\''s' '--header' 'A: b' '--spin')",
                          "--background", "'http://127.0.0.1:1/'", "--quiet"));
  EXPECT_THAT(wrong(text, {"http://127.0.0.1:1/"}), HasSubstr(":4:10: needs to know where else to: give a second URL"));
  EXPECT_THAT(wrong(text, {"http://127.0.0.1:1/", "--quiet"}), HasSubstr("give a second URL"));
}

TEST_F(Scenario, SaysWhereItIsWrong) {
  EXPECT_THAT(wrong("command: run\nflag: {}\n"), HasSubstr(":2:1: unknown key \"flag\""));
  EXPECT_THAT(wrong("command: rm\n"), HasSubstr(":1:10: must be one of run"));
  EXPECT_THAT(wrong("flags: {rate: 1}\n"), HasSubstr("has no command"));
  EXPECT_THAT(wrong("command: run\nflags: [a]\n"), HasSubstr(":2:8: must be a map"));
  EXPECT_THAT(wrong("command: run\nflags: {rate: {a: 1}}\n"), HasSubstr("--rate must be a value"));
  EXPECT_THAT(wrong("command: run\nflags: {url: '{target}'}\n"), HasSubstr("give a URL behind the file"));
  EXPECT_THAT(wrong("[]"), HasSubstr("must be a map"));
  EXPECT_THAT(wrong("command: run\nbackground: {rate: 1}\n"), HasSubstr(":2:13: must be a list of loads"));
  EXPECT_THAT(wrong("command: run\nbackground: [x]\n"), HasSubstr(":2:14: must be a map of flags"));
  EXPECT_THAT(wrong("command: wake\nbackground: [{rate: 1}]\n"), HasSubstr("for the command run"));
}

// Every scenario of ours is one that the command line takes.
TEST(Scenarios, AreAllUnderstood) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SPACEPORT_SCENARIOS)) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    std::vector<std::string> words = {"spaceport-bench", "scenario", entry.path(), "http://127.0.0.1:8080"};
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    if (text.str().find("{other}") != std::string::npos) words.emplace_back("http://127.0.0.1:8081");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    CommandLine line;
    EXPECT_FALSE(read_command_line(line, static_cast<int>(arguments.size()), arguments.data())) << entry.path();
    EXPECT_TRUE(line.chosen) << entry.path();
    if (words_of_scenario({words.begin() + 2, words.end()}).front() == "run") {
      EXPECT_NO_THROW(settings_of(line.run.load)) << entry.path();
      EXPECT_NO_THROW(backgrounds_of(line.run.background, false)) << entry.path();
    }
  }
  EXPECT_GE(count, 7U);
}

}  // namespace
}  // namespace loadtest::command
