#include "runtime/build/plain_trace.hpp"

#include <gmock/gmock.h>

#include "runtime/build/network.hpp"

namespace runtime::build {
namespace {

using testing::ElementsAre;

constexpr const char* podman =
    "STEP 1/3: FROM localhost/base\n"
    "STEP 2/3: RUN make\n"
    "--> Using cache 0800811c6a8\n"
    "--> 0800811c6a8\n"
    "STEP 3/3: RUN echo hi\n"
    "hi\r\n"
    "--> fbaf4ea07e7\n"
    "COMMIT docker.io/x/a:1\n";

std::vector<std::string> told(const std::vector<StepEvent>& events, const Steps& steps) {
  const char* const kinds[] = {"named", "started", "log", "progress", "done", "cached", "failed"};
  std::vector<std::string> out;
  for (const auto& event : events)
    out.push_back(std::to_string(steps.at(event.step).number) + " " + kinds[static_cast<int>(event.kind)] +
                  (event.line.empty() ? "" : " " + event.line));
  return out;
}

TEST(PlainTrace, makes_steps_of_what_is_printed) {
  PlainTrace trace;
  auto events = trace.feed(podman);
  for (auto& event : trace.finish(true)) events.push_back(event);
  EXPECT_THAT(told(events, trace.steps()),
              ElementsAre("1 named", "1 started", "1 done", "2 named", "2 started", "2 cached", "3 named", "3 started",
                          "3 log hi", "3 done", "3 log COMMIT docker.io/x/a:1"));
  EXPECT_EQ(trace.steps()[2].name, "[3/3] RUN echo hi");
  EXPECT_EQ(trace.steps()[1].state, Step::State::cached);
}

TEST(PlainTrace, is_the_same_however_it_is_cut) {
  PlainTrace whole;
  const auto at_once = told(whole.feed(podman), whole.steps());
  PlainTrace trace;
  std::vector<StepEvent> events;
  for (const char* at = podman; *at != 0; ++at)
    for (auto& event : trace.feed(std::string_view(at, 1))) events.push_back(event);
  EXPECT_EQ(told(events, trace.steps()), at_once);
}

TEST(PlainTrace, names_the_step_that_failed_and_knows_stages) {
  PlainTrace trace;
  trace.feed("[1/2] STEP 1/2: FROM a AS b\nSTEP: no step\nSTEP x/2: none\nSTEP 2/2: RUN false\nno end");
  const auto events = told(trace.finish(false), trace.steps());
  EXPECT_THAT(events, ElementsAre("2 log no end", "2 failed"));
  EXPECT_EQ(trace.steps()[0].name, "[1/2] FROM a AS b");
  EXPECT_EQ(trace.steps().back().name, "[2/2] RUN false");
}

TEST(PlainTrace, shows_nothing_that_was_not_filtered) {
  PlainTrace trace([](std::string) { return std::string("***"); });
  EXPECT_THAT(told(trace.feed("sekrit\n"), trace.steps()), ElementsAre("1 named", "1 started", "1 log ***"));
  const auto events = trace.feed(std::string(300'000, 'x'));
  EXPECT_EQ(events.size(), 1U) << "a line without an end does not grow for ever";
}

TEST(BuildNetwork, is_said_in_the_words_of_the_engine) {
  EXPECT_EQ(network_query("default", true), "");
  EXPECT_EQ(network_query("none", true), "&networkmode=none");
  EXPECT_EQ(network_query("host", true), "&networkmode=host");
  EXPECT_EQ(network_query("host", false), "");
  EXPECT_THAT(network_query("default", false), testing::HasSubstr("Host%22%3Afalse")) << "else steps have the host's";
  EXPECT_EQ(network_problem("none", true), "");
  EXPECT_EQ(network_problem("default", false), "");
  EXPECT_NE(network_problem("none", false), "");
}

}  // namespace
}  // namespace runtime::build
