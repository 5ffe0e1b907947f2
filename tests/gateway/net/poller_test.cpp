#include "gateway/net/poller.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <functional>
#include <thread>

#include "gateway/net/ready_socket.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

struct Pair {
  Pair() {
    int both[2] = {-1, -1};
    EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both));
    ours.reset(both[0]);
    theirs.reset(both[1]);
  }
  void send(std::string_view bytes) const { EXPECT_LT(0, ::send(theirs.get(), bytes.data(), bytes.size(), 0)); }
  Descriptor ours;
  Descriptor theirs;
};

class Ear final : public Pollable {
 public:
  void ready(std::uint32_t events) noexcept override {
    ++heard;
    last = events;
    if (then) then();
  }
  int heard = 0;
  std::uint32_t last = 0;
  std::function<void()> then;
};

TEST(Poller, an_edge_is_told_once_and_a_level_again_and_again) {
  for (const auto trigger : {Poller::Trigger::both, Poller::Trigger::level}) {
    Poller poller(false);
    const Pair pair;
    Ear ear;
    ASSERT_TRUE(poller.add(pair.ours.get(), ear, trigger));
    poller.turn(0);
    ear.heard = 0;
    pair.send("x");
    poller.turn(0);
    EXPECT_EQ(1, ear.heard);
    EXPECT_NE(0U, ear.last & EPOLLIN);
    poller.turn(0);
    EXPECT_EQ(trigger == Poller::Trigger::both ? 1 : 2, ear.heard);
  }
}

TEST(Poller, a_late_event_does_not_reach_the_next_owner_of_the_number) {
  Poller poller(false);
  Pair first;
  const Pair other;
  Ear old;
  Ear killer;
  Ear next;
  const int number = first.ours.get();
  Pair second;
  // Both have something to tell in the same turn; whoever is told first closes the other and lends its number to a new one.
  const auto swap = [&] {
    if (!first.ours) return;
    poller.close(std::move(first.ours));
    ASSERT_EQ(number, ::dup3(second.ours.get(), number, O_CLOEXEC));
    ASSERT_TRUE(poller.add(number, next));
  };
  killer.then = swap;
  ASSERT_TRUE(poller.add(other.ours.get(), killer, Poller::Trigger::both));
  ASSERT_TRUE(poller.add(number, old, Poller::Trigger::both));
  poller.turn(0);
  if (!first.ours) {
    // The first turn told of writability and did it all.
    EXPECT_EQ(0, next.heard);
  }
  second.send("for the new one");
  poller.turn(0);
  EXPECT_EQ(1, next.heard);
  EXPECT_EQ(0, old.heard);
  poller.remove(number);
  ::close(number);
}

TEST(Poller, writable_is_told_when_it_is_asked_for) {
  Poller poller(false);
  const Pair pair;
  Ear ear;
  ASSERT_TRUE(poller.add(pair.ours.get(), ear));
  EXPECT_FALSE(poller.turn(0)) << "nothing to read";
  poller.hear_of_both(pair.ours.get());
  poller.turn(0);
  EXPECT_EQ(1, ear.heard);
  EXPECT_NE(0U, ear.last & EPOLLOUT);
}

TEST(Poller, nobody_hears_of_what_was_removed_or_closed) {
  Poller poller(false);
  Pair pair;
  Ear ear;
  ASSERT_TRUE(poller.add(pair.ours.get(), ear));
  poller.remove(pair.ours.get());
  pair.send("x");
  EXPECT_FALSE(poller.turn(0));
  ASSERT_TRUE(poller.add(pair.ours.get(), ear));
  // Somebody else has it open too, so that the kernel goes on telling of it.
  const Descriptor copy(::fcntl(pair.ours.get(), F_DUPFD_CLOEXEC, 0));
  poller.close(std::move(pair.ours));
  poller.turn(0);
  EXPECT_EQ(0, ear.heard);
}

TEST(Poller, what_is_deferred_comes_once_in_the_next_turn) {
  Poller poller(false);
  Ear ear;
  poller.defer(ear);
  poller.defer(ear);
  EXPECT_EQ(0, ear.heard);
  // It does not wait.
  EXPECT_TRUE(poller.turn(-1));
  EXPECT_EQ(1, ear.heard);
  EXPECT_EQ(0U, ear.last);
  EXPECT_FALSE(poller.turn(0));
}

