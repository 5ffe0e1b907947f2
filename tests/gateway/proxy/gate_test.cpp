#include "gateway/proxy/gate.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <thread>

#include "tests/gateway/net/loop.hpp"

namespace gw::proxy {
namespace {

using namespace std::chrono_literals;
using Entry = Admission::Entry;

/// A client that can only leave.
class Client final : public http::ClientSide {
 public:
  net::Task<net::Result<http::RequestHead*>> read_head() override { co_return failure(); }
  net::Task<net::Result<http::Chunk>> read_body() override { co_return failure(); }
  std::optional<net::Result<http::Chunk>> ready_body() override { return std::nullopt; }
  net::Task<net::Result<void>> write_head(const http::ResponseHead&, http::Chunk) override { co_return failure(); }
  net::Task<net::Result<void>> write_body(http::Chunk) override { co_return failure(); }
  void abort() noexcept override {}
  void stop_reading() noexcept override {}
  void watch(std::function<void()> gone) override {
    watched = std::move(gone);
    if (watched && left) watched();
  }
  void leave() {
    left = true;
    if (watched) watched();
  }
  std::function<void()> watched;
  bool left = false;

 private:
  static net::Failure failure() noexcept { return {net::Code::closed, net::Side::client, net::Retry::never}; }
};

/// Two workers on one thread, and the visitors of one gate.
struct Scene {
  struct Visitor {
    Client client;
    std::optional<net::Result<void>> result;
    bool in() const { return result && result->has_value(); }
    net::Code code() const { return result ? result->error().code : net::Code::internal; }
  };

  ~Scene() {
    for (auto& one : visitors) one.client.leave();
    settle();
  }
  void settle() {
    for (int i = 0; i != 5; ++i) {
      loop.settle();
      while (other.run_ready()) {
      }
    }
  }
  Visitor& come(std::size_t worker, net::Clock::duration patience = 1h) {
    auto& visitor = visitors.emplace_back();
    loop.worker.spawn(visit(worker, visitor, net::Clock::now() + patience));
    settle();
    return visitor;
  }
  net::Task<> visit(std::size_t worker, Visitor& visitor, net::Clock::time_point end) {
    const auto entry = gate->enter(most, length);
    if (entry == Entry::full) co_return;
    if (entry == Entry::in)
      visitor.result.emplace(net::Result<void>{});
    else
      visitor.result.emplace(co_await gate->wait(
          worker == 0 ? loop.worker : other, worker, visitor.client, [this] { return most; }, end));
  }
  void leave() {
    gate->leave();
    settle();
  }

