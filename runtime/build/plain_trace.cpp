#include "runtime/build/plain_trace.hpp"

#include <chrono>

namespace runtime::build {
namespace {

EngineTime now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

// `STEP 2/5: RUN make`, or `[1/2] STEP 2/5: RUN make` in a build of several stages -> `[2/5] RUN make`; empty: it is another line.
std::string name_of(std::string_view line) {
  constexpr std::string_view word = "STEP ";
  if (line.starts_with('[')) {
    const auto stage = line.find("] ");
    if (stage == line.npos) return {};
    line.remove_prefix(stage + 2);
  }
  const auto colon = line.find(": ");
  if (!line.starts_with(word) || colon == line.npos) return {};
  const auto number = line.substr(word.size(), colon - word.size());
  if (number.find_first_not_of("0123456789/") != number.npos) return {};
  return "[" + std::string(number) + "] " + std::string(line.substr(colon + 2));
}

}  // namespace

std::vector<StepEvent> PlainTrace::feed(std::string_view text) {
  // A line without an end must not grow for ever.
  constexpr std::size_t longest = 128 << 10;
  std::vector<StepEvent> events;
  partial_ += text;
  std::size_t begin = 0;
  for (std::size_t end; (end = partial_.find('\n', begin)) != std::string::npos; begin = end + 1)
    line(std::string_view(partial_).substr(begin, end - begin), events);
  partial_.erase(0, begin);
  if (partial_.size() > longest) {
    line(partial_, events);
    partial_.clear();
  }
  return events;
}

std::vector<StepEvent> PlainTrace::finish(bool good) {
  std::vector<StepEvent> events;
  if (!partial_.empty()) line(partial_, events);
  partial_.clear();
  end(good ? Step::State::done : Step::State::failed, events);
  return events;
}

void PlainTrace::begin(std::string name, std::vector<StepEvent>& events) {
  end(Step::State::done, events);
  auto& step = steps_.emplace_back();
  step.number = steps_.size();
  step.name = filter_ ? filter_(std::move(name)) : std::move(name);
  step.state = Step::State::running;
  step.started = now();
  events.push_back({StepEvent::Kind::named, steps_.size() - 1, {}, false});
  events.push_back({StepEvent::Kind::started, steps_.size() - 1, {}, false});
}

void PlainTrace::end(Step::State state, std::vector<StepEvent>& events) {
  if (steps_.empty() || steps_.back().state != Step::State::running) return;
  steps_.back().state = state;
  steps_.back().completed = now();
  const auto kind = state == Step::State::cached   ? StepEvent::Kind::cached
                    : state == Step::State::failed ? StepEvent::Kind::failed
                                                   : StepEvent::Kind::done;
  events.push_back({kind, steps_.size() - 1, {}, false});
}

void PlainTrace::line(std::string_view text, std::vector<StepEvent>& events) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (auto name = name_of(text); !name.empty()) return begin(std::move(name), events);
  if (text.starts_with("--> Using cache")) return end(Step::State::cached, events);
  if (text.starts_with("--> ")) return end(Step::State::done, events);
  if (steps_.empty()) begin("preparing", events);
  std::string said(text);
  events.push_back({StepEvent::Kind::log, steps_.size() - 1, filter_ ? filter_(std::move(said)) : std::move(said), false});
}

}  // namespace runtime::build
