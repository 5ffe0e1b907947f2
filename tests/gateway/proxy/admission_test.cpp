#include "gateway/proxy/admission.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace gw::proxy {
namespace {

using Entry = Admission::Entry;

TEST(Admission, lets_in_as_many_as_there_are_places) {
  Admission places;
  EXPECT_EQ(Entry::in, places.enter(2, 1));
  EXPECT_EQ(Entry::in, places.enter(2, 1));
  EXPECT_EQ(Entry::waits, places.enter(2, 1));
  EXPECT_EQ(Entry::full, places.enter(2, 1));
  EXPECT_EQ(2U, places.in_flight());
  EXPECT_EQ(1U, places.waiting());
}

TEST(Admission, without_a_queue_nobody_waits) {
  Admission places;
  EXPECT_EQ(Entry::in, places.enter(1, 0));
  EXPECT_EQ(Entry::full, places.enter(1, 0));
}

TEST(Admission, who_waits_comes_before_a_newcomer) {
  Admission places;
  places.enter(1, 5);
  EXPECT_EQ(Entry::waits, places.enter(1, 5));
  EXPECT_TRUE(places.leave()) << "somebody must be told";
  EXPECT_EQ(Entry::waits, places.enter(1, 5));
  EXPECT_TRUE(places.enter_from_queue(1));
  EXPECT_FALSE(places.enter_from_queue(1));
}

TEST(Admission, who_gives_up_is_forgotten) {
  Admission places;
  places.enter(1, 1);
  places.enter(1, 1);
  places.give_up();
  EXPECT_EQ(Entry::waits, places.enter(1, 1));
  places.give_up();
  EXPECT_FALSE(places.leave());
  EXPECT_EQ(0U, places.in_flight());
}

TEST(Admission, fewer_places_than_are_taken_lets_nobody_in) {
  Admission places;
  for (int i = 0; i != 5; ++i) places.enter(5, 0);
  EXPECT_EQ(Entry::waits, places.enter(3, 9));
  for (int i = 0; i != 2; ++i) EXPECT_TRUE(places.leave());
  EXPECT_FALSE(places.enter_from_queue(3));
  places.leave();
  EXPECT_TRUE(places.enter_from_queue(3));
}

// Exact whatever the threads do: never more in flight than places, never more waiting than the queue holds.
TEST(Admission, is_exact_over_threads) {
  constexpr unsigned most = 5;
  constexpr unsigned length = 3;
  Admission places;
  std::atomic<unsigned> inside{0};
  std::atomic<unsigned> worst{0};
  std::atomic<unsigned> longest{0};
  const auto raise = [](std::atomic<unsigned>& to, unsigned value) {
    for (auto seen = to.load(); seen < value && !to.compare_exchange_weak(seen, value);) {
    }
  };
  const auto visit = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i != 20'000; ++i) {
      auto entry = places.enter(most, length);
      if (entry == Entry::waits) {
        raise(longest, places.waiting());
        for (int tries = 0; tries != 50 && entry == Entry::waits; ++tries)
          if (places.enter_from_queue(most)) entry = Entry::in;
        if (entry == Entry::waits) places.give_up();
      }
      if (entry != Entry::in) continue;
      raise(worst, inside.fetch_add(1) + 1);
      if (random() % 64 == 0) std::this_thread::yield();
      inside.fetch_sub(1);
      places.leave();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed != 8; ++seed) threads.emplace_back(visit, seed);
  for (auto& one : threads) one.join();
  EXPECT_LE(worst, most);
  EXPECT_LE(longest, length);
  EXPECT_EQ(0U, places.in_flight());
  EXPECT_EQ(0U, places.waiting());
}

}  // namespace
}  // namespace gw::proxy
