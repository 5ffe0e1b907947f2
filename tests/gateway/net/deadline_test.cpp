#include "gateway/net/deadline.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gateway/net/waiter.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

using test::Loop;

// Two ticks, and some air for a busy machine.
constexpr Duration late{300};

class Bell final : public Deadline {
 public:
  explicit Bell(Loop& loop) : Deadline(loop.worker.deadlines()) {}
  int rung = 0;
  Clock::time_point at;
  std::function<void()> then;

 private:
  void expired() noexcept override {
    ++rung;
    at = Clock::now();
    if (then) then();
  }
};

void expect_on_time(const Bell& bell, Clock::time_point due) {
  EXPECT_EQ(1, bell.rung);
  EXPECT_GE(bell.at, due);
  EXPECT_LE(bell.at, due + late);
}

TEST(Deadline, is_never_early_and_hardly_late) {
  Loop loop;
  for (const int in : {1, 50, 100, 150, 200, 350}) {
    Bell bell(loop);
    const auto due = Clock::now() + Duration(in);
    bell.expires_in(Duration(in));
    ASSERT_TRUE(loop.until([&] { return bell.rung != 0; }));
    expect_on_time(bell, due);
    EXPECT_FALSE(bell.armed());
  }
}

TEST(Deadline, put_off_counts_from_the_last_call) {
  Loop loop;
  // Whatever the phase between the calls and the ticks.
  for (const int pause : {10, 110, 195, 205, 250, 290, 299}) {
    Bell bell(loop);
    bell.expires_in(Duration(300));
    const auto again = Clock::now() + Duration(pause);
    loop.until([&] { return Clock::now() >= again; });
    bell.expires_in(Duration(300));
    const auto due = Clock::now() + Duration(300);
    ASSERT_TRUE(loop.until([&] { return bell.rung != 0; }));
    EXPECT_GE(bell.at, due - std::chrono::milliseconds(1)) << pause;
    EXPECT_LE(bell.at, due + late) << pause;
  }
}

TEST(Deadline, can_be_brought_forward) {
  Loop loop;
  Bell bell(loop);
  bell.expires_in(Duration(60'000));
  bell.expires_in(Duration(100));
  const auto due = Clock::now() + Duration(99);
  ASSERT_TRUE(loop.until([&] { return bell.rung != 0; }));
  expect_on_time(bell, due);
}

TEST(Deadline, cleared_does_not_fire) {
  Loop loop;
  Bell cleared(loop);
  Bell other(loop);
  cleared.expires_in(Duration(50));
  other.expires_in(Duration(300));
  cleared.clear();
  EXPECT_FALSE(cleared.armed());
  ASSERT_TRUE(loop.until([&] { return other.rung != 0; }));
  EXPECT_EQ(0, cleared.rung);
}

TEST(Deadline, fires_once_and_can_be_armed_again_from_its_own_call) {
  Loop loop;
  Bell bell(loop);
  bell.then = [&] {
    if (bell.rung == 1) bell.expires_in(Duration(50));
  };
  bell.expires_in(Duration(50));
  ASSERT_TRUE(loop.until([&] { return bell.rung == 2; }));
  Bell other(loop);
  other.expires_in(Duration(300));
  ASSERT_TRUE(loop.until([&] { return other.rung != 0; }));
  EXPECT_EQ(2, bell.rung);
}

TEST(Deadline, may_be_destroyed_while_it_is_linked) {
  Loop loop;
  auto gone = std::make_unique<Bell>(loop);
  Bell other(loop);
  gone->expires_in(Duration(50));
  other.expires_in(Duration(200));
  gone.reset();
  EXPECT_TRUE(loop.until([&] { return other.rung != 0; }));
}

TEST(Deadline, may_destroy_another_one_that_is_due_at_the_same_tick) {
  Loop loop;
  Bell first(loop);
  auto second = std::make_unique<Bell>(loop);
  auto third = std::make_unique<Bell>(loop);
  first.then = [&] {
    second.reset();
    third.reset();
  };
  first.expires_in(Duration(100));
  second->expires_in(Duration(100));
  third->expires_in(Duration(100));
  EXPECT_TRUE(loop.until([&] { return first.rung != 0; }));
  EXPECT_EQ(nullptr, second);
}

TEST(Deadline, beyond_the_wheel_is_kept) {
  Loop loop;
  Bell far(loop);
  Bell near(loop);
  far.expires_in(std::chrono::hours(24));
  near.expires_in(Duration(250));
  ASSERT_TRUE(loop.until([&] { return near.rung != 0; }));
  EXPECT_EQ(0, far.rung);
  EXPECT_TRUE(far.armed());
}

TEST(Deadline, is_on_time_when_the_loop_was_not_turned_for_a_while) {
  Loop loop;
  Bell before(loop);
  before.expires_in(Duration(50));
  const auto busy = Clock::now() + Duration(350);
  while (Clock::now() < busy) {
  }
  ASSERT_TRUE(loop.until([&] { return before.rung != 0; }));
  Bell after(loop);
  const auto due = Clock::now() + Duration(100);
  after.expires_in(Duration(100));
  ASSERT_TRUE(loop.until([&] { return after.rung != 0; }));
  expect_on_time(after, due);
}

Task<> wait_twice(Waiter& waiter, int& woken) {
  co_await waiter.wait();
  ++woken;
  co_await waiter.wait();
  ++woken;
}

TEST(Waiter, is_resumed_inside_notify) {
  Loop loop;
  Waiter waiter;
  int woken = 0;
  waiter.notify();  // nobody waits: nothing
  loop.worker.spawn(wait_twice(waiter, woken));
  loop.settle();
  EXPECT_TRUE(waiter.waiting());
  EXPECT_EQ(0, woken);
  waiter.notify();
  EXPECT_EQ(1, woken);
  EXPECT_TRUE(waiter.waiting());
  waiter.notify();
  EXPECT_EQ(2, woken);
  EXPECT_FALSE(waiter.waiting());
  waiter.notify();
}

TEST(Waiter, may_be_gone_when_notify_returns) {
  Loop loop;
  auto waiter = std::make_unique<Waiter>();
  auto wait = [&]() -> Task<> {
    co_await waiter->wait();
    waiter.reset();
  };
  loop.worker.spawn(wait());
  loop.settle();
  waiter->notify();
  EXPECT_EQ(nullptr, waiter);
}

TEST(Waiter, takes_a_coroutine_that_nobody_resumes_with_it) {
  Loop loop;
  const auto token = std::make_shared<int>(0);
  {
    Waiter waiter;
    auto wait = [&](std::shared_ptr<int> held) -> Task<> {
      co_await waiter.wait();
      *held = 1;
    };
    loop.worker.spawn(wait(token));
    loop.settle();
    EXPECT_EQ(2, token.use_count());
  }
  loop.settle();
  EXPECT_EQ(1, token.use_count());
  EXPECT_EQ(0, *token);
}

}  // namespace
}  // namespace gw::net