  net::test::Loop loop;
  net::Worker other;
  std::shared_ptr<Gate> gate = std::make_shared<Gate>(2);
  unsigned most = 1;
  unsigned length = 10;
  std::deque<Visitor> visitors;
};

TEST(Gate, a_place_that_is_given_back_goes_to_who_waited_longest) {
  Scene scene;
  auto& first = scene.come(0);
  auto& second = scene.come(0);
  auto& third = scene.come(0);
  EXPECT_TRUE(first.in());
  EXPECT_FALSE(second.result || third.result);
  scene.leave();
  EXPECT_TRUE(second.in());
  EXPECT_FALSE(third.result);
  scene.leave();
  EXPECT_TRUE(third.in());
}

TEST(Gate, a_place_goes_to_whichever_worker_has_somebody) {
  Scene scene;
  scene.come(0);
  auto& there = scene.come(1);
  auto& here = scene.come(0);
  scene.leave();
  EXPECT_NE(there.in(), here.in());
  scene.leave();
  EXPECT_TRUE(there.in() && here.in());
}

TEST(Gate, no_worker_is_forgotten) {
  Scene scene;
  scene.come(0);
  for (int i = 0; i != 3; ++i) scene.come(0);
  auto& there = scene.come(1);
  for (int i = 0; i != 2; ++i) scene.leave();
  EXPECT_TRUE(there.in());
}

TEST(Gate, more_places_let_in_all_who_wait_wherever_they_are) {
  Scene scene;
  for (std::size_t i = 0; i != 7; ++i) scene.come(i % 2);
  scene.most = 7;
  scene.leave();
  for (const auto& one : scene.visitors) EXPECT_TRUE(one.in());
  EXPECT_EQ(6U, scene.gate->in_flight());
  EXPECT_EQ(0U, scene.gate->waiting());
}

TEST(Gate, who_waits_too_long_is_told_that_it_is_saturated) {
  Scene scene;
  scene.come(0);
  auto& late = scene.come(0, 100ms);
  ASSERT_TRUE(scene.loop.until([&] { return late.result.has_value(); }));
  EXPECT_EQ((net::Failure{net::Code::saturated, net::Side::gateway, net::Retry::never}), late.result->error());
  EXPECT_EQ(1U, scene.gate->refused());
  EXPECT_EQ(0U, scene.gate->waiting());
  scene.leave();
  EXPECT_EQ(0U, scene.gate->in_flight());
}

TEST(Gate, who_comes_too_late_does_not_wait_at_all) {
  Scene scene;
  scene.come(0);
  EXPECT_EQ(net::Code::saturated, scene.come(0, -1s).code());
}

TEST(Gate, who_leaves_takes_nobodys_place) {
  for (const bool before : {true, false}) {
    Scene scene;
    scene.come(0);
    auto& gone = scene.come(0);
    auto& stays = scene.come(1);
    // Before and after the word that there is a place.
    if (before) gone.client.leave();
    scene.gate->leave();
    if (!before) gone.client.leave();
    scene.settle();
    EXPECT_EQ(net::Code::cancelled, gone.code());
    EXPECT_TRUE(stays.in());
    EXPECT_EQ(0U, scene.gate->waiting());
    EXPECT_EQ(1U, scene.gate->in_flight());
  }
}

TEST(Gate, beyond_the_queue_nobody_waits) {
  Scene scene;
  scene.length = 2;
  for (int i = 0; i != 5; ++i) scene.come(0);
  EXPECT_EQ(2U, scene.gate->waiting());
  EXPECT_EQ(2U, scene.gate->refused());
}

/// Visitors of one worker's thread.
struct Crowd {
  std::shared_ptr<Gate> gate;
  std::atomic<unsigned>& inside;
  std::atomic<unsigned>& worst;
  std::atomic<unsigned>& done;
  net::Worker worker{net::Worker::Sleeps::in_poller};
  net::Waiter pause{};

  net::Task<> visit(std::size_t index, int times) {
    for (int i = 0; i != times; ++i) {
      Client client;
      if (gate->enter(3, 1000) == Entry::waits) {
        const auto in = co_await gate->wait(
            worker, index, client, [] { return 3U; }, net::Clock::now() + 60s);
        if (!in) continue;
      }
      const unsigned now = inside.fetch_add(1) + 1;
      for (auto seen = worst.load(); seen < now && !worst.compare_exchange_weak(seen, now);) {
      }
      // Stays for a turn of the loop, so that others come meanwhile.
      net::Waiter turn;
      worker.post([&turn] { turn.notify(); });
      co_await turn.wait();
      inside.fetch_sub(1);
      gate->leave();
      done.fetch_add(1);
    }
  }
};

TEST(Gate, nobody_is_forgotten_and_no_place_is_given_twice_over_threads) {
  constexpr unsigned threads = 4;
  constexpr unsigned visitors = 10;
  constexpr int times = 300;
  std::atomic<unsigned> inside{0};
  std::atomic<unsigned> worst{0};
  std::atomic<unsigned> done{0};
  const auto gate = std::make_shared<Gate>(threads);
  std::deque<Crowd> crowds;
  for (unsigned i = 0; i != threads; ++i) crowds.emplace_back(gate, inside, worst, done);
  std::vector<std::thread> running;
  for (unsigned i = 0; i != threads; ++i) {
    for (unsigned j = 0; j != visitors; ++j) crowds[i].worker.spawn(crowds[i].visit(i, times));
    running.emplace_back([&crowd = crowds[i]] { crowd.worker.run(); });
  }
  const auto end = net::Clock::now() + net::test::patience;
  while (done != threads * visitors * times && net::Clock::now() < end) std::this_thread::yield();
  for (auto& crowd : crowds) crowd.worker.stop();
  for (auto& one : running) one.join();
  EXPECT_EQ(threads * visitors * times, done);
  EXPECT_LE(worst, 3U);
  EXPECT_EQ(0U, gate->in_flight());
  EXPECT_EQ(0U, gate->waiting());
}

}  // namespace
}  // namespace gw::proxy
