#include <gtest/gtest.h>

#include "gateway/net/tls_context.hpp"
#include "gateway/net/tls_session.hpp"
#include "tests/gateway/net/authority.hpp"
#include "tests/gateway/net/loop.hpp"
#include "tests/gateway/net/tls_peer.hpp"

namespace gw::net {
namespace {

using test::Authority;
using test::Loop;
using test::TlsPeer;

/// A listener's settings with two certificates, a connection to it and the client at its other end.
struct Scene {
  Scene() {
    std::vector<std::string> problems;
    TlsSettings settings;
    settings.certificates = {authority.issue("first", "DNS:first.test"),
                             authority.issue("second", "DNS:second.test,DNS:*.wild.test")};
    context = TlsContext::load(settings, test::read_file, problems);
    EXPECT_TRUE(context) << (problems.empty() ? "" : problems.front());
  }
  void shake_hands() {
    result.reset();
    auto accept = [this]() -> Task<> { result = co_await ends.stream->handshake(context->initial()); };
    loop.worker.spawn(accept());
    EXPECT_TRUE(loop.until([&] { return (client.done || client.failed || client.step()) && result.has_value(); }));
  }

  Authority authority;
  std::shared_ptr<TlsContext> context;
  Loop loop;
  test::Ends ends = test::connected(loop);
  TlsPeer client{ends.peer.descriptor()};
  std::optional<Result<void>> result;
};

TEST(Tls, a_handshake_tells_the_name_that_was_asked_for) {
  Scene scene;
  scene.client.name("second.test");
  scene.client.offer("\x02h2\x08http/1.1");
  scene.shake_hands();
  ASSERT_TRUE(scene.result && *scene.result);
  EXPECT_TRUE(scene.client.done);
  EXPECT_EQ("second.test", scene.ends.stream->tls()->server_name());
  EXPECT_EQ("TLSv1.3", scene.ends.stream->tls()->version());
  EXPECT_FALSE(scene.client.protocol().empty());
}

struct Choice {
  const char* name;
  const char* certificate;
};

class Sni : public testing::TestWithParam<Choice> {};

TEST_P(Sni, chooses_the_certificate) {
  Scene scene;
  if (GetParam().name != nullptr) scene.client.name(GetParam().name);
  scene.shake_hands();
  ASSERT_TRUE(scene.result && *scene.result);
  EXPECT_EQ(GetParam().certificate, scene.client.certificate());
}

// A wildcard is exactly one label; an unknown name gets the first certificate.
INSTANTIATE_TEST_SUITE_P(Rule74, Sni,
                         testing::Values(Choice{"first.test", "first"}, Choice{"second.test", "second"},
                                         Choice{"SECOND.test", "second"}, Choice{"a.wild.test", "second"},
                                         Choice{"a.b.wild.test", "first"}, Choice{"wild.test", "first"},
                                         Choice{"unknown.test", "first"}, Choice{nullptr, "first"}));

TEST(Rule74, without_a_common_protocol_there_is_no_connection) {
  Scene scene;
  scene.client.offer("\x06spdy/3");
  scene.shake_hands();
  ASSERT_TRUE(scene.result);
  ASSERT_FALSE(*scene.result);
  EXPECT_EQ(Code::tls, scene.result->error().code);
  EXPECT_TRUE(scene.client.failed);
}

TEST(Rule74, old_versions_are_refused) {
  Scene scene;
  scene.client.only_tls_1_1();
  scene.shake_hands();
  ASSERT_TRUE(scene.result);
  ASSERT_FALSE(*scene.result);
  EXPECT_EQ(Code::tls, scene.result->error().code);
}

TEST(Tls, plain_text_is_refused) {
  Scene scene;
  scene.ends.peer.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  scene.client.failed = true;
  scene.shake_hands();
  EXPECT_EQ(Code::tls, scene.result->error().code);
}

TEST(Tls, a_client_that_says_nothing_runs_into_the_deadline) {
  Scene scene;
  scene.client.failed = true;
  scene.ends.stream->deadline(Duration(50), Code::header_timeout);
  scene.shake_hands();
  EXPECT_EQ(Code::header_timeout, scene.result->error().code);
}

TEST(Tls, a_client_that_leaves_inside_the_handshake_fails_it) {
  Scene scene;
  scene.client.step();
  scene.ends.peer.close();
  scene.client.failed = true;
  scene.shake_hands();
  EXPECT_FALSE(*scene.result);
}

Task<> read_all(Stream& stream, std::string& into, std::optional<Failure>& end) {
  for (;;) {
    const auto ok = co_await stream.more();
    into += test::text(stream.input());
    stream.consume(stream.input().size());
    if (ok) continue;
    end = ok.error();
    co_return;
  }
}

Task<> write_all(Stream& stream, std::string head, std::string body, std::string tail, bool& done) {
  const auto ok = co_await stream.write({head, body, tail});
  EXPECT_TRUE(ok);
  done = true;
}

TEST(Tls, much_goes_both_ways_at_once_and_the_end_is_told) {
  Scene scene;
  scene.shake_hands();
  ASSERT_TRUE(*scene.result);
  std::string up(3 << 20, 'u');
  std::string down(3 << 20, 'd');
  for (std::size_t i = 0; i < up.size(); i += 1009) up[i] = down[i] = static_cast<char>('A' + i % 26);
  std::string got;
  std::optional<Failure> end;
  bool written = false;
  scene.loop.worker.spawn(read_all(*scene.ends.stream, got, end));
  scene.loop.worker.spawn(write_all(*scene.ends.stream, "head", down, "tail", written));
  std::size_t sent = 0;
  ASSERT_TRUE(scene.loop.until([&] {
    if (sent < up.size()) sent += scene.client.send(std::string_view(up).substr(sent));
    scene.client.pull(50'000);
    return got.size() == up.size() && written && scene.client.received.size() == down.size() + 8;
  }));
  EXPECT_TRUE(got == up);
  EXPECT_TRUE(scene.client.received == "head" + down + "tail");

  scene.client.finish();
  ASSERT_TRUE(scene.loop.until([&] { return end.has_value(); }));
  EXPECT_EQ(Code::closed, end->code);
}

TEST(Tls, closing_tells_the_client_so) {
  Scene scene;
  scene.shake_hands();
  scene.ends.stream->close();
  EXPECT_TRUE(scene.loop.until([&] {
    scene.client.pull();
    return scene.client.ended;
  }));
}

TEST(Tls, an_idle_connection_wakes_up) {
  Scene scene;
  scene.shake_hands();
  bool woke = false;
  auto wait = [&]() -> Task<> {
    EXPECT_TRUE(co_await scene.ends.stream->more());
    woke = true;
  };
  scene.loop.worker.spawn(wait());
  scene.loop.settle();
  scene.client.send("again");
  ASSERT_TRUE(scene.loop.until([&] { return woke; }));
  EXPECT_EQ("again", test::text(scene.ends.stream->input()));
}

TEST(Tls, more_records_than_one_turn_takes_need_no_news_from_the_socket) {
  Scene scene;
  scene.shake_hands();
  std::string got;
  std::optional<Failure> end;
  scene.loop.worker.spawn(read_all(*scene.ends.stream, got, end));
  scene.loop.settle();
  // One read of the socket takes them all, and OpenSSL gives one at a time.
  const std::string sent(3 * Stream::reads_a_turn, 'x');
  for (const char each : sent) ASSERT_EQ(1U, scene.client.send({&each, 1}));
  ASSERT_TRUE(scene.loop.until([&] { return got.size() == sent.size(); }, Duration(2'000))) << got.size();
  scene.client.finish();
  ASSERT_TRUE(scene.loop.until([&] { return end.has_value(); }));
}

TEST(Tls, a_watcher_hears_of_an_end_that_openssl_has_read_already) {
  Scene scene;
  scene.shake_hands();
  // Two requests' worth of records and the end in one flight: one read of the socket takes them all.
  scene.client.send("one");
  scene.client.finish();
  ASSERT_TRUE(scene.loop.run(scene.ends.stream->more()));
  EXPECT_EQ("one", test::text(scene.ends.stream->input()));
  bool gone = false;
  scene.ends.stream->watch([&] { gone = true; });
  EXPECT_TRUE(scene.loop.until([&] { return gone; }, Duration(2'000)));
}

TEST(Tls, what_cannot_be_used_is_named) {
  Authority authority;
  const auto one = authority.issue("one", "DNS:one.test");
  const auto two = authority.issue("two", "DNS:two.test");
  std::vector<std::string> problems;
  TlsSettings settings;
  settings.certificates = {{"/nonexistent.pem", one.private_key}, {one.certificate, two.private_key}};
  EXPECT_FALSE(TlsContext::load(settings, test::read_file, problems));
  ASSERT_EQ(2U, problems.size());
  EXPECT_NE(std::string::npos, problems[0].find("/nonexistent.pem"));
  EXPECT_NE(std::string::npos, problems[1].find(two.private_key));
}

}  // namespace
}  // namespace gw::net
