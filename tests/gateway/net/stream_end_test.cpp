// How a stream ends: deadlines, closing, resetting, lingering.

#include <gtest/gtest.h>

#include "gateway/net/stream.hpp"
#include "tests/gateway/net/streams.hpp"

namespace gw::net {
namespace {

using test::connected;
using test::connected_by_tcp;
using test::Later;
using test::Loop;
using test::pattern;
using test::text;

TEST(Stream, a_deadline_fails_the_wait_with_its_code) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  stream->deadline(Duration(50), Code::header_timeout);
  EXPECT_EQ((Failure{Code::header_timeout, Side::client, Retry::never}), loop.run(stream->more()).error());
}

TEST(Stream, a_deadline_fails_a_write_that_makes_no_progress) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  const auto bytes = pattern(4 << 20);
  stream->deadline(Duration(50), Code::idle_timeout);
  EXPECT_EQ(Code::idle_timeout, loop.run(stream->write({bytes, {}, {}})).error().code);
}

TEST(Stream, a_reader_that_is_slow_and_steady_is_not_cut_off) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop);
  // A buffer that does not grow, so that each read of it soon lets the kernel send more.
  const int small = 64 * 1024;
  ASSERT_EQ(0, ::setsockopt(peer.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small));
  const auto bytes = pattern(16 << 20);
  Later<Result<void>> written;
  stream->write_deadline(Duration(500));
  written.of(loop, stream->write({bytes, {}, {}}));
  // Several deadlines long it takes something now and then, far too little to make a full socket writable.
  const auto began = Clock::now();
  auto next = began;
  while (Clock::now() - began < Duration(2'500)) {
    next = Clock::now() + Duration(20);
    peer.pull(40'000);
    loop.until([&] { return Clock::now() >= next; });
    ASSERT_FALSE(written.value) << std::chrono::duration_cast<Duration>(Clock::now() - began).count() << " ms";
  }
  // Now it takes nothing any more.
  ASSERT_TRUE(loop.until([&] { return written.value.has_value(); }, Duration(10'000)));
  EXPECT_EQ(Code::idle_timeout, written.value->error().code);
}

TEST(Stream, zero_is_no_deadline) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  stream->deadline(Duration(50), Code::idle_timeout);
  stream->deadline(Duration(0), Code::idle_timeout);
  Later<Result<void>> more;
  more.of(loop, stream->more());
  const auto later = Clock::now() + Duration(300);
  loop.until([&] { return Clock::now() >= later; });
  EXPECT_FALSE(more.value);
  stream->close();
  loop.settle();
}

TEST(Stream, a_write_that_ends_does_not_take_the_deadline_of_a_reader_away) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  Later<Result<void>> more;
  stream->deadline(Duration(200), Code::idle_timeout);
  more.of(loop, stream->more());
  const std::string bytes = "x";
  ASSERT_TRUE(loop.run(stream->write({bytes, {}, {}})));
  ASSERT_TRUE(loop.until([&] { return more.value.has_value(); }));
  EXPECT_EQ(Code::idle_timeout, more.value->error().code);
}

TEST(Stream, close_is_an_end_and_reset_is_none) {
  Loop loop;
  auto closed = connected_by_tcp(loop);
  closed.stream->close();
  EXPECT_TRUE(loop.until([&] {
    closed.peer.pull();
    return closed.peer.over();
  }));
  EXPECT_TRUE(closed.peer.ended);

  auto broken = connected_by_tcp(loop);
  broken.stream->reset();
  EXPECT_TRUE(loop.until([&] {
    broken.peer.pull();
    return broken.peer.over();
  }));
  EXPECT_TRUE(broken.peer.broken);
}

TEST(Stream, last_bytes_go_out_with_the_end) {
  Loop loop;
  const std::string bytes = "last";
  // The kernel waits 200 ms for more (tcp(7)); a machine that stood still that long has shown nothing.
  bool waited = false;
  for (int i = 0; i != 5 && !waited; ++i) {
    auto [stream, peer] = connected_by_tcp(loop);
    ASSERT_TRUE(loop.run(stream->write({bytes, {}, {}, true})));
    peer.pull();
    waited = peer.received.empty();
    stream->close();
    ASSERT_TRUE(loop.until([&, &from = peer] {
      from.pull();
      return from.over();
    }));
    EXPECT_TRUE(peer.ended);
    EXPECT_EQ(bytes, peer.received);
  }
  EXPECT_TRUE(waited);
}

TEST(Stream, last_bytes_are_not_dropped_for_bytes_that_nobody_has_read) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop);
  ASSERT_EQ(6U, peer.send("unread"));
  const std::string bytes = "last";
  ASSERT_TRUE(loop.run(stream->write({bytes, {}, {}, true})));
  stream->close();
  ASSERT_TRUE(loop.until([&, &from = peer] {
    from.pull();
    return from.over();
  }));
  EXPECT_EQ(bytes, peer.received);
}

TEST(Stream, shutdown_of_sending_leaves_receiving) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  stream->shutdown_send();
  peer.pull();
  EXPECT_TRUE(peer.ended);
  peer.send("answer");
  ASSERT_TRUE(loop.run(stream->more()));
  EXPECT_EQ("answer", text(stream->input()));
}

TEST(Stream, closing_ends_the_waits_on_it) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  const auto bytes = pattern(4 << 20);
  Later<Result<void>> more;
  Later<Result<void>> written;
  more.of(loop, stream->more());
  written.of(loop, stream->write({bytes, {}, {}}));
  loop.settle();
  stream->close();
  ASSERT_TRUE(loop.until([&] { return more.value && written.value; }));
  EXPECT_EQ(Code::cancelled, more.value->error().code);
  EXPECT_EQ(Code::cancelled, written.value->error().code);
  EXPECT_FALSE(stream->open());
}

TEST(Stream, linger_reads_on_past_a_deadline_until_the_peer_ends) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop);
  stream->deadline(Duration(1), Code::header_timeout);
  EXPECT_EQ(Code::header_timeout, loop.run(stream->more()).error().code);
  bool over = false;
  auto linger = [&]() -> Task<> {
    co_await stream->linger(Duration(10'000), Duration(20'000));
    over = true;
  };
  loop.worker.spawn(linger());
  ASSERT_TRUE(loop.until([&, &from = peer] {
    from.pull();
    return from.ended;
  }));
  for (int i = 0; i != 10; ++i) {
    EXPECT_EQ(5U, peer.send("never"));
    loop.settle();
  }
  EXPECT_FALSE(over);
  peer.close();
  EXPECT_TRUE(loop.until([&] { return over; }));
}

TEST(Stream, linger_gives_up_on_a_silent_peer) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop);
  const auto began = Clock::now();
  auto linger = [&]() -> Task<bool> {
    co_await stream->linger(Duration(100), Duration(20'000));
    co_return true;
  };
  EXPECT_TRUE(loop.run(linger()));
  EXPECT_LT(Clock::now() - began, Duration(10'000));
}

}  // namespace
}  // namespace gw::net
