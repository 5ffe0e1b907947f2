#include "runtime/supervise/turns.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "tests/gateway/net/loop.hpp"

namespace runtime::supervise {
namespace {

TEST(Turns, only_so_many_at_once_and_first_come_first_served) {
  gw::net::test::Loop loop;
  Turns turns(2);
  auto one = std::make_unique<Turns::Turn>(turns, loop.worker);
  Turns::Turn two(turns, loop.worker);
  Turns::Turn three(turns, loop.worker);
  Turns::Turn four(turns, loop.worker);
  EXPECT_TRUE(one->take());
  EXPECT_TRUE(two.take());
  EXPECT_TRUE(two.take()) << "it keeps what it has";
  EXPECT_FALSE(three.take());

  one.reset();

  EXPECT_FALSE(four.take()) << "it came later";
  EXPECT_TRUE(three.take());
}

TEST(Turns, whom_somebody_waits_for_comes_before_those_in_the_queue) {
  gw::net::test::Loop loop;
  Turns turns(1);
  auto one = std::make_unique<Turns::Turn>(turns, loop.worker);
  ASSERT_TRUE(one->take());
  Turns::Turn two(turns, loop.worker);
  auto urgent = std::make_unique<Turns::Turn>(turns, loop.worker, Turns::Place::first);
  one.reset();
  EXPECT_FALSE(two.take());
  EXPECT_TRUE(urgent->take());
  urgent.reset();
  EXPECT_TRUE(two.take());
}

TEST(Turns, who_waits_is_told_when_it_is_its_turn) {
  gw::net::test::Loop loop;
  Turns turns(1);
  auto one = std::make_unique<Turns::Turn>(turns, loop.worker);
  ASSERT_TRUE(one->take());
  Turns::Turn two(turns, loop.worker);
  bool done = false;
  auto wait = [&]() -> gw::net::Task<> {
    while (!two.take()) co_await two.wait(std::chrono::hours(1));
    done = true;
  };
  loop.worker.spawn(wait());
  loop.settle();
  EXPECT_FALSE(done);

  one.reset();

  EXPECT_TRUE(loop.until([&] { return done; }));
}

TEST(Turns, who_goes_away_while_waiting_holds_nobody_up) {
  gw::net::test::Loop loop;
  Turns turns(1);
  auto one = std::make_unique<Turns::Turn>(turns, loop.worker);
  ASSERT_TRUE(one->take());
  auto impatient = std::make_unique<Turns::Turn>(turns, loop.worker);
  Turns::Turn three(turns, loop.worker);
  impatient.reset();
  one.reset();
  EXPECT_TRUE(three.take());
}

}  // namespace
}  // namespace runtime::supervise
