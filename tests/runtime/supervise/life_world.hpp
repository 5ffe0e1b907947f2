#pragma once
// A world around a Life: an engine, an owner and time, all without I/O. It performs what the Life decides, as `Space` does, and
// checks after every step what must hold whatever the order of events.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/supervise/life.hpp"

namespace runtime::supervise::test {

class World {
 public:
  using Ticket = Life::Ticket;
  explicit World(std::uint64_t seed, std::size_t replicas = 1) : random_(seed) { scale(replicas); }

  // What the owner says.
  void deploy() {
    deployment_ =
        ++last_deployment_;  // as well a change of a variable or a secret: both are a new deployment of the same folder
    failed_ = fallen_back_ = false;
    life.deploy();
    life.set_want(Want::running);
  }
  void change_setting() {
    deployment_ = ++last_deployment_;
    failed_ = fallen_back_ = false;
    life.deploy();
  }
  void restart() {
    failed_ = fallen_back_ = false;
    life.restart();
    life.set_want(Want::running);
  }

  void scale(std::size_t replicas) {
    life.set_replicas(replicas);
    if (slots_.size() < life.slots()) slots_.resize(life.slots());
  }
  /// Whoever waits behind the gateway, or the owner: what sleeps goes on.
  void wake() {
    if (life.want() == Want::sleeping) life.set_want(Want::running);
  }
  void sleep(Rest rest) {
    life.set_rest(rest);
    life.set_want(Want::sleeping);
  }
  /// An image of an earlier deployment becomes that of a new one.
  void roll_back() {
    built_ = deployment_ = ++last_deployment_;
    failed_ = fallen_back_ = false;
    life.roll_back();
    life.set_want(Want::running);
  }

  /// Whoever began the deployment that is under way was interrupted.
  void go_back() {
    if (fallen_back_) return;  // what starts anew is nobody's deployment
    // What has begun to serve is not given up: there is nothing to go back to as a whole.
    for (const auto& slot : slots_)
      if (slot.serving && containers_.at(*slot.serving) == deployment_) return;
    if (life.want() != Want::running || !intermediate(life.stage())) return;
    std::optional<int> serves;
    for (const auto& slot : slots_)
      if (slot.serving && !serves) serves = containers_.at(*slot.serving);
    const bool left = serves || (built_ != 0 && built_ != deployment_);
    life.go_back(left);
    failed_ = !left;
    if (serves) built_ = *serves;
    if (left) deployment_ = built_;
  }

  /// Performs until there is nothing to do.
  void drive() {
    for (int steps = 0; life.next_step().action != Action::nothing && !erased; ++steps) {
      ASSERT_LT(steps, 100) << "it goes round in circles\n" << trace;
      perform(life.next_step());
      check();
    }
    check();
  }

  /// One thing happens, at random.
  void happen() {
    switch (pick(23)) {
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
        return sleep(pick(2) == 0 ? Rest::frozen : Rest::stopped);
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
      case 12:
        note("wake");
        return wake();
      case 13:
        note("scale");
        return scale(1 + pick(3));
      case 14:
        note("crowd");
        crowded_ = !crowded_;
        return;
      case 15:
        return evict();
      case 16:
        note("roll-back");
        return roll_back();
      default:
        return go_on_with_a_start(pick(5) != 0);
    }
  }

  /// Nobody says anything more and all goes well: whatever is under way comes to its end.
  void settle() {
    engine(Engine::answers);
    crowded_ = false;
    drive();
    for (int steps = 0; !(builds_.empty() && starts_.empty() && back_offs_.empty()); ++steps) {
      ASSERT_LT(steps, 200) << "it never comes to rest\n" << trace;
      end_a_build(true);
      go_on_with_a_start(true);
      end_a_back_off();
      drive();
    }
  }

  // What was to follow the version that serves has failed: it is the wanted one again.
  void fall_back(int serves) {
    if (!life.hopeless() || serves == deployment_) return;
    life.go_back(true);
    built_ = deployment_ = serves;
    fallen_back_ = true;
  }

  void crash() {
    const auto slot = pick(slots_.size());
    if (!slots_[slot].serving) return;
    note("crash" + std::to_string(slot));
    now_ += std::chrono::seconds(1);
    fall_back(containers_.at(*slots_[slot].serving));
    remove(slots_[slot].serving);
    follow(life.serving_ended(slot, now_));
    if (serving_count() == 0) held_ = false;
  }

  /// One of its containers has taken too much. Ended is the one that serves; the one that starts is left to be discarded.
  void evict() {
    const auto number = pick(slots_.size());
    Slot& slot = slots_[number];
    const bool serving = slot.serving && (!slot.next || pick(2) == 0);
    if (!serving && !slot.next) return;
    note((serving ? "evict" : "evict-next") + std::to_string(number));
    if (serving) fall_back(containers_.at(*slot.serving));
    if (serving) remove(slot.serving);
    if (life.evicted(number, serving)) {
      failed_ = true;
      fallen_back_ = false;
    }
    if (serving_count() == 0) held_ = false;
  }

