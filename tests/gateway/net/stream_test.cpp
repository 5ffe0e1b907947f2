#include "gateway/net/stream.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

using test::connected;
using test::connected_by_tcp;
using test::Loop;
using test::text;

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i != size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return bytes;
}

/// Keeps the outcome of a coroutine that runs beside the test.
template <class T>
struct Later {
  std::optional<T> value;
  void of(Loop& loop, Task<T> task) {
    auto keep = [](Later* self, Task<T> inner) -> Task<> { self->value.emplace(co_await std::move(inner)); };
    loop.worker.spawn(keep(this, std::move(task)));
  }
};

TEST(Stream, more_returns_what_has_arrived) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  peer.send("hello");
  ASSERT_TRUE(loop.run(stream->more()));
  EXPECT_EQ("hello", text(stream->input()));

  stream->consume(2);
  peer.send("!");
  ASSERT_TRUE(loop.run(stream->more()));
  EXPECT_EQ("llo!", text(stream->input()));
}

TEST(Stream, the_end_comes_after_all_bytes) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  peer.send("last words");
  peer.close();
  ASSERT_TRUE(loop.run(stream->more()));
  EXPECT_EQ("last words", text(stream->input()));
  const auto end = loop.run(stream->more());
  ASSERT_FALSE(end);
  EXPECT_EQ((Failure{Code::closed, Side::client, Retry::if_reused}), end.error());
  EXPECT_TRUE(stream->ended());
  EXPECT_EQ(Code::closed, loop.run(stream->more()).error().code);
}

TEST(Stream, a_reset_is_not_an_end) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop, Side::upstream);
  peer.reset();
  const auto end = loop.run(stream->more());
  ASSERT_FALSE(end);
  EXPECT_EQ((Failure{Code::reset, Side::upstream, Retry::if_reused}), end.error());
}

TEST(Stream, the_buffer_grows_to_its_limit_and_not_beyond) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  const auto sent = pattern(2 * Stream::largest_input);
  std::size_t at = 0;
  Result<void> ok;
  while (ok && stream->input().size() < sent.size()) {
    at += peer.send(std::string_view(sent).substr(at));
    ok = loop.run(stream->more());
  }
  ASSERT_FALSE(ok);
  EXPECT_EQ(Code::fields_too_large, ok.error().code);
  EXPECT_EQ(Stream::largest_input, stream->input().size());
  EXPECT_EQ(sent.substr(0, Stream::largest_input), text(stream->input()));
}

TEST(Stream, a_reader_that_consumes_never_meets_the_limit) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  const auto sent = pattern(1 << 20);
  std::string got;
  std::size_t at = 0;
  // Odd amounts, always leaving more than half of the largest buffer: the free room is at its front.
  while (got.size() + stream->input().size() < sent.size()) {
    at += peer.send(std::string_view(sent).substr(at));
    const auto ok = loop.run(stream->more());
    ASSERT_TRUE(ok) << got.size();
    const auto held = stream->input().size();
    if (held > Stream::largest_input * 3 / 4) {
      const auto n = held - Stream::largest_input * 5 / 8;
      got += text(stream->input().first(n));
      stream->consume(n);
    }
  }
  EXPECT_EQ(sent, got + text(stream->input()));
}

TEST(Stream, ten_mebibytes_reach_a_slow_reader_whole) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  const auto head = pattern(300'000);
  const auto body = pattern(10 << 20);
  const auto tail = pattern(777);
  Later<Result<void>> written;
  written.of(loop, stream->write({head, body, tail}));
  loop.settle();
  EXPECT_FALSE(written.value) << "nobody reads: the writer must wait";
  ASSERT_TRUE(loop.until([&] {
    peer.pull(40'000);
    return peer.received.size() == head.size() + body.size() + tail.size();
  }));
  ASSERT_TRUE(loop.until([&] { return written.value.has_value(); }));
  EXPECT_TRUE(*written.value);
  EXPECT_TRUE(peer.received == head + body + tail);
}

TEST(Stream, pieces_are_taken_from_the_front) {
  const std::string a = "head";
  const std::string b = "body";
  const std::string c = "tail";
  Stream::Pieces pieces{a, b, c};
  pieces.advance(6);
  EXPECT_EQ(6U, pieces.size());
  EXPECT_TRUE(pieces.head.empty());
  EXPECT_EQ("dy", text(pieces.body));
  EXPECT_EQ("tail", text(pieces.tail));
}

TEST(Stream, writing_to_a_peer_that_is_gone_fails) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  peer.close();
  const std::string bytes = "anyone?";
  const auto ok = loop.run(stream->write({bytes, {}, {}}));
  ASSERT_FALSE(ok);
  EXPECT_EQ(Code::reset, ok.error().code);
}

