#include "loadtest/command/background_runs.hpp"

#include <fmt/format.h>

#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "loadtest/command/mistake.hpp"

namespace loadtest::command {

/// One of them. Its thread waits for those of its generator.
class BackgroundRuns::One final : private drive::Watcher {
 public:
  One(const Background& what, std::stop_token stop)
      : what_(what),
        thread_([this](const std::stop_token& end) {
          seen_ = drive::run(what_.plan, this, end);
          begins();
        }),
        told_(std::move(stop), [this] { thread_.request_stop(); }) {}

  /// Until it has begun, or will not.
  void wait() {
    if (begun_.get_future().get() != drive::Ended::unreachable) return;
    throw Mistake(fmt::format("--background: {}", seen_.problem), "is it started, and is that its port?", Exit::unreachable);
  }
  void ask_to_end() { thread_.request_stop(); }
  measure::Result result() {
    thread_.join();
    // It was to go on until now: what it did is over all of that time, and nothing was waited for.
    if (seen_.ended == drive::Ended::stopped) seen_.length += std::exchange(seen_.drained, 0);
    return std::move(results_of(what_.plan, std::move(seen_), what_.about).front());
  }

 private:
  bool look(const drive::Look&) override { return true; }
  void begins() override {
    if (!std::exchange(told_begun_, true)) begun_.set_value(seen_.ended);
  }

  const Background& what_;
  std::promise<drive::Ended> begun_;
  bool told_begun_ = false;
  drive::Run seen_;
  std::jthread thread_;
  std::stop_callback<std::function<void()>> told_;
};

BackgroundRuns::BackgroundRuns(const std::vector<Background>& loads, std::stop_token stop) {
  for (const auto& load : loads) all_.emplace_back(load, stop);
  for (auto& one : all_) one.wait();
}

BackgroundRuns::~BackgroundRuns() {
  for (auto& one : all_) one.ask_to_end();
}

std::vector<measure::Result> BackgroundRuns::end() {
  for (auto& one : all_) one.ask_to_end();
  std::vector<measure::Result> results;
  for (auto& one : all_) results.push_back(one.result());
  all_.clear();
  return results;
}

}  // namespace loadtest::command
