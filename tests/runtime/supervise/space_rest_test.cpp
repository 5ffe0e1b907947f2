// A Space that goes to sleep and wakes, as its owner, its visitors and the gateway see it.
#include "tests/runtime/supervise/space_scene.hpp"

namespace runtime::supervise {
namespace {

using SpaceRest = test::SpaceScene;

TEST_F(SpaceRest, one_that_wakes_is_awaited_until_it_is_awake) {
  make_running();
  drive();
  space_->sleep(Rest::frozen);
  ASSERT_TRUE(loop_.until([this] { return space_->frozen_since().has_value(); }));
  engine_.slow_to_wake = true;
  ASSERT_TRUE(space_->wake());
  ASSERT_TRUE(loop_.until([this] { return engine_.wakes.waiting(); }));

  space_->sleep(Rest::frozen);

  EXPECT_EQ(space_->stage(), Stage::running);
  EXPECT_EQ(space_->awake_because(), "it is being used");
  engine_.wakes.notify();
  loop_.until([this] { return gateway_.states.back() == "ready"; });
  loop_.settle();
  space_->sleep(Rest::frozen);
  EXPECT_EQ(space_->stage(), Stage::sleeping);
}

TEST_F(SpaceRest, one_that_is_woken_and_does_not_start_is_awaited_by_nobody) {
  make(state::Desired::sleeping, "sha256:1");
  drive();
  ASSERT_TRUE(space_->wake());
  ASSERT_TRUE(reaches(Stage::runtime_error)) << name(space_->stage());
  loop_.settle();

  space_->sleep(Rest::frozen);

  EXPECT_EQ(space_->stage(), Stage::sleeping) << "awake because " << space_->awake_because();
}

TEST_F(SpaceRest, one_that_is_woken_and_does_not_build_is_awaited_by_nobody) {
  make(state::Desired::sleeping, "");
  drive();
  ASSERT_TRUE(space_->wake());
  ASSERT_TRUE(reaches(Stage::build_error)) << name(space_->stage());
  loop_.settle();

  space_->sleep(Rest::frozen);

  EXPECT_EQ(space_->stage(), Stage::sleeping) << "awake because " << space_->awake_because();
}

TEST_F(SpaceRest, one_that_is_woken_before_it_lay_can_be_put_to_sleep_again) {
  make_running();
  drive();
  ASSERT_TRUE(loop_.until([this] { return !gateway_.states.empty(); }));
  loop_.settle();
  space_->sleep(Rest::frozen);
  ASSERT_TRUE(space_->wake());
  loop_.settle();
  EXPECT_EQ(gateway_.asked_to_quiesce, 0U) << "it has never begun to lie down";

  space_->sleep(Rest::frozen);

  EXPECT_TRUE(loop_.until([this] { return space_->frozen_since().has_value(); }))
      << "awake because " << space_->awake_because();
}

// The gateway may have heard the word and hold visitors from then on; nobody else would tell it that the Space is awake.
class QuiesceWithoutAnswer : public SpaceRest, public testing::WithParamInterface<test::HearingGateway::Quiesce> {};

TEST_P(QuiesceWithoutAnswer, is_followed_by_the_state_once_more) {
  make_running();
  drive();
  ASSERT_TRUE(loop_.until([this] { return gateway_.states.size() == 1; }));
  loop_.settle();
  gateway_.quiesce = GetParam();

  space_->sleep(Rest::frozen);

  EXPECT_TRUE(loop_.until([this] { return gateway_.states.size() == 2; })) << "it was not told again";
  EXPECT_EQ(gateway_.asked_to_quiesce, 1U);
  EXPECT_EQ(gateway_.states.back(), "ready");
  EXPECT_EQ(space_->stage(), Stage::running);
  EXPECT_EQ(space_->awake_because(), "the gateway does not answer");
}

using Quiesce = test::HearingGateway::Quiesce;
INSTANTIATE_TEST_SUITE_P(All, QuiesceWithoutAnswer, testing::Values(Quiesce::hang_up, Quiesce::be_silent, Quiesce::refuse));

TEST_F(SpaceRest, one_that_is_being_served_is_not_told_of_again) {
  make_running();
  drive();
  ASSERT_TRUE(loop_.until([this] { return gateway_.states.size() == 1; }));
  gateway_.quiesce = test::HearingGateway::Quiesce::busy;

  space_->sleep(Rest::frozen);
  ASSERT_TRUE(loop_.until([this] { return !space_->awake_because().empty(); }));
  loop_.settle();

  EXPECT_EQ(space_->awake_because(), "it is being used");
  EXPECT_EQ(gateway_.states.size(), 1U) << "it has missed nothing";
}

}  // namespace
}  // namespace runtime::supervise