  void engine(Engine state) { life.engine(state); }
  /// How many replicas take the traffic.
  std::size_t serving_count() const {
    return static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), [](const auto& slot) { return slot.serving; }));
  }
  /// The deployment whose containers take the traffic; 0: none; -1: more than one.
  int serving() const {
    std::set<int> all;
    for (const auto& slot : slots_)
      if (slot.serving) all.insert(containers_.at(*slot.serving));
    return all.empty() ? 0 : all.size() == 1 ? *all.begin() : -1;
  }
  /// Every one that serves is frozen, and the gateway holds what comes.
  bool asleep() const { return serving_count() == 0 || (held_ && frozen_.size() == containers_.size()); }
  int deployment() const noexcept { return deployment_; }
  /// Must the version before the failed one serve now?
  bool fell_back() const noexcept { return fallen_back_; }
  /// Has the newest wish been answered with a failure?
  bool failed() const noexcept { return failed_; }
  std::size_t containers() const noexcept { return containers_.size(); }
  std::size_t builds() const noexcept { return builds_.size(); }

  Life life;
  bool erased = false;
  std::string trace;

 private:
  struct Start {
    std::size_t slot;
    int deployment;
    std::optional<int> container;
  };
  struct Slot {
    std::optional<int> next;
    std::optional<int> serving;
  };

  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  void note(const std::string& what) { trace += what + " "; }
  template <class Map>
  auto any(Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(pick(map.size())));
  }

  void remove(std::optional<int>& container) {
    containers_.erase(*container);
    frozen_.erase(*container);
    container.reset();
  }

  void perform(Step step) {
    note("[" + std::string(name(step.action)) + std::to_string(step.slot) + "]");
    EXPECT_TRUE(life.engine() == Engine::answers || step.action == Action::cancel_build) << trace;
    Slot& slot = slots_[step.slot];
    switch (step.action) {
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
        starts_[life.begin_start(step.slot)] = {step.slot, built_, std::nullopt};
        break;
      case Action::discard_next:
        life.discard_next(step.slot);
        if (slot.next) remove(slot.next);
        break;
      case Action::switch_over: {
        auto old = std::exchange(slot.serving, std::exchange(slot.next, std::nullopt));
        ASSERT_TRUE(slot.serving) << "the traffic goes to nobody\n" << trace;
        if (old) remove(old);
        life.switch_over(step.slot);
        break;
      }
      case Action::stop_serving:
        EXPECT_TRUE(life.want() != Want::running || serving_count() > 1) << "a gap that nobody asked for\n" << trace;
        EXPECT_TRUE(life.want() != Want::sleeping || held_) << "a request may be under way\n" << trace;
        remove(slot.serving);
        life.stop_serving(step.slot);
        if (serving_count() == 0) held_ = false;
        break;
      default:
        rest(step.action);
    }
  }

  void rest(Action action) {
    switch (action) {
      case Action::quiesce:
        held_ = !crowded_;
        if (held_)
          life.quiesced();
        else
          life.busy();
        break;
      case Action::freeze:
        EXPECT_TRUE(held_) << "a request would hang\n" << trace;
        if (pick(8) == 0) return life.cannot_freeze();
        for (const auto& slot : slots_)
          if (slot.serving) frozen_.insert(*slot.serving);
        life.froze();
        break;
      case Action::wake:
        frozen_.clear();
        held_ = false;
        life.woke();
        break;
      case Action::erase:
        erased = true;
        break;
      default:
        FAIL() << "unknown";
    }
  }

  // A slot has the container that serves, the one that shall, and there is nothing else that nobody looks after.
  void check() {
    std::set<int> known;
    std::size_t surge = 0;
    for (const auto& slot : slots_) {
      if (slot.serving) known.insert(*slot.serving);
      if (slot.next) known.insert(*slot.next);
      surge += slot.next && slot.serving ? 1 : 0;
    }
    EXPECT_LE(surge, 1U) << "more than one beside those that serve\n" << trace;
    for (const auto& [container, of] : containers_)
      EXPECT_TRUE(known.contains(container)) << "a container of nobody\n" << trace;
    EXPECT_EQ(life.observed().serving != Serving::none, serving_count() != 0) << trace;
    EXPECT_TRUE(frozen_.empty() || held_) << "requests reach what is frozen\n" << trace;
    std::size_t wanted = 0;
    for (const auto& [ticket, of] : builds_) wanted += life.build_wanted(ticket) ? 1 : 0;
    EXPECT_LE(wanted, 1U) << trace;
  }

  void end_a_build(bool good) {
    if (builds_.empty()) return;
    const auto [ticket, of] = *any(builds_);
    builds_.erase(ticket);
    note(good ? "built" : "build-failed");
    if (!good && life.engine() == Engine::gone) return life.build_lost(ticket);
    if (!life.build_ended(ticket, good)) return;
    EXPECT_EQ(of, deployment_) << "a build of something older was believed\n" << trace;
    if (good) built_ = of;
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
      EXPECT_FALSE(slots_[start.slot].next) << "a second container beside the serving one\n" << trace;
      containers_[last_container_] = start.deployment;
      slots_[start.slot].next = last_container_;
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
    if (verdict.kind == Verdict::Kind::given_up) fallen_back_ = false;
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
  bool fallen_back_ = false;  ///< the version before serves again, and its crashes are its own
  int last_container_ = 0;
  std::map<int, int> containers_;  ///< what runs in the engine: number and deployment
  std::set<int> frozen_;
  std::vector<Slot> slots_{1};
  bool held_ = false;     ///< the gateway holds new requests
  bool crowded_ = false;  ///< visitors are being served at every moment
  std::map<Ticket, int> builds_;
  std::map<Ticket, Start> starts_;
  std::set<Ticket> back_offs_;
};

}  // namespace runtime::supervise::test