TEST(Stream, a_watcher_hears_of_the_end_once) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  int gone = 0;
  stream->watch([&] { ++gone; });
  loop.settle();
  EXPECT_EQ(0, gone);
  peer.close();
  loop.settle();
  EXPECT_EQ(1, gone);
  loop.settle();
  EXPECT_EQ(1, gone);
}

TEST(Stream, a_watcher_hears_of_a_reset) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop);
  int gone = 0;
  stream->watch([&] { ++gone; });
  peer.reset();
  EXPECT_TRUE(loop.until([&] { return gone == 1; }));
}

TEST(Stream, a_watcher_that_was_taken_back_hears_nothing) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  int gone = 0;
  stream->watch([&] { ++gone; });
  loop.settle();
  stream->watch(nullptr);
  peer.close();
  loop.settle();
  EXPECT_EQ(0, gone);
  EXPECT_EQ(Code::closed, loop.run(stream->more()).error().code);
}

TEST(Stream, data_is_kept_while_somebody_watches_for_the_end) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  int gone = 0;
  stream->watch([&] { ++gone; });
  peer.send("next request");
  loop.settle();
  EXPECT_EQ(0, gone);
  EXPECT_EQ("next request", text(stream->input()));
  peer.close();
  loop.settle();
  EXPECT_EQ(1, gone);
  EXPECT_EQ("next request", text(stream->input()));
}

TEST(Stream, a_watched_peer_that_sends_ahead_is_not_listened_to_for_ever) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  stream->watch([] {});
  const auto flood = pattern(1 << 20);
  std::size_t at = 0;
  for (int i = 0; i != 100; ++i) {
    at += peer.send(std::string_view(flood).substr(at));
    loop.settle();
  }
  EXPECT_LE(stream->input().size(), Stream::body_buffer);
  EXPECT_GE(stream->input().size(), Stream::read_ahead);
}

TEST(Stream, a_watcher_for_data_hears_of_data) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  int heard = 0;
  stream->watch([&] { ++heard; }, true);
  peer.send("x");
  loop.settle();
  EXPECT_EQ(1, heard);
}

TEST(Stream, may_be_destroyed_by_its_watcher) {
  Loop loop;
  auto ends = connected(loop);
  ends.stream->watch([&] { ends.stream.reset(); });
  ends.peer.close();
  EXPECT_TRUE(loop.until([&] { return ends.stream == nullptr; }));
  loop.settle();
}

TEST(Stream, interrupt_ends_the_wait_and_nothing_else) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  stream->interrupt();  // nobody waits: nothing
  Later<Result<void>> more;
  more.of(loop, stream->more());
  loop.settle();
  stream->interrupt();
  ASSERT_TRUE(loop.until([&] { return more.value.has_value(); }));
  ASSERT_FALSE(*more.value);
  EXPECT_EQ(Code::cancelled, more.value->error().code);
  EXPECT_FALSE(stream->ended());

  peer.send("still here");
  ASSERT_TRUE(loop.run(stream->more()));
  EXPECT_EQ("still here", text(stream->input()));
}

TEST(Stream, more_within_gives_up_and_can_be_asked_again) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  const auto began = Clock::now();
  auto came = loop.run(stream->more_within(Duration(100)));
  ASSERT_TRUE(came);
  EXPECT_FALSE(*came);
  EXPECT_GE(Clock::now() - began, Duration(99));

  peer.send("late");
  came = loop.run(stream->more_within(Duration(10'000)));
  ASSERT_TRUE(came);
  EXPECT_TRUE(*came);
  EXPECT_EQ("late", text(stream->input()));
  peer.close();
  EXPECT_EQ(Code::closed, loop.run(stream->more_within(Duration(10'000))).error().code);
}

TEST(Stream, an_idle_connection_gives_its_buffer_back) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  peer.send("one");
  ASSERT_TRUE(loop.run(stream->more()));
  stream->consume(3);
  EXPECT_FALSE(*loop.run(stream->more_within(Duration(1))));
  Later<Result<void>> idle;
  idle.of(loop, stream->wait_idle());
  loop.settle();
  EXPECT_EQ(nullptr, stream->input().data());
  EXPECT_FALSE(idle.value);

  peer.send("two");
  ASSERT_TRUE(loop.until([&] { return idle.value.has_value(); }));
  EXPECT_TRUE(*idle.value);
  ASSERT_TRUE(loop.run(stream->more()));
  EXPECT_EQ("two", text(stream->input()));
}

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

TEST(Stream, zero_is_no_deadline) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  stream->deadline(Duration(50), Code::idle_timeout);
  stream->deadline(Duration(0), Code::idle_timeout);
  EXPECT_FALSE(*loop.run(stream->more_within(Duration(300))));
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

TEST(Stream, may_be_destroyed_with_a_read_under_way) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  stream->watch([] { FAIL(); });
  loop.settle();
  peer.send("too late");
  stream.reset();
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

}  // namespace
}  // namespace gw::net
