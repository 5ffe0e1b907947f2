#include "gateway/proxy/shared_pool.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/net/streams.hpp"

namespace gw::proxy {
namespace {

using net::Cancellation;
using net::Code;
using net::Failure;
using net::Result;
using Outcome = net::test::Later<Result<void>>;

constexpr Failure refused{Code::refused, net::Side::upstream, net::Retry::always};

struct Scene {
  void wait(Outcome& outcome, Cancellation& gone) { outcome.of(loop, pool.wait(loop.worker, "app", gone)); }
  Code failure_of(const Outcome& outcome) {
    EXPECT_TRUE(outcome.value && !*outcome.value);
    return outcome.value && !*outcome.value ? outcome.value->error().code : Code::internal;
  }

  net::test::Loop loop;
  SharedPool pool;
  Cancellation first;
  Cancellation second;
  Cancellation third;
};

TEST(SharedPool, one_connects_for_an_endpoint_and_the_others_hear_how_it_went) {
  Scene scene;
  ASSERT_NE(nullptr, scene.pool.begin_connecting("app", scene.first));
  EXPECT_EQ(nullptr, scene.pool.begin_connecting("app", scene.second));
  EXPECT_NE(nullptr, scene.pool.begin_connecting("other", scene.third)) << "another endpoint";
  Outcome outcome;
  scene.wait(outcome, scene.second);
  scene.loop.settle();
  EXPECT_FALSE(outcome.value);
  scene.pool.connected("app", refused);
  EXPECT_EQ(Code::refused, scene.failure_of(outcome));
  EXPECT_NE(nullptr, scene.pool.begin_connecting("app", scene.first)) << "again";
}

TEST(SharedPool, who_connects_gives_up_when_his_client_has_gone_and_nobody_waits) {
  Scene scene;
  const auto* const give_up = scene.pool.begin_connecting("app", scene.first);
  EXPECT_FALSE(give_up->requested());
  scene.first.request();
  EXPECT_TRUE(give_up->requested());
}

TEST(SharedPool, who_connects_goes_on_for_those_who_wait_until_they_have_gone_too) {
  Scene scene;
  const auto* const give_up = scene.pool.begin_connecting("app", scene.first);
  Outcome second;
  Outcome third;
  scene.wait(second, scene.second);
  scene.wait(third, scene.third);
  scene.loop.settle();
  scene.first.request();
  EXPECT_FALSE(give_up->requested());
  scene.second.request();
  EXPECT_FALSE(give_up->requested());
  EXPECT_FALSE(second.value) << "not inside his own event";
  scene.loop.settle();
  EXPECT_EQ(Code::cancelled, scene.failure_of(second));
  scene.third.request();
  EXPECT_TRUE(give_up->requested());
  scene.loop.settle();
  EXPECT_EQ(Code::cancelled, scene.failure_of(third));
}

TEST(SharedPool, those_who_wait_may_go_without_disturbing_who_connects) {
  Scene scene;
  const auto* const give_up = scene.pool.begin_connecting("app", scene.first);
  Outcome second;
  scene.wait(second, scene.second);
  scene.loop.settle();
  scene.second.request();
  scene.loop.settle();
  EXPECT_EQ(Code::cancelled, scene.failure_of(second));
  EXPECT_FALSE(give_up->requested());
  scene.pool.connected("app", refused);
}

TEST(SharedPool, who_came_after_it_was_given_up_connects_anew) {
  Scene scene;
  scene.pool.begin_connecting("app", scene.first);
  scene.first.request();
  Outcome late;
  scene.wait(late, scene.second);
  scene.loop.settle();
  EXPECT_FALSE(late.value);
  scene.pool.connected("app", Failure{Code::cancelled, net::Side::client, net::Retry::never});
  ASSERT_TRUE(late.value);
  EXPECT_TRUE(*late.value) << "no failure of his: he looks again";
  EXPECT_NE(nullptr, scene.pool.begin_connecting("app", scene.second));
}

TEST(SharedPool, who_is_told_and_goes_in_the_same_moment_is_told_once) {
  Scene scene;
  scene.pool.begin_connecting("app", scene.first);
  Outcome second;
  Outcome third;
  scene.wait(second, scene.second);
  auto leaves_too = [](Scene& all, Outcome& out) -> net::Task<> {
    out.value.emplace(co_await all.pool.wait(all.loop.worker, "app", all.third));
  };
  auto goes_first = [](Scene& all) -> net::Task<> {
    Cancellation stays;
    (void)co_await all.pool.wait(all.loop.worker, "app", stays);
    all.third.request();
  };
  scene.loop.worker.spawn(goes_first(scene));
  scene.loop.worker.spawn(leaves_too(scene, third));
  scene.loop.settle();
  scene.pool.connected("app", refused);
  scene.loop.settle();
  EXPECT_EQ(Code::refused, scene.failure_of(second));
  EXPECT_EQ(Code::refused, scene.failure_of(third));
}

}  // namespace
}  // namespace gw::proxy
