#include "runtime/supervise/engine_watch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace runtime::supervise {
namespace {

std::string label(const engine::Labels& labels, const char* key) {
  const auto found = labels.find(key);
  return found == labels.end() ? std::string() : found->second;
}

}  // namespace

Task<> EngineWatch::adopt(const engine::ContainerSummary& found) {
  const std::string id = label(found.labels, space_label);
  auto container = co_await context_.engine.inspect(found.id);
  if (!container) co_return;
  // Looked up behind what was awaited.
  if (Space* const space = spaces_.find(id)) {
    // One that we know already keeps its place, and one of which its Space is about to know is left to it.
    const bool known = space->knows(found.id) || space->creates();
    const bool alive = container->running() || container->status == "paused";
    if (known && (alive || container->status == "created")) co_return;
    std::int64_t deployment = 0;
    const std::string text = label(found.labels, deployment_label);
    std::from_chars(text.data(), text.data() + text.size(), deployment);
    // A container made for the other way of reaching it would be unreachable.
    const bool fits = context_.endpoints.publishes() == !container->published.empty();
    if (fits && alive && !context_.endpoints.attach(*container) && space->adopt(*container, deployment)) {
      spdlog::info("{}: container {} {}", id, found.id.substr(0, 12), container->running() ? "goes on serving" : "sleeps on");
      co_return;
    }
    if (space->ended(found.id, container->oom_killed)) co_return;
  }
  spdlog::info("container {} of nobody is removed", found.name);
  context_.endpoints.detach(found.id);
  const auto removed = co_await context_.engine.remove(found.id);
  if (removed) context_.gpus.release(found.id);
}

Task<bool> EngineWatch::reconcile() {
  auto info = co_await context_.engine.info();
  if (answers_ != info.has_value() || first_look_) {
    if (!info) spdlog::error("{}; what needs it waits until it answers", info.error().message);
    if (info && !first_look_) spdlog::info("the container engine answers again");
  }
  first_look_ = false;
  answers_ = info.has_value();
  if (!info) {
    for (Space* space : spaces_.all()) space->engine(Engine::gone);
    co_return false;
  }
  context_.machine = *info;
  context_.build_limits.engine_answers(::geteuid() == 0, context_.engine.capabilities().local, *info);
  co_await network_.prepare();
  const std::vector<std::string> ours{fmt::format("{}={}", instance_label, context_.database.instance())};
  auto containers = co_await context_.engine.list(ours);
  if (!containers) co_return false;
  std::vector<std::string> seen;
  for (const auto& found : *containers) {
    seen.push_back(found.id);
    co_await adopt(found);
  }
  // Containers that are gone without an event that we heard.
  for (Space* space : spaces_.all()) {
    for (const auto& container : space->containers())
      if (std::find(seen.begin(), seen.end(), container.id) == seen.end()) space->ended(container.id, false);
  }
  for (Space* space : spaces_.all()) space->engine(Engine::answers);
  co_return true;
}

Task<> EngineWatch::follow() {
  engine::EventFilter filter;
  filter.labels = {fmt::format("{}={}", instance_label, context_.database.instance())};
  filter.actions = {"die"};
  // Containers that ended while the first `reconcile` looked at the others. A container is started once in its life, so what is
  // heard twice says nothing new.
  filter.since = std::time(nullptr) - 5;
  const engine::EventSink sink = [this](const engine::Event& event) {
    if (Space* const space = spaces_.find(label(event.attributes, space_label))) space->ended(event.id, false);
    return !stopping_;
  };
  while (!stopping_) {
    watching_ = std::make_unique<engine::Canceller>();
    co_await context_.engine.events(filter, sink, watching_.get());
    // The stream has ended, so events are missed from here on: look at everything, then hear from this moment on.
    filter.since = std::time(nullptr) - 1;
    co_await pause_for(context_.worker, std::chrono::milliseconds(100));
    bool back = false;
    while (!stopping_ && !back) {
      back = co_await reconcile();
      if (!back) co_await pause_for(context_.worker, std::chrono::milliseconds(500));
    }
  }
}

void EngineWatch::stop() {
  stopping_ = true;
  if (watching_) watching_->abort();
}

}  // namespace runtime::supervise
