#include "gateway/net/stream.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/net/streams.hpp"

namespace gw::net {
namespace {

using test::connected;
using test::connected_by_tcp;
using test::Later;
using test::Loop;
using test::pattern;
using test::text;

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
  stream->watch([&] { ++heard; }, Stream::Watch::data);
  peer.send("x");
  loop.settle();
  EXPECT_EQ(1, heard);
}

TEST(Stream, an_end_behind_unread_bytes_is_heard_and_they_stay_where_they_are) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop);
  peer.send("in use");
  ASSERT_TRUE(loop.run(stream->more()));
  const auto* const piece = stream->input().data();
  int gone = 0;
  stream->watch([&] { ++gone; }, Stream::Watch::unread_end);
  peer.send("unread");
  loop.settle();
  EXPECT_EQ(0, gone);
  peer.finish();
  EXPECT_TRUE(loop.until([&] { return gone == 1; }));
  EXPECT_EQ(piece, stream->input().data());
  EXPECT_EQ("in use", text(stream->input()));
}

TEST(Stream, a_watched_peer_that_sent_ahead_and_left_is_gone) {
  Loop loop;
  auto [stream, peer] = connected_by_tcp(loop);
  int gone = 0;
  stream->watch([&] { ++gone; });
  const auto much = pattern(3 * Stream::read_ahead);
  ASSERT_EQ(much.size(), peer.send(much));
  loop.settle();
  EXPECT_EQ(0, gone);
  peer.close();
  EXPECT_TRUE(loop.until([&] { return gone == 1; }));
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

TEST(Stream, a_connection_that_waits_holds_no_buffer) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  peer.send("one");
  ASSERT_TRUE(loop.run(stream->more()));
  EXPECT_NE(nullptr, stream->input().data());
  stream->consume(3);
  Later<Result<void>> more;
  more.of(loop, stream->more());
  loop.settle();
  EXPECT_EQ(nullptr, stream->input().data());

  peer.send("two");
  ASSERT_TRUE(loop.until([&] { return more.value.has_value(); }));
  EXPECT_EQ("two", text(stream->input()));
}

TEST(Stream, fetch_takes_what_is_here_and_does_not_wait) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  EXPECT_EQ(Stream::Fetched::nothing, stream->fetch());
  peer.send("here");
  loop.settle();
  EXPECT_EQ(Stream::Fetched::some, stream->fetch());
  EXPECT_EQ("here", text(stream->input()));
  EXPECT_EQ(Stream::Fetched::nothing, stream->fetch());
  peer.close();
  loop.settle();
  EXPECT_EQ(Stream::Fetched::failed, stream->fetch());
}

TEST(Stream, one_that_always_has_more_leaves_the_others_their_turn) {
  Loop loop;
  auto [stream, peer] = connected(loop);
  unsigned reads = 0;
  peer.send(pattern(Stream::small_buffer));
  loop.settle();
  // Every read fills the buffer, so that there is always more.
  while (stream->fetch() == Stream::Fetched::some) {
    ++reads;
    stream->consume(stream->input().size());
    peer.send(pattern(Stream::body_buffer));
  }
  EXPECT_EQ(Stream::reads_a_turn, reads);
  // Nothing new will be heard of what is here already: the next turn goes on by itself.
  Later<Result<void>> more;
  more.of(loop, stream->more());
  ASSERT_TRUE(loop.until([&] { return more.value.has_value(); }));
  EXPECT_FALSE(stream->input().empty());
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

}  // namespace
}  // namespace gw::net
