#include "loadtest/drive/tape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/loadtest/drive/scene.hpp"

namespace loadtest::drive {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::Pair;

measure::Sample due_at(Nanoseconds time) {
  measure::Sample sample;
  sample.due = time;
  return sample;
}

std::vector<std::pair<Nanoseconds, std::uint32_t>> all_of(Tape& tape) {
  std::vector<std::pair<Nanoseconds, std::uint32_t>> found;
  tape.each([&found](const Tape::Entry& entry) {
    found.emplace_back(entry.sample.due, entry.lane);
    return true;
  });
  return found;
}

TEST(Tape, has_each_request_once_and_in_order) {
  Tape tape(2, 4);
  tape.put(1, due_at(10), 1);
  tape.put(0, due_at(1), 0);
  tape.put(0, due_at(2), 0);
  EXPECT_THAT(all_of(tape), ElementsAre(Pair(1, 0), Pair(2, 0), Pair(10, 1)));
  EXPECT_THAT(all_of(tape), ElementsAre());
  for (Nanoseconds i = 3; i != 7; ++i) tape.put(0, due_at(i), 0);
  EXPECT_THAT(all_of(tape), ElementsAre(Pair(3, 0), Pair(4, 0), Pair(5, 0), Pair(6, 0))) << "round its end";
}

TEST(Tape, counts_what_finds_no_room_and_keeps_what_was_there) {
  Tape tape(1, 4);
  for (Nanoseconds i = 0; i != 10; ++i) tape.put(0, due_at(i), 0);
  EXPECT_EQ(10U, tape.put_in_all());
  EXPECT_EQ(6U, tape.lost());
  EXPECT_THAT(all_of(tape), ElementsAre(Pair(0, 0), Pair(1, 0), Pair(2, 0), Pair(3, 0)));
  tape.put(0, due_at(11), 0);
  EXPECT_THAT(all_of(tape), ElementsAre(Pair(11, 0))) << "there is room again";
}

TEST(Tape, who_takes_may_stop) {
  Tape tape(2, 4);
  for (Nanoseconds i = 0; i != 3; ++i) tape.put(0, due_at(i), 0);
  tape.put(1, due_at(7), 1);
  int taken = 0;
  tape.each([&taken](const Tape::Entry&) { return ++taken != 2; });
  EXPECT_THAT(all_of(tape), ElementsAre(Pair(2, 0), Pair(7, 1))) << "not the other thread's either";
}

TEST(Tape, two_threads_lose_nothing_that_they_do_not_count) {
  Tape tape(1, 64);
  constexpr Nanoseconds many = 200'000;
  std::thread puts([&tape] {
    for (Nanoseconds i = 0; i != many; ++i) tape.put(0, due_at(i), 0);
  });
  std::uint64_t taken = 0;
  Nanoseconds last = -1;
  const auto look = [&] {
    for (const auto& [due, lane] : all_of(tape)) {
      EXPECT_GT(due, last);
      last = due;
      ++taken;
    }
  };
  while (tape.put_in_all() != many) look();
  puts.join();
  look();
  EXPECT_EQ(static_cast<std::uint64_t>(many), tape.put_in_all());
  EXPECT_GE(taken, 64U);
  EXPECT_EQ(static_cast<std::uint64_t>(many), taken + tape.lost());
}

TEST(Tape, many_threads_take_no_more_memory_than_some) {
  EXPECT_EQ(Tape::usual_places, Tape::places_for(0));
  EXPECT_EQ(Tape::usual_places, Tape::places_for(8));
  for (const unsigned threads : {17U, 100U, 256U}) {
    const auto places = Tape::places_for(threads);
    EXPECT_TRUE(std::has_single_bit(places)) << threads;
    EXPECT_LE(places * threads * sizeof(Tape::Entry), Tape::budget) << threads;
    EXPECT_GE(places, 4096U) << "ten milliseconds at any rate";
  }
  Tape tape(256);
  for (Nanoseconds i = 0; i != Nanoseconds{Tape::usual_places}; ++i) tape.put(255, due_at(i), 0);
  EXPECT_EQ(Tape::places_for(256), all_of(tape).size());
}

TEST(Tape, a_run_puts_all_its_requests_on_it) {
  Serving server;
  auto plan = closed(server.url(), 4, 300);
  plan.load.threads = 2;
  plan.lanes.push_back(plan.lanes.front());
  Tape tape(2);
  const auto run = drive::run(plan, nullptr, {}, &tape);
  std::array<std::uint64_t, 2> by_lane{};
  tape.each([&by_lane](const Tape::Entry& entry) {
    EXPECT_EQ(Ending::answered, entry.sample.ending);
    EXPECT_EQ(200U, entry.sample.status);
    ++by_lane[entry.lane];
    return true;
  });
  EXPECT_EQ(by_lane[0], run.lanes[0].series.started());
  EXPECT_EQ(by_lane[1], run.lanes[1].series.started());
  EXPECT_EQ(300U, by_lane[0] + by_lane[1]);
}

}  // namespace
}  // namespace loadtest::drive
