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

TEST(Turns, who_waits_knows_how_many_are_before_it) {
  gw::net::test::Loop loop;
  Turns turns(2);
  auto one = std::make_unique<Turns::Turn>(turns, loop.worker);
  auto two = std::make_unique<Turns::Turn>(turns, loop.worker);
  ASSERT_TRUE(one->take() && two->take());
  Turns::Turn three(turns, loop.worker);
  Turns::Turn four(turns, loop.worker);
  EXPECT_EQ(one->ahead(), 0U);
  EXPECT_EQ(three.ahead(), 2U);
  EXPECT_EQ(four.ahead(), 3U);

  one.reset();

  EXPECT_EQ(three.ahead(), 0U) << "it may go";
  EXPECT_EQ(four.ahead(), 2U);
  ASSERT_TRUE(three.take());
  EXPECT_EQ(four.ahead(), 2U);
}

TEST(Turns, nobody_begins_during_a_halt_and_who_waited_is_told_of_its_end) {
  gw::net::test::Loop loop;
  Turns turns(1);
  EXPECT_TRUE(turns.idle());
  auto halt = std::make_unique<Turns::Halt>(turns);
  EXPECT_TRUE(turns.halted());
  bool done = false;
  auto wait = [&]() -> gw::net::Task<> {
    Turns::Turn turn(turns, loop.worker);
    while (!turn.take()) co_await turn.wait(std::chrono::hours(1));
    EXPECT_FALSE(turns.idle());
    done = true;
  };
  loop.worker.spawn(wait());
  loop.settle();
  EXPECT_FALSE(done);
  EXPECT_FALSE(turns.idle()) << "somebody waits";

  halt.reset();

  EXPECT_TRUE(loop.until([&] { return done; }));
  EXPECT_TRUE(turns.idle());
}

}  // namespace
}  // namespace runtime::supervise
