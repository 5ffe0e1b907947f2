#pragma once
// A world around a Life: an engine, an owner and time, all without I/O. It performs what the Life decides, as `Space` does, and
// checks after every step what must hold whatever the order of events.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "runtime/supervise/life.hpp"

namespace runtime::supervise::test {

class World {
 public:
  using Ticket = Life::Ticket;
  explicit World(std::uint64_t seed) : random_(seed) {}

  // What the owner says.
  void deploy() {
    deployment_ =
        ++last_deployment_;  // as well a change of a variable or a secret: both are a new deployment of the same folder
    failed_ = false;
    life.deploy();
    life.set_want(Want::running);
  }
  void change_setting() {
    deployment_ = ++last_deployment_;
    failed_ = false;
    life.deploy();
  }
  void restart() {
    failed_ = false;
    life.restart();
    life.set_want(Want::running);
  }

  /// An image of an earlier deployment becomes that of a new one.
  void roll_back() {
    built_ = deployment_ = ++last_deployment_;
    failed_ = false;
    life.roll_back();
    life.set_want(Want::running);
  }

  /// Whoever began the deployment that is under way was interrupted.
  void go_back() {
    if (life.want() != Want::running || !intermediate(life.stage())) return;
    const bool left = serving_ || (built_ != 0 && built_ != deployment_);
    life.go_back(left);
    failed_ = !left;
    if (serving_) built_ = containers_.at(*serving_);
    if (left) deployment_ = built_;
  }

  /// Performs until there is nothing to do.
  void drive() {
    for (int steps = 0; life.next_action() != Action::nothing && !erased; ++steps) {
      ASSERT_LT(steps, 50) << "it goes round in circles\n" << trace;
      perform(life.next_action());
      check();
    }
  }

  /// One thing happens, at random.
  void happen() {
    switch (pick(18)) {
      case 0:
        note("deploy");
        return deploy();
      case 1:
        note("setting");
        return change_setting();
      case 2:
        note("restart");
        return restart();
      case 3:
        note("pause");
        return life.set_want(Want::paused);
      case 4:
        note("sleep");
        return life.set_want(Want::sleeping);
      case 5:
        note("engine");
        return engine(life.engine() == Engine::answers ? Engine::gone : Engine::answers);
      case 6:
        return crash();
      case 7:
      case 8:
        return end_a_build(pick(4) != 0);
      case 9:
        return end_a_back_off();
      case 10:
        note("go-back");
        return go_back();
      case 11:
        note("roll-back");
        return roll_back();
      default:
        return go_on_with_a_start(pick(5) != 0);
    }
  }

  /// Nobody says anything more and all goes well: whatever is under way comes to its end.
  void settle() {
    engine(Engine::answers);
    drive();
    for (int steps = 0; !(builds_.empty() && starts_.empty() && back_offs_.empty()); ++steps) {
      ASSERT_LT(steps, 200) << "it never comes to rest\n" << trace;
      end_a_build(true);
      go_on_with_a_start(true);
      end_a_back_off();
      drive();
    }
  }

  void crash() {
    if (!serving_) return;
    note("crash");
    now_ += std::chrono::seconds(1);
    containers_.erase(*std::exchange(serving_, std::nullopt));
    follow(life.serving_ended(now_));
  }

  void engine(Engine state) { life.engine(state); }
  /// The deployment whose container takes the traffic; 0: none.
  int serving() const { return serving_ ? containers_.at(*serving_) : 0; }
  int deployment() const noexcept { return deployment_; }
  /// Has the newest wish been answered with a failure?
  bool failed() const noexcept { return failed_; }
  std::size_t containers() const noexcept { return containers_.size(); }
  std::size_t builds() const noexcept { return builds_.size(); }

  Life life;
  bool erased = false;
  std::string trace;

 private:
  struct Start {
    int deployment;
    std::optional<int> container;
  };

  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  void note(const std::string& what) { trace += what + " "; }
  template <class Map>
  auto any(Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(pick(map.size())));
  }

