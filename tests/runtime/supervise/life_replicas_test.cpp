// Several replicas, and their sleep. What holds in any order of events: life_test.cpp.
#include <gtest/gtest.h>

#include "runtime/supervise/life.hpp"

namespace runtime::supervise {
namespace {

using namespace std::chrono_literals;

// Three replicas of a version that serves.
Life three() {
  Life life;
  life.set_replicas(3);
  life.found(Image::built);
  for (std::size_t slot = 0; slot != 3; ++slot) life.adopt(slot, true);
  return life;
}

TEST(Life, a_new_version_takes_the_place_of_one_replica_after_the_other) {
  Life life = three();
  life.restart();
  for (std::size_t slot = 0; slot != 3; ++slot) {
    ASSERT_EQ(life.next_step().action, Action::start_next);
    ASSERT_EQ(life.next_step().slot, slot);
    const auto start = life.begin_start(slot);
    EXPECT_EQ(life.next_step().action, Action::nothing) << "one at a time";
    EXPECT_EQ(life.stage(), Stage::running_app_starting);
    ASSERT_TRUE(life.start_ready(start));
    ASSERT_EQ(life.next_step().action, Action::switch_over);
    life.switch_over(slot);
  }
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::running);
}

TEST(Life, a_version_that_does_not_start_is_tried_in_one_place_only) {
  Life life = three();
  life.restart();
  EXPECT_EQ(life.start_failed(life.begin_start(0), Life::Time{1h}).kind, Verdict::Kind::given_up);
  ASSERT_EQ(life.next_step().action, Action::discard_next);
  life.discard_next(0);

  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::running) << "the version before serves";
}

TEST(Life, a_first_version_is_tried_in_one_place_until_it_answers) {
  Life life;
  life.set_replicas(3);
  life.found(Image::built);
  const auto start = life.begin_start(0);
  EXPECT_EQ(life.next_step().action, Action::nothing) << "three that do not start are told once";
  ASSERT_TRUE(life.start_ready(start));
  EXPECT_EQ(life.next_step().action, Action::switch_over);
  life.switch_over(0);
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Life, replicas_that_do_not_come_up_are_not_waited_for_for_ever) {
  Life life = three();
  life.restart();
  ASSERT_TRUE(life.start_ready(life.begin_start(0)));
  life.switch_over(0);
  for (const std::size_t slot : {1U, 2U}) {
    Verdict verdict;
    for (unsigned i = 0; i <= BackOff::crashes_in_window && verdict.kind != Verdict::Kind::given_up; ++i) {
      verdict = life.start_failed(life.begin_start(slot), Life::Time{1h});
      life.discard_next(slot);
      life.back_off_over(verdict.ticket);
    }
    ASSERT_EQ(verdict.kind, Verdict::Kind::given_up);
  }
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::running) << "one of the new version serves beside two of the one before";
}

TEST(Life, all_replicas_of_a_version_that_is_known_start_side_by_side) {
  Life life;
  life.set_replicas(3);
  life.found(Image::built);
  life.start_ready(life.begin_start(0));
  life.switch_over(0);

  EXPECT_EQ(life.next_step().slot, 1U);
  life.begin_start(1);
  EXPECT_EQ(life.next_step().action, Action::start_next);
  EXPECT_EQ(life.next_step().slot, 2U);
  EXPECT_EQ(life.stage(), Stage::running) << "one of them serves";
}

TEST(Life, fewer_replicas_leave_those_that_are_wanted) {
  Life life = three();
  life.set_replicas(1);
  EXPECT_EQ(life.next_step().action, Action::stop_serving);
  EXPECT_EQ(life.next_step().slot, 1U);
  life.stop_serving(1);
  life.stop_serving(2);
  EXPECT_EQ(life.next_step().action, Action::nothing);
}

TEST(Life, a_replica_too_many_stays_while_it_is_the_only_one) {
  Life life = three();
  life.set_replicas(1);
  life.serving_ended(0, Life::Time{1h});
  EXPECT_EQ(life.next_step().action, Action::nothing) << "the back-off of the first; the others serve";
}

TEST(Life, falls_asleep_behind_a_gateway_that_holds) {
  Life life = three();
  life.set_want(Want::sleeping);
  ASSERT_EQ(life.next_step().action, Action::quiesce);
  life.quiesced();
  ASSERT_EQ(life.next_step().action, Action::freeze);
  life.froze();
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::sleeping);

  life.set_rest(Rest::stopped);
  EXPECT_EQ(life.next_step().action, Action::stop_serving);
}

TEST(Life, replicas_of_which_some_are_frozen_are_let_go_on_behind_the_gateway) {
  Life life;
  life.set_replicas(2);
  life.found(Image::built);
  life.adopt(0, true, true);
  EXPECT_EQ(life.power(), Power::frozen);
  life.adopt(1, true, false);
  EXPECT_EQ(life.power(), Power::quiet) << "we died between the two; the gateway had been asked before the first";
}

TEST(Life, a_space_that_is_busy_stays_awake) {
  Life life = three();
  life.set_want(Want::sleeping);
  life.busy();
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::running);
}

TEST(Life, a_wake_comes_before_everything_else) {
  Life life = three();
  life.set_want(Want::sleeping);
  life.quiesced();
  life.froze();
  life.deploy();
  EXPECT_EQ(life.next_step().action, Action::nothing) << "a change does not wake it";

  life.set_want(Want::running);
  ASSERT_EQ(life.next_step().action, Action::wake);
  life.woke();
  EXPECT_EQ(life.next_step().action, Action::build) << "behind the version that serves";
}

TEST(Life, what_died_while_frozen_is_started_at_the_wake) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.set_want(Want::sleeping);
  life.quiesced();
  life.froze();
  const auto verdict = life.serving_ended(0, Life::Time{1h});
  EXPECT_EQ(life.power(), Power::awake) << "there is nothing that could be frozen";
  life.back_off_over(verdict.ticket);
  life.set_want(Want::running);
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

}  // namespace
}  // namespace runtime::supervise
