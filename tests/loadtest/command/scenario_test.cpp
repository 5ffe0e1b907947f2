#include "loadtest/command/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

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

TEST_F(Scenario, SaysWhereItIsWrong) {
  EXPECT_THAT(wrong("command: run\nflag: {}\n"), HasSubstr(":2:1: unknown key \"flag\""));
  EXPECT_THAT(wrong("command: rm\n"), HasSubstr(":1:10: must be one of run"));
  EXPECT_THAT(wrong("flags: {rate: 1}\n"), HasSubstr("has no command"));
  EXPECT_THAT(wrong("command: run\nflags: [a]\n"), HasSubstr(":2:8: must be a map"));
  EXPECT_THAT(wrong("command: run\nflags: {rate: {a: 1}}\n"), HasSubstr("--rate must be a value"));
  EXPECT_THAT(wrong("command: run\nflags: {url: '{target}'}\n"), HasSubstr("give a URL behind the file"));
  EXPECT_THAT(wrong("[]"), HasSubstr("must be a map"));
}

// Every scenario of ours is one that the command line takes.
TEST(Scenarios, AreAllUnderstood) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SPACEPORT_SCENARIOS)) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    std::vector<std::string> words = {"spaceport-bench", "scenario", entry.path(), "http://127.0.0.1:8080"};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    CommandLine line;
    EXPECT_FALSE(read_command_line(line, static_cast<int>(arguments.size()), arguments.data())) << entry.path();
    EXPECT_TRUE(line.chosen) << entry.path();
    if (words_of_scenario({entry.path(), "http://127.0.0.1:8080"}).front() == "run") {
      EXPECT_NO_THROW(settings_of(line.run.load)) << entry.path();
    }
  }
  EXPECT_GE(count, 7U);
}

}  // namespace
}  // namespace loadtest::command
