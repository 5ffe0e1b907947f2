// What must hold of a Space whatever the order of events:
//   1. never two live containers for one replica: at most one serves, at most one is about to, none belongs to nobody; a new
//      version takes one place beside those that serve, whatever the number of replicas;
//   2. once events stop and the engine answers, what is wanted is reached: the newest deployment serves with as many replicas as
//      are wanted, or its failure was told;
//   3. a change of a variable or a secret is never lost, also not while a build of the older one is under way;
//   4. traffic is only ever taken away from a Space that is wanted to run by a crash or because it took too much, never by us else;
//   5. nothing that needs the engine is tried while it is gone, and its absence is nobody's crash;
//   6. rm always ends with nothing;
//   7. nothing is frozen or put to sleep before the gateway holds what comes, and what wakes is let go on before it does.
#include "runtime/supervise/life.hpp"

#include <gtest/gtest.h>

#include "tests/runtime/supervise/life_world.hpp"

namespace runtime::supervise {
namespace {

using test::World;
using namespace std::chrono_literals;

constexpr std::uint64_t orders = 10'000;
constexpr int events = 50;

// Runs `end` behind 10,000 random histories, and stops at the first that goes wrong: its seed and its events are printed.
void after_any_history(const std::function<void(World&)>& end) {
  for (std::uint64_t seed = 1; seed <= orders; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, 1 + seed % 3);
    world.deploy();
    for (int i = 0; i != events; ++i) {
      world.happen();
      world.drive();
    }
    end(world);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Life, reaches_what_is_wanted_once_events_stop) {
  after_any_history([](World& world) {
    world.settle();
    const Stage stage = world.life.stage();
    EXPECT_FALSE(intermediate(stage)) << name(stage) << "\n" << world.trace;
    if (world.life.want() == Want::sleeping) {
      EXPECT_TRUE(world.asleep()) << world.trace;
    } else if (world.life.want() != Want::running) {
      EXPECT_EQ(world.containers(), 0U) << world.trace;
    } else if (world.fell_back()) {
      EXPECT_NE(world.serving(), 0) << "the version before is down too\n" << world.trace;
    } else if (!world.failed()) {
      EXPECT_EQ(stage, Stage::running) << name(stage) << "\n" << world.trace;
      EXPECT_EQ(world.serving(), world.deployment()) << "the newest setting was lost\n" << world.trace;
      EXPECT_EQ(world.serving_count(), world.life.replicas()) << world.trace;
    }
  });
}

TEST(Life, a_restart_mends_everything_whatever_was_before) {
  after_any_history([](World& world) {
    world.restart();
    world.settle();
    EXPECT_EQ(world.life.stage(), Stage::running) << world.trace;
    EXPECT_EQ(world.serving(), world.deployment()) << world.trace;
    EXPECT_EQ(world.containers(), world.life.replicas()) << world.trace;
  });
}

TEST(Life, whoever_waits_for_a_sleeping_space_is_served_whatever_was_before) {
  after_any_history([](World& world) {
    world.restart();
    world.settle();
    world.sleep(Rest::frozen);
    world.settle();
    ASSERT_EQ(world.life.stage(), Stage::sleeping) << world.trace;
    world.wake();
    world.settle();
    EXPECT_EQ(world.life.stage(), Stage::running) << world.trace;
    EXPECT_EQ(world.life.power(), Power::awake) << world.trace;
    EXPECT_EQ(world.serving(), world.deployment()) << world.trace;
  });
}

TEST(Life, a_removal_ends_with_nothing_whatever_was_before) {
  after_any_history([](World& world) {
    world.life.set_want(Want::deleted);
    world.settle();
    EXPECT_TRUE(world.erased) << world.trace;
    EXPECT_EQ(world.containers(), 0U) << world.trace;
    EXPECT_EQ(world.builds(), 0U) << world.trace;
  });
}

TEST(Life, an_interrupted_deployment_leaves_what_served_before_and_that_is_kept_alive) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.deploy();
  const auto build = life.begin_build();

  life.go_back(true);

  EXPECT_EQ(life.stage(), Stage::running);
  EXPECT_FALSE(life.build_ended(build, true)) << "nobody waits for it";
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.serving_ended(0, Life::Time{1h}).kind, Verdict::Kind::again) << "it is the wanted one again";
}

TEST(Life, an_interrupted_start_removes_the_new_container_and_no_other) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.deploy();
  life.build_ended(life.begin_build(), true);
  const auto start = life.begin_start(0);

  life.go_back(true);

  EXPECT_FALSE(life.start_ready(start));
  EXPECT_EQ(life.next_step().action, Action::discard_next);
  life.discard_next(0);
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::running);
}

TEST(Life, an_interrupted_deployment_of_what_does_not_run_starts_the_image_before_it) {
  Life life;
  life.found(Image::built);
  life.deploy();
  life.begin_build();

  life.go_back(true);

  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Life, a_rollback_is_started_without_a_build_and_a_build_under_way_is_not_believed) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.deploy();
  ASSERT_EQ(life.next_step().action, Action::build);
  const auto build = life.begin_build();

  life.roll_back();

  EXPECT_FALSE(life.build_ended(build, true));
  EXPECT_EQ(life.stage(), Stage::running_app_starting) << "what serves goes on";
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Life, a_rollback_that_does_not_start_leaves_what_serves) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.roll_back();
  const auto start = life.begin_start(0);

  EXPECT_EQ(life.start_failed(start, {}).kind, Verdict::Kind::given_up);

  EXPECT_EQ(life.stage(), Stage::running);
  EXPECT_EQ(life.next_step().action, Action::discard_next);
}

