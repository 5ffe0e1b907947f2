// Who has taken too much of the disk, as the life of a Space sees it. Random histories with evictions are in life_test.
#include <gtest/gtest.h>

#include "runtime/supervise/life.hpp"

namespace runtime::supervise {
namespace {

using namespace std::chrono_literals;

TEST(Eviction, what_took_too_much_is_not_started_again_until_its_owner_says_so) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);

  EXPECT_TRUE(life.evicted(0, true));

  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::runtime_error);
  life.restart();
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Eviction, what_takes_too_much_before_it_serves_is_removed_and_not_tried_again) {
  Life life;
  life.found(Image::built);
  life.set_replicas(2);
  const auto start = life.begin_start(0);

  EXPECT_TRUE(life.evicted(0, false));

  EXPECT_FALSE(life.start_ready(start)) << "its start is not waited for any more";
  EXPECT_EQ(life.next_step().action, Action::discard_next);
  life.discard_next(0);
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::runtime_error);
}

TEST(Eviction, an_older_container_that_took_too_much_does_not_stop_the_next) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.deploy();
  EXPECT_FALSE(life.evicted(0, true));
  life.build_ended(life.begin_build(), true);
  EXPECT_EQ(life.next_step().action, Action::start_next);

  life.begin_start(0);
  life.restart();
  EXPECT_FALSE(life.evicted(0, false)) << "it fulfils an older wish, and is on its way out";
  life.discard_next(0);
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Eviction, no_back_off_brings_back_what_took_too_much) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  const auto crash = life.serving_ended(0, Life::Time{1h});
  life.back_off_over(crash.ticket);
  life.start_ready(life.begin_start(0));
  life.switch_over(0);
  const auto second = life.serving_ended(0, Life::Time{1h});
  life.begin_start(0);
  life.evicted(0, false);
  life.discard_next(0);

  life.back_off_over(second.ticket);

  EXPECT_EQ(life.next_step().action, Action::nothing);
}

TEST(Eviction, the_other_replicas_of_what_took_too_much_serve_on) {
  Life life;
  life.found(Image::built);
  life.set_replicas(2);
  life.adopt(0, true);
  life.adopt(1, true);

  EXPECT_TRUE(life.evicted(0, true));

  EXPECT_EQ(life.next_step().action, Action::nothing) << "it is not started again";
  EXPECT_EQ(life.stage(), Stage::running);
  EXPECT_TRUE(life.evicted(1, true));
  EXPECT_EQ(life.stage(), Stage::runtime_error);
}

}  // namespace
}  // namespace runtime::supervise