TEST(Poller, what_defers_itself_again_has_the_turn_after) {
  Poller poller(false);
  Ear ear;
  ear.then = [&] { poller.defer(ear); };
  poller.defer(ear);
  for (int turns = 1; turns != 4; ++turns) {
    poller.turn(-1);
    EXPECT_EQ(turns, ear.heard);
  }
}

TEST(Poller, whoever_is_destroyed_has_no_turn) {
  Poller poller(false);
  auto gone = std::make_unique<Ear>();
  Ear first;
  first.then = [&] { gone.reset(); };
  poller.defer(first);
  poller.defer(*gone);
  poller.turn(-1);
  EXPECT_EQ(nullptr, gone);
}

TEST(Poller, wakes_from_another_thread) {
  Poller poller(false);
  std::thread other([&] { poller.wake(); });
  poller.turn(-1);
  other.join();
  EXPECT_FALSE(poller.turn(0)) << "the bell rings once";
}

bool readable(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

TEST(Poller, a_nested_one_tells_the_other_loop_of_deferred_work) {
  Poller nested(true);
  Ear ear;
  EXPECT_FALSE(readable(nested.descriptor()));
  nested.defer(ear);
  EXPECT_TRUE(readable(nested.descriptor()));
  nested.turn(0);
  EXPECT_EQ(1, ear.heard);
  EXPECT_FALSE(readable(nested.descriptor()));
}

TEST(Worker, that_sleeps_in_its_poller_does_what_is_posted_and_stops) {
  Worker worker(Worker::Sleeps::in_poller);
  int done = 0;
  std::thread other([&] {
    worker.post([&] { ++done; });
    worker.post([&] {
      ++done;
      worker.stop();
    });
  });
  worker.run();
  other.join();
  EXPECT_EQ(2, done);
}

class ReadySocketTest : public testing::Test {
 protected:
  Pair pair_;
  ReadySocket socket_{std::move(pair_.ours)};
  char room_[16] = {};
};

TEST_F(ReadySocketTest, asks_the_kernel_once_and_then_waits_to_hear) {
  EXPECT_EQ(-1, socket_.receive(room_));
  EXPECT_FALSE(socket_.readable());
  pair_.send("here");
  // Nobody has told it: it does not ask.
  EXPECT_EQ(-1, socket_.receive(room_));
  EXPECT_EQ(EAGAIN, errno);
  socket_.heard(EPOLLIN);
  EXPECT_EQ(4, socket_.receive(room_));
  EXPECT_FALSE(socket_.readable()) << "a short count: nothing is left";
}

TEST_F(ReadySocketTest, a_full_read_may_have_left_something) {
  pair_.send("sixteen bytes at");
  EXPECT_EQ(16, socket_.receive(room_));
  EXPECT_TRUE(socket_.readable());
}

TEST_F(ReadySocketTest, an_announced_end_is_read_to_the_end) {
  pair_.send("last");
  pair_.theirs.reset();
  socket_.heard(EPOLLIN | EPOLLRDHUP);
  EXPECT_EQ(4, socket_.receive(room_));
  EXPECT_TRUE(socket_.readable());
  EXPECT_EQ(0, socket_.receive(room_));
}

TEST_F(ReadySocketTest, a_full_socket_is_not_tried_again_before_it_is_heard_of) {
  const std::string much(4 << 20, 'x');
  const iovec piece{const_cast<char*>(much.data()), much.size()};
  const auto n = socket_.send({&piece, 1});
  ASSERT_GT(n, 0);
  ASSERT_LT(static_cast<std::size_t>(n), much.size());
  EXPECT_FALSE(socket_.writable());
  std::string taken(much.size(), '\0');
  while (::recv(pair_.theirs.get(), taken.data(), taken.size(), 0) > 0) {
  }
  EXPECT_EQ(-1, socket_.send({&piece, 1}));
  EXPECT_EQ(EAGAIN, errno);
  socket_.heard(EPOLLOUT);
  EXPECT_GT(socket_.send({&piece, 1}), 0);
}

}  // namespace
}  // namespace gw::net
