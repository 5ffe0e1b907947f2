#include "gateway/net/task.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "gateway/net/completion.hpp"
#include "gateway/net/frame_pool.hpp"
#include "gateway/net/timer.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {
namespace {

/// Begins a task inside the call, as `Worker` does with those that nobody awaits.
Detached begin(Task<> task) { co_await std::move(task); }

Task<int> add(int a, int b) { co_return a + b; }

Task<int> wait_and_add(Waiter& waiter, int a, int b) {
  co_await waiter.wait();
  co_return co_await add(a, b);
}

Task<> put(Task<int> task, int& into) { into = co_await std::move(task); }

TEST(Task, one_that_need_not_wait_is_over_when_its_caller_goes_on) {
  int sum = 0;
  begin(put(add(1, 2), sum));
  EXPECT_EQ(sum, 3);
}

TEST(Task, does_not_begin_before_it_is_awaited) {
  bool begun = false;
  const auto mark = [&begun]() -> Task<> {
    begun = true;
    co_return;
  };
  auto task = mark();
  EXPECT_FALSE(begun);
  begin(std::move(task));
  EXPECT_TRUE(begun);
}

TEST(Task, a_chain_that_waits_goes_on_inside_the_call_that_notifies) {
  Waiter waiter;
  int sum = 0;
  begin(put(wait_and_add(waiter, 3, 4), sum));
  EXPECT_EQ(sum, 0);
  ASSERT_TRUE(waiter.waiting());
  waiter.notify();
  EXPECT_EQ(sum, 7);
  EXPECT_FALSE(waiter.waiting());
  waiter.notify();  // nobody waits: nothing
}

TEST(Task, may_be_its_result_without_a_coroutine) {
  Task<int> ready = 5;
  ASSERT_TRUE(ready.ready());
  int value = 0;
  begin(put(std::move(ready), value));
  EXPECT_EQ(value, 5);
  EXPECT_FALSE(add(1, 1).ready());
}

TEST(Task, exceptions_go_to_whoever_awaits_also_behind_a_wait) {
  Waiter waiter;
  const auto fail = [&waiter](bool wait) -> Task<int> {
    if (wait) co_await waiter.wait();
    throw std::runtime_error("no");
  };
  std::string caught;
  const auto run = [&](bool wait) -> Task<> {
    try {
      co_await fail(wait);
    } catch (const std::runtime_error& error) {
      caught += error.what();
    }
  };
  begin(run(false));
  EXPECT_EQ(caught, "no");
  begin(run(true));
  waiter.notify();
  EXPECT_EQ(caught, "nono");
}

// What an idle connection's coroutines hold must go when what they wait for goes.
TEST(Task, who_is_never_resumed_is_destroyed_with_all_that_await_it) {
  const auto held = std::make_shared<int>(1);
  auto waiter = std::make_unique<Waiter>();
  const auto inner = [&waiter](std::shared_ptr<int> mine) -> Task<int> {
    co_await waiter->wait();
    co_return *mine;
  };
  const auto outer = [&inner](std::shared_ptr<int> mine) -> Task<> { co_await inner(std::move(mine)); };
  begin(outer(held));
  EXPECT_GT(held.use_count(), 1);
  waiter.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, one_that_nobody_awaits_lets_go_of_its_arguments) {
  const auto held = std::make_shared<int>(1);
  {
    const auto hold = [](std::shared_ptr<int>) -> Task<> { co_return; };
    const auto task = hold(held);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, a_loop_of_awaits_does_not_use_up_the_stack) {
  constexpr int many = 200'000;
  int sum = 0;
  Waiter waiter;
  const auto loop = [&]() -> Task<> {
    for (int i = 0; i != many; ++i) sum = co_await add(sum, 1);
    for (int i = 0; i != many; ++i) sum = co_await wait_and_add(waiter, sum, 1);
  };
  begin(loop());
  while (waiter.waiting()) waiter.notify();
  EXPECT_EQ(sum, 2 * many);
}

TEST(Task, who_is_resumed_may_destroy_what_it_waited_for) {
  auto waiter = std::make_unique<Waiter>();
  bool over = false;
  const auto run = [&]() -> Task<> {
    co_await waiter->wait();
    waiter.reset();
    over = true;
  };
  begin(run());
  waiter->notify();
  EXPECT_TRUE(over);
}

TEST(Task, a_timer_says_whether_its_time_has_come) {
  Worker worker;
  Timer timer(worker);
  std::string heard;
  const auto run = [&]() -> Task<> {
    heard += co_await timer.wait(Duration(1)) ? "time " : "cancelled ";
    heard += co_await timer.wait(Duration(60'000)) ? "time" : "cancelled";
    worker.stop();
  };
  const auto cancel = [&]() -> Task<> {
    Timer soon(worker);
    while (heard.empty()) co_await soon.wait(Duration(1));
    timer.cancel();
  };
  worker.spawn(run());
  worker.spawn(cancel());
  worker.run();
  EXPECT_EQ(heard, "time cancelled");
}

TEST(Task, whoever_waits_for_a_timer_goes_with_the_worker) {
  const auto held = std::make_shared<int>(1);
  {
    Worker worker;
    const auto run = [](Worker& on, std::shared_ptr<int>) -> Task<> {
      Timer timer(on);
      co_await timer.wait(Duration(60'000));
    };
    worker.spawn(run(worker, held));
    worker.run_ready();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(FramePool, what_was_given_back_is_taken_again) {
  void* const first = take_frame(200);
  give_back_frame(first, 200);
  void* const again = take_frame(193);  // the same class of sizes
  // AddressSanitizer has the heap's, and sees who uses one that was given back.
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_EQ(again, first);
#endif
  void* const other = take_frame(200);
  EXPECT_NE(other, again);
  give_back_frame(again, 193);
  give_back_frame(other, 200);
  // Beyond the largest class: the heap's.
  give_back_frame(take_frame(100'000), 100'000);
}

}  // namespace
}  // namespace gw::net