TEST(Life, an_interrupted_first_deployment_starts_nothing_by_itself) {
  Life life;
  life.deploy();
  life.build_ended(life.begin_build(), true);
  life.begin_start(0);

  life.go_back(false);
  life.discard_next(0);

  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::build_error);
}

TEST(Life, a_late_back_off_says_nothing_about_a_newer_one) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  const auto first = life.serving_ended(0, Life::Time{1h});
  life.restart();
  ASSERT_EQ(life.next_step().action, Action::start_next);
  life.start_ready(life.begin_start(0));
  life.switch_over(0);
  const auto second = life.serving_ended(0, Life::Time{1h});
  ASSERT_EQ(second.kind, Verdict::Kind::again);

  life.back_off_over(first.ticket);

  EXPECT_EQ(life.next_step().action, Action::nothing);
  life.back_off_over(second.ticket);
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Life, a_space_that_crashes_again_and_again_waits_longer_each_time_and_is_then_left_to_its_owner) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  Life::Time now{1h};
  for (const auto wait : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms}) {
    const auto crash = life.serving_ended(0, now += 1s);
    EXPECT_EQ(crash.kind, Verdict::Kind::again);
    EXPECT_EQ(crash.wait, wait);
    EXPECT_EQ(life.next_step().action, Action::nothing) << "before the pause is over";
    EXPECT_EQ(life.stage(), Stage::app_starting);
    life.back_off_over(crash.ticket);
    ASSERT_EQ(life.next_step().action, Action::start_next);
    ASSERT_TRUE(life.start_ready(life.begin_start(0)));
    life.switch_over(0);
  }
  EXPECT_EQ(life.serving_ended(0, now += 1s).kind, Verdict::Kind::given_up);
  EXPECT_EQ(life.next_step().action, Action::nothing);
  EXPECT_EQ(life.stage(), Stage::runtime_error);

  life.restart();

  EXPECT_EQ(life.next_step().action, Action::start_next);
  life.start_ready(life.begin_start(0));
  life.switch_over(0);
  EXPECT_EQ(life.serving_ended(0, now += 1s).wait, 500ms) << "all is forgiven";
}

TEST(Life, an_engine_that_is_gone_is_no_crash_of_the_space) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.engine(Engine::gone);
  for (unsigned i = 0; i != BackOff::crashes_in_window + 2; ++i) {
    EXPECT_NE(life.serving_ended(0, Life::Time{1h}).kind, Verdict::Kind::given_up);
    EXPECT_EQ(life.next_step().action, Action::nothing);
    EXPECT_EQ(life.start_failed(life.begin_start(0), Life::Time{1h}).kind, Verdict::Kind::put_off);
    life.discard_next(0);
  }
  life.engine(Engine::answers);
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Life, a_build_that_the_engine_took_along_is_built_again) {
  Life life;
  const auto build = life.begin_build();
  life.engine(Engine::gone);
  life.build_lost(build);
  EXPECT_EQ(life.next_step().action, Action::nothing);
  life.engine(Engine::answers);
  EXPECT_EQ(life.next_step().action, Action::build);
}

TEST(Life, a_build_that_nobody_wants_any_more_may_be_lost) {
  Life life;
  const auto before = life.begin_build();
  life.deploy();
  life.build_ended(life.begin_build(), true);
  life.build_lost(before);
  EXPECT_EQ(life.next_step().action, Action::start_next) << "its successor is there";
}

TEST(Life, is_hopeless_once_the_new_version_has_no_image_or_does_not_start) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.deploy();
  EXPECT_FALSE(life.hopeless());
  life.build_ended(life.begin_build(), false);
  EXPECT_TRUE(life.hopeless());
  life.deploy();
  life.build_ended(life.begin_build(), true);
  EXPECT_FALSE(life.hopeless());
  life.start_failed(life.begin_start(0), Life::Time{1h});
  EXPECT_TRUE(life.hopeless());
}

TEST(Life, an_older_container_that_crashes_is_not_counted_against_the_next) {
  Life life;
  life.found(Image::built);
  life.adopt(0, true);
  life.deploy();
  EXPECT_EQ(life.serving_ended(0, Life::Time{1h}).kind, Verdict::Kind::unasked);
  life.build_ended(life.begin_build(), true);
  EXPECT_EQ(life.next_step().action, Action::start_next);
}

TEST(Life, a_change_while_paused_is_built_at_the_wake) {
  Life life;
  life.found(Image::built);
  life.set_want(Want::paused);
  life.deploy();
  EXPECT_EQ(life.next_step().action, Action::nothing);
  life.restart();
  life.set_want(Want::running);
  EXPECT_EQ(life.next_step().action, Action::build);
}

}  // namespace
}  // namespace runtime::supervise