  void perform(Action action) {
    note("[" + std::string(name(action)) + "]");
    EXPECT_TRUE(life.engine() == Engine::answers || action == Action::cancel_build) << trace;
    switch (action) {
      case Action::nothing:
        break;
      case Action::build:
        builds_[life.begin_build()] = deployment_;
        break;
      case Action::cancel_build:
        life.cancel_build();
        break;
      case Action::start_next:
        EXPECT_EQ(built_, deployment_) << "the image is not of what is wanted\n" << trace;
        starts_[life.begin_start()] = {built_, std::nullopt};
        break;
      case Action::discard_next:
        life.discard_next();
        if (next_) containers_.erase(*std::exchange(next_, std::nullopt));
        break;
      case Action::switch_over: {
        const auto old = std::exchange(serving_, std::exchange(next_, std::nullopt));
        ASSERT_TRUE(serving_) << "the traffic goes to nobody\n" << trace;
        if (old) containers_.erase(*old);
        life.switch_over();
        break;
      }
      case Action::stop_serving:
        EXPECT_NE(life.want(), Want::running) << "a gap that nobody asked for\n" << trace;
        containers_.erase(*std::exchange(serving_, std::nullopt));
        life.stop_serving();
        break;
      case Action::erase:
        erased = true;
        break;
    }
  }

  // Some container of a Space: the one that serves, the one that shall, and nothing else that nobody looks after.
  void check() {
    EXPECT_LE(containers_.size(), 2U) << trace;
    for (const auto& [container, of] : containers_) {
      EXPECT_TRUE(serving_ == container || next_ == container) << "a container of nobody\n" << trace;
    }
    EXPECT_EQ(life.observed().serving != Serving::none, serving_.has_value()) << trace;
    std::size_t wanted = 0;
    for (const auto& [ticket, of] : builds_) wanted += life.build_wanted(ticket) ? 1 : 0;
    EXPECT_LE(wanted, 1U) << trace;
  }

  void end_a_build(bool good) {
    if (builds_.empty()) return;
    const auto [ticket, of] = *any(builds_);
    builds_.erase(ticket);
    note(good ? "built" : "build-failed");
    if (!life.build_ended(ticket, good)) return;
    EXPECT_EQ(of, deployment_) << "a build of something older was believed\n" << trace;
    built_ = of;
    failed_ = failed_ || !good;
  }

  // A start has three steps: the container is created, then it answers or fails.
  void go_on_with_a_start(bool good) {
    if (starts_.empty()) return;
    const auto found = any(starts_);
    const auto [ticket, start] = *found;
    if (!start.container && life.start_wanted(ticket) && good) {
      note("created");
      found->second.container = ++last_container_;
      EXPECT_FALSE(next_) << "a second container beside the serving one\n" << trace;
      containers_[last_container_] = start.deployment;
      next_ = last_container_;
      return;
    }
    starts_.erase(found);
    now_ += std::chrono::seconds(1);
    note(good ? "ready" : "start-failed");
    if (good && start.container)
      life.start_ready(ticket);
    else
      follow(life.start_failed(ticket, now_));
  }

  void follow(const Verdict& verdict) {
    if (verdict.kind == Verdict::Kind::again) back_offs_.insert(verdict.ticket);
    if (verdict.kind == Verdict::Kind::given_up) failed_ = true;
  }

  void end_a_back_off() {
    if (back_offs_.empty()) return;
    const auto ticket = *any(back_offs_);
    back_offs_.erase(ticket);
    note("back-off-over");
    life.back_off_over(ticket);
  }

  std::mt19937_64 random_;
  Life::Time now_{std::chrono::hours(1)};
  int last_deployment_ = 0;
  int deployment_ = 0;  ///< the wanted one
  int built_ = 0;       ///< the deployment of the image that the Life was told of
  bool failed_ = false;
  int last_container_ = 0;
  std::map<int, int> containers_;  ///< what runs in the engine: number and deployment
  std::optional<int> next_;
  std::optional<int> serving_;
  std::map<Ticket, int> builds_;
  std::map<Ticket, Start> starts_;
  std::set<Ticket> back_offs_;
};

}  // namespace runtime::supervise::test
