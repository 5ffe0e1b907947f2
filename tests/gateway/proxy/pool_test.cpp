#include "gateway/proxy/pool.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/gateway/net/loop.hpp"

namespace gw::proxy {
namespace {

using net::Duration;
using net::test::Loop;
using net::test::Peer;

constexpr Duration long_idle{60'000};

struct Opened {
  std::unique_ptr<http::ClientConnection> connection;
  Peer peer;
};

/// A connection that has served one exchange.
Opened open(Loop& loop) {
  auto ends = net::test::connected(loop, net::Side::upstream);
  Opened opened{http::h1_client(std::move(ends.stream)), std::move(ends.peer)};
  opened.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  http::RequestHead head;
  head.method = "GET";
  head.authority = "app";
  head.path = "/";
  EXPECT_TRUE(loop.run(http::fetch(*opened.connection, head, {})));
  EXPECT_TRUE(opened.connection->reusable());
  opened.peer.pull();
  return opened;
}

bool is_open(Peer& peer) {
  peer.pull();
  return !peer.over();
}

TEST(Pool, gives_the_connection_that_was_used_last) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  auto b = open(loop);
  const auto* first = a.connection.get();
  const auto* second = b.connection.get();
  pool.keep("app", std::move(a.connection), long_idle);
  pool.keep("app", std::move(b.connection), long_idle);
  EXPECT_EQ(2U, pool.size());
  const auto got = pool.take("app", Pool::Certainty::kernel);
  const auto next = pool.take("app", Pool::Certainty::kernel);
  EXPECT_EQ(second, got.get());
  EXPECT_EQ(first, next.get());
  EXPECT_EQ(nullptr, pool.take("app", Pool::Certainty::kernel));
  EXPECT_EQ(0U, pool.size());
}

TEST(Pool, a_taken_connection_works) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  for (int i = 0; i != 3; ++i) {
    pool.keep("app", std::move(a.connection), long_idle);
    loop.settle();
    a.connection = pool.take("app", Pool::Certainty::kernel);
    ASSERT_NE(nullptr, a.connection);
    a.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    http::RequestHead head;
    head.method = "GET";
    head.authority = "app";
    head.path = "/";
    const auto got = loop.run(http::fetch(*a.connection, head, {}));
    ASSERT_TRUE(got);
    EXPECT_EQ("ok", got->body);
    ASSERT_TRUE(a.connection->reusable());
  }
}

TEST(Pool, one_endpoint_never_serves_another) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  pool.keep("netns:a@1:80", std::move(a.connection), long_idle);
  EXPECT_EQ(nullptr, pool.take("netns:a@2:80", Pool::Certainty::kernel));
  EXPECT_EQ(1U, pool.size());
}

TEST(Pool, drop_closes_what_belongs_to_the_endpoint_and_nothing_else) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  auto b = open(loop);
  auto c = open(loop);
  pool.keep("gone", std::move(a.connection), long_idle);
  pool.keep("gone", std::move(b.connection), long_idle);
  pool.keep("stays", std::move(c.connection), long_idle);
  pool.drop("gone");
  pool.drop("never heard of");
  loop.settle();
  EXPECT_EQ(1U, pool.size());
  EXPECT_FALSE(is_open(a.peer));
  EXPECT_FALSE(is_open(b.peer));
  EXPECT_TRUE(is_open(c.peer));
  EXPECT_EQ(nullptr, pool.take("gone", Pool::Certainty::kernel));
}

TEST(Pool, clear_closes_all) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  pool.keep("app", std::move(a.connection), long_idle);
  pool.clear();
  loop.settle();
  EXPECT_EQ(0U, pool.size());
  EXPECT_FALSE(is_open(a.peer));
}

TEST(Rule41, data_that_nobody_asked_for_ends_the_connection) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  pool.keep("app", std::move(a.connection), long_idle);
  a.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  loop.settle();
  EXPECT_EQ(0U, pool.size());
  EXPECT_EQ(nullptr, pool.take("app", Pool::Certainty::kernel));
  EXPECT_FALSE(is_open(a.peer));
}

TEST(Pool, the_end_of_an_idle_connection_removes_it) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  auto b = open(loop);
  const auto* kept = b.connection.get();
  pool.keep("app", std::move(a.connection), long_idle);
  pool.keep("app", std::move(b.connection), long_idle);
  a.peer.close();
  loop.settle();
  EXPECT_EQ(1U, pool.size());
  EXPECT_EQ(kept, pool.take("app", Pool::Certainty::kernel).get());
}

TEST(Rule41, what_the_loop_has_not_seen_yet_counts_too) {
  // Between two turns of the loop: the next answer must not be the poison, and a stale connection must not cost a request.
  Loop loop;
  Pool pool;
  auto good = open(loop);
  auto poisoned = open(loop);
  auto ended = open(loop);
  const auto* kept = good.connection.get();
  pool.keep("app", std::move(good.connection), long_idle);
  pool.keep("app", std::move(poisoned.connection), long_idle);
  pool.keep("app", std::move(ended.connection), long_idle);
  loop.settle();
  poisoned.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  ended.peer.close();
  EXPECT_EQ(kept, pool.take("app", Pool::Certainty::kernel).get());
  EXPECT_EQ(0U, pool.size());
}

TEST(Pool, an_unused_connection_is_closed_when_its_time_is_over) {
  Loop loop;
  Pool pool;
  auto a = open(loop);
  auto b = open(loop);
  pool.keep("app", std::move(a.connection), Duration(100));
  pool.keep("app", std::move(b.connection), long_idle);
  ASSERT_TRUE(loop.until([&] { return pool.size() == 1; }));
  EXPECT_FALSE(is_open(a.peer));
  EXPECT_TRUE(is_open(b.peer));
}

TEST(Pool, keeps_a_bounded_number_for_an_endpoint) {
  Loop loop;
  constexpr std::size_t most = 10;
  Pool pool(most);
  std::vector<Peer> peers;
  for (std::size_t i = 0; i != most + 1; ++i) {
    auto one = open(loop);
    pool.keep("app", std::move(one.connection), long_idle);
    peers.push_back(std::move(one.peer));
  }
  EXPECT_EQ(most, pool.size());
  EXPECT_FALSE(is_open(peers.back()));
  EXPECT_TRUE(is_open(peers.front()));
}

}  // namespace
}  // namespace gw::proxy
