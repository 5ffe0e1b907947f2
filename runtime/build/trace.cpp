#include "runtime/build/trace.hpp"

#include <algorithm>

#include "runtime/build/protobuf.hpp"

namespace runtime::build {
namespace {

EngineTime time_of(std::string_view message) {
  EngineTime seconds = 0;
  EngineTime nanos = 0;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 1) seconds = static_cast<EngineTime>(field->integer);
    if (field->number == 2) nanos = static_cast<EngineTime>(field->integer);
  }
  return seconds * 1'000'000'000 + nanos;
}

bool over(Step::State state) {
  return state == Step::State::done || state == Step::State::cached || state == Step::State::failed;
}

}  // namespace

double Step::seconds() const noexcept {
  return started != 0 && completed > started ? static_cast<double>(completed - started) / 1e9 : 0.0;
}

std::string Trace::clean(std::string_view text) const {
  std::string out(text);
  return filter_ ? filter_(std::move(out)) : out;
}

std::size_t Trace::step_of(std::string_view digest) {
  const auto [at, fresh] = index_.try_emplace(std::string(digest), steps_.size());
  if (fresh) {
    auto& step = steps_.emplace_back();
    step.number = steps_.size();
    step.digest = digest;
  }
  return at->second;
}

void Trace::vertex(std::string_view message, std::vector<StepEvent>& events) {
  std::string_view digest;
  std::string_view name;
  std::string_view error;
  bool cached = false;
  EngineTime started = 0;
  EngineTime completed = 0;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    switch (field->number) {
      case 1:
        digest = field->bytes;
        break;
      case 3:
        name = field->bytes;
        break;
      case 4:
        cached = field->integer != 0;
        break;
      case 5:
        started = time_of(field->bytes);
        break;
      case 6:
        completed = time_of(field->bytes);
        break;
      case 7:
        error = field->bytes;
        break;
      default:
        break;
    }
  }
  const auto at = step_of(digest);
  auto& step = steps_[at];
  if (step.name.empty() && !name.empty()) {
    step.name = clean(name);
    events.push_back({StepEvent::Kind::named, at, {}, false});
  }
  if (started != 0 && step.state == Step::State::waiting) {
    step.started = started;
    step.state = Step::State::running;
    if (!cached) events.push_back({StepEvent::Kind::started, at, {}, false});
  }
  // A step that waited for the same work of another build is sent as completed more than once.
  if (over(step.state) || (completed == 0 && !cached && error.empty())) return;
  step.completed = completed;
  auto kind = StepEvent::Kind::done;
  step.state = Step::State::done;
  if (!error.empty()) {
    step.error = clean(error);
    step.state = Step::State::failed;
    kind = StepEvent::Kind::failed;
  } else if (cached) {
    step.state = Step::State::cached;
    kind = StepEvent::Kind::cached;
  }
  events.push_back({kind, at, {}, false});
}

void Trace::status(std::string_view message, std::vector<StepEvent>& events) {
  std::string_view digest;
  std::int64_t current = 0;
  std::int64_t total = 0;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 2) digest = field->bytes;
    if (field->number == 4) current = static_cast<std::int64_t>(field->integer);
    if (field->number == 5) total = static_cast<std::int64_t>(field->integer);
  }
  if (digest.empty()) return;
  const auto at = step_of(digest);
  steps_[at].current = current;
  steps_[at].total = total;
  events.push_back({StepEvent::Kind::progress, at, {}, false});
}

void Trace::log(std::string_view message, std::vector<StepEvent>& events) {
  // A line longer than twice this is handed over in pieces: a step without line ends must not grow for ever. What is kept is longer than any
  // secret, so that none is cut in two and passes the mask.
  constexpr std::size_t kept = 64 * 1024;
  std::string_view digest;
  std::string_view bytes;
  std::uint64_t stream = 1;
  ProtobufReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == 1) digest = field->bytes;
    if (field->number == 3) stream = field->integer;
    if (field->number == 4) bytes = field->bytes;
  }
  const auto at = step_of(digest);
  const bool standard_error = stream == 2;
  auto& held = partial_[standard_error ? 1 : 0][at];
  held.append(bytes);
  for (std::size_t end; (end = held.find('\n')) != std::string::npos; held.erase(0, end + 1)) {
    auto line = std::string_view(held).substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    events.push_back({StepEvent::Kind::log, at, clean(line), standard_error});
  }
  if (held.size() <= 2 * kept) return;
  auto whole = clean(held);
  auto cut = whole.size() - std::min(whole.size(), kept);
  while (cut != 0 && (static_cast<unsigned char>(whole[cut]) & 0xC0U) == 0x80U) --cut;  // not inside a character
  held = whole.substr(cut);
  whole.resize(cut);
  events.push_back({StepEvent::Kind::log, at, std::move(whole), standard_error});
}

std::optional<std::vector<StepEvent>> Trace::feed(std::string_view protobuf) {
  ProtobufReader check(protobuf);
  while (check.next()) {
  }
  if (!check.good()) return std::nullopt;
  std::vector<StepEvent> events;
  ProtobufReader reader(protobuf);
  while (const auto field = reader.next()) {
    if (field->number == 1) vertex(field->bytes, events);
    if (field->number == 2) status(field->bytes, events);
    if (field->number == 3) log(field->bytes, events);
  }
  return events;
}

std::vector<StepEvent> Trace::finish() {
  std::vector<StepEvent> events;
  for (int stream = 0; stream != 2; ++stream) {
    for (auto& [at, held] : partial_[stream])
      if (!held.empty()) events.push_back({StepEvent::Kind::log, at, clean(held), stream == 1});
    partial_[stream].clear();
  }
  return events;
}

}  // namespace runtime::build
