#include "gateway/proxy/relay.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/gateway/proxy/relay_scene.hpp"

namespace gw::proxy::test {
namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: demo.test\r\n\r\n";
const std::string put_and_wait = "PUT /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";

TEST(Relay, brings_the_answer_and_keeps_both_connections) {
  RelayScene scene;
  scene.client.send(get);
  ASSERT_TRUE(scene.app_gets("GET /a HTTP/1.1\r\nhost: demo.test\r\n"));
  scene.app.send(ok);
  ASSERT_TRUE(scene.client_gets("\r\n\r\ndone"));
  EXPECT_TRUE(scene.reusable);
  EXPECT_FALSE(scene.client.over());
  EXPECT_EQ(200, scene.outcome.status);
  EXPECT_EQ(4U, scene.outcome.bytes_out);
}

TEST(Relay, interim_answers_come_before_the_final_one) {
  RelayScene scene;
  scene.client.send(get);
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  scene.app.send("HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n");
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 103 Early Hints\r\nlink: </s.css>\r\n\r\n"));
  scene.app.send(ok);
  ASSERT_TRUE(scene.client_gets("done"));
  EXPECT_TRUE(scene.client.received.find(" 103 ") < scene.client.received.find(" 200 "));
}

TEST(Relay, the_app_asks_for_the_body) {
  RelayScene scene;
  scene.client.send(put_and_wait);
  ASSERT_TRUE(scene.app_gets("expect: 100-continue\r\n"));
  EXPECT_TRUE(scene.app.received.ends_with("\r\n\r\n"));
  scene.app.send("HTTP/1.1 100 Continue\r\n\r\n");
  const auto asked = net::Clock::now();
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_LT(net::Clock::now() - asked, Duration(900)) << "the app's own 100, not ours";
  scene.client.send("hello");
  ASSERT_TRUE(scene.app_gets("\r\n\r\nhello"));
  scene.app.send(ok);
  ASSERT_TRUE(scene.client_gets("done"));
  EXPECT_TRUE(scene.reusable);
}

TEST(Relay, an_app_that_says_nothing_is_not_waited_for_longer_than_a_second) {
  RelayScene scene;
  const auto began = net::Clock::now();
  scene.client.send(put_and_wait);
  ASSERT_TRUE(scene.client_gets("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_GE(net::Clock::now() - began, Duration(999));
  EXPECT_LE(net::Clock::now() - began, Duration(1'500));
  scene.client.send("hello");
  ASSERT_TRUE(scene.app_gets("hello"));
  scene.app.send(ok);
  EXPECT_TRUE(scene.client_gets("done"));
}

TEST(Relay, a_final_answer_before_the_body_ends_the_waiting_at_once) {
  RelayScene scene;
  const auto began = net::Clock::now();
  scene.client.send(put_and_wait);
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  scene.app.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(scene.client_over());
  EXPECT_LT(net::Clock::now() - began, Duration(900));
  EXPECT_NE(std::string::npos, scene.client.received.find("HTTP/1.1 401"));
  EXPECT_EQ(std::string::npos, scene.client.received.find(" 100 "));
  ASSERT_TRUE(scene.result);
  EXPECT_TRUE(*scene.result);
  EXPECT_FALSE(scene.reusable) << "the app still waits for a body on it";
}

TEST(Relay, an_answer_does_not_run_into_our_100) {
  RelayScene scene;
  scene.client.send(put_and_wait);
  ASSERT_TRUE(scene.app_gets("expect: 100-continue\r\n"));
  // The client reads nothing for now, so that our 100 has to wait.
  std::string earlier;
  const std::string some(1000, '.');
  while (::send(scene.client_socket, some.data(), some.size(), MSG_DONTWAIT) > 0) earlier += some;
  const auto later = net::Clock::now() + Duration(1'500);
  scene.loop.until([&] { return net::Clock::now() >= later; });
  scene.app.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  scene.loop.settle();

  ASSERT_TRUE(scene.client_gets("\r\n\r\nok"));
  const auto answers = scene.client.received.substr(scene.client.received.find("HTTP/1.1"));
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << answers;
}

TEST(Relay, an_early_answer_stops_the_upload) {
  RelayScene scene;
  scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 1000000\r\n\r\npart");
  ASSERT_TRUE(scene.app_gets("part"));
  scene.app.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
  ASSERT_TRUE(scene.client_gets("\r\n\r\nno"));
  EXPECT_FALSE(scene.reusable);
  EXPECT_TRUE(scene.app_over());
  scene.client.close();
  EXPECT_TRUE(scene.loop.until([&] { return scene.server->connections() == 0; }));
}

TEST(Relay, upload_and_download_go_on_at_once) {
  RelayScene scene;
  scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  ASSERT_TRUE(scene.app_gets("3\r\none\r\n"));
  scene.app.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nONE\r\n");
  ASSERT_TRUE(scene.client_gets("3\r\nONE\r\n"));
  scene.client.send("3\r\ntwo\r\n");
  ASSERT_TRUE(scene.app_gets("3\r\ntwo\r\n"));
  scene.app.send("3\r\nTWO\r\n");
  ASSERT_TRUE(scene.client_gets("3\r\nTWO\r\n"));
  scene.client.send("0\r\n\r\n");
  ASSERT_TRUE(scene.app_gets("0\r\n\r\n"));
  scene.app.send("0\r\n\r\n");
  ASSERT_TRUE(scene.client_gets("0\r\n\r\n"));
  EXPECT_TRUE(scene.reusable);
  EXPECT_FALSE(scene.client.over());
  EXPECT_EQ(6U, scene.outcome.bytes_in);
  EXPECT_EQ(6U, scene.outcome.bytes_out);
}

TEST(Relay, much_goes_through_both_ways) {
  for (const bool chunked : {false, true}) {
    RelayScene scene(true);
    const std::size_t size = 6 << 20;
    std::string up = chunked ? "600000\r\n" + std::string(size, 'u') + "\r\n0\r\n\r\n" : std::string(size, 'u');
    std::string down(size, 'd');
    for (std::size_t i = 0; i < size; i += 997) down[i] = static_cast<char>('A' + i % 26);
    scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\n" +
                      std::string(chunked ? "Transfer-Encoding: chunked" : "Content-Length: 6291456") + "\r\n\r\n");
    scene.app.send("HTTP/1.1 200 OK\r\nContent-Length: 6291456\r\n\r\n");
    std::size_t sent_up = 0;
    std::size_t sent_down = 0;
    ASSERT_TRUE(scene.loop.until([&] {
      sent_up += scene.client.send(std::string_view(up).substr(sent_up));
      // The end of the answer comes last: it would stop the upload.
      const auto now = scene.outcome.bytes_in == size ? size : size - 1000;
      sent_down += scene.app.send(std::string_view(down).substr(sent_down, now - sent_down));
      scene.app.pull();
      scene.client.pull(100'000);
      return scene.outcome.bytes_in == size && scene.outcome.bytes_out == size && scene.client.received.size() > size;
    }));
    EXPECT_TRUE(scene.loop.until([&] {
      return scene.client.pull(), scene.app.pull(), scene.result.has_value() && scene.client.received.ends_with(down);
    }));
    // The chunks are cut anew, their bytes are the same.
    const auto body = scene.app.received.substr(scene.app.received.find("\r\n\r\n"));
    EXPECT_EQ(static_cast<std::ptrdiff_t>(size), std::count(body.begin(), body.end(), 'u')) << chunked;
    EXPECT_TRUE(scene.app.received.ends_with(chunked ? "\r\n0\r\n\r\n" : "uuuu")) << chunked;
    EXPECT_TRUE(*scene.result);
  }
}

TEST(Relay, a_client_that_leaves_takes_its_request_along) {
  for (const char* answer : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun"}) {
    RelayScene scene;
    scene.client.send(get);
    ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
    scene.app.send(answer);
    scene.loop.settle();
    scene.client.close();
    scene.loop.settle();
    scene.app.pull();
    EXPECT_TRUE(scene.app.over()) << "at once: a model must not go on for nobody";
    ASSERT_TRUE(scene.result);
    ASSERT_FALSE(*scene.result);
    EXPECT_EQ((net::Failure{Code::cancelled, net::Side::client, net::Retry::never}), scene.result->error());
    EXPECT_TRUE(scene.outcome.client_gone);
  }
}

TEST(Relay, what_a_client_sent_ahead_is_not_carried_out_when_its_answer_cannot_be_written) {
  RelayScene scene;
  scene.client.send(get + get);
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  // Nothing tells us of this but the answer that cannot be written.
  ASSERT_EQ(0, ::shutdown(scene.client_socket, SHUT_WR));
  scene.app.send(ok);
  ASSERT_TRUE(scene.loop.until([&] { return scene.server->connections() == 0; }));
  EXPECT_EQ(scene.requests, 1);
  EXPECT_TRUE(scene.outcome.client_gone);
}

TEST(Relay, a_client_that_leaves_after_its_upload_is_noticed_too) {
  RelayScene scene;
  scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\nContent-Length: 6\r\n\r\nabc");
  ASSERT_TRUE(scene.app_gets("abc"));
  scene.client.send("def");
  ASSERT_TRUE(scene.app_gets("def"));
  scene.client.close();
  scene.loop.settle();
  scene.app.pull();
  EXPECT_TRUE(scene.app.over());
  EXPECT_TRUE(scene.outcome.client_gone);
}

TEST(Relay, an_answer_that_is_cut_is_cut_for_the_client) {
  RelayScene scene(true);
  scene.client.send(get);
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  scene.app.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  ASSERT_TRUE(scene.client_gets("half"));
  scene.app.close();
  ASSERT_TRUE(scene.client_over());
  EXPECT_TRUE(scene.client.broken);
  EXPECT_EQ(Code::truncated, scene.result->error().code);
}

TEST(Rule43, a_body_over_the_limit_is_refused_wherever_it_is_noticed) {
  // In one piece with the head, and in a later piece.
  for (const bool together : {true, false}) {
    RelayScene scene;
    scene.only.max_body_bytes = 10;
    const std::string head = "POST /a HTTP/1.1\r\nHost: demo.test\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string body = "b\r\nhello world\r\n0\r\n\r\n";
    scene.client.send(together ? head + body : head);
    if (!together) {
      ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
      scene.client.send(body);
    }
    ASSERT_TRUE(scene.client_gets("HTTP/1.1 413")) << together;
    EXPECT_TRUE(scene.app_over());
    EXPECT_EQ(std::string::npos, scene.app.received.find("0\r\n\r\n")) << "the app must not take it for whole";
    EXPECT_EQ((net::Failure{Code::body_too_large, net::Side::client, net::Retry::never}), scene.result->error());
  }
}

TEST(Relay, a_body_of_exactly_the_limit_passes) {
  RelayScene scene;
  scene.only.max_body_bytes = 11;
  scene.client.send("POST /a HTTP/1.1\r\nHost: demo.test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n");
  ASSERT_TRUE(scene.app_gets("0\r\n\r\n"));
  scene.app.send(ok);
  EXPECT_TRUE(scene.client_gets("done"));
}

const std::string handshake =
    "GET /ws HTTP/1.1\r\nHost: demo.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

TEST(Tunnel, carries_both_ways_and_half_ends) {
  RelayScene scene;
  scene.client.send(handshake + "early");
  ASSERT_TRUE(scene.app_gets("upgrade: websocket"));
  EXPECT_EQ(std::string::npos, scene.app.received.find("early")) << "not before the 101 (rule 35)";
  scene.app.send(switching + "hello");
  ASSERT_TRUE(scene.client_gets("\r\n\r\nhello"));
  ASSERT_TRUE(scene.app_gets("early"));
  scene.client.send("more");
  ASSERT_TRUE(scene.app_gets("earlymore"));

  scene.client.finish();
  ASSERT_TRUE(scene.app_over());
  EXPECT_TRUE(scene.app.ended);
  scene.app.send("still talking");
  ASSERT_TRUE(scene.client_gets("still talking"));
  scene.app.close();
  ASSERT_TRUE(scene.client_over());
  ASSERT_TRUE(scene.loop.until([&] { return scene.result.has_value(); }));
  EXPECT_TRUE(*scene.result);
  EXPECT_TRUE(scene.outcome.tunnel);
  EXPECT_EQ(9U, scene.outcome.bytes_in);
  EXPECT_EQ(18U, scene.outcome.bytes_out);
}

TEST(Tunnel, that_is_silent_too_long_ends) {
  RelayScene scene;
  scene.snapshot.timeouts.tunnel = Duration(200);
  scene.client.send(handshake);
  ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
  scene.app.send(switching);
  ASSERT_TRUE(scene.client_gets("101"));
  EXPECT_TRUE(scene.client_over());
  EXPECT_TRUE(scene.app_over());
}

TEST(Tunnel, ends_when_one_side_breaks) {
  for (const bool client_breaks : {true, false}) {
    RelayScene scene(true);
    scene.client.send(handshake);
    ASSERT_TRUE(scene.app_gets("\r\n\r\n"));
    scene.app.send(switching);
    ASSERT_TRUE(scene.client_gets("101"));
    client_breaks ? scene.client.reset() : scene.app.reset();
    EXPECT_TRUE(client_breaks ? scene.app_over() : scene.client_over());
    EXPECT_TRUE(scene.loop.until([&] { return scene.result.has_value(); }));
  }
}

// Every step: the exchange is cut behind each byte of either side, by an end and by a close.

const std::string whole_request =
    "POST /a HTTP/1.1\r\nHost: demo.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\nX-T: 1\r\n\r\n";

TEST(Rule42, a_request_that_is_cut_never_reaches_the_app_whole) {
  for (const bool close : {false, true})
    for (std::size_t cut = 0; cut != whole_request.size(); ++cut) {
      RelayScene scene;
      scene.client.send(std::string_view(whole_request).substr(0, cut));
      scene.loop.settle();
      close ? scene.client.close() : scene.client.finish();
      ASSERT_TRUE(scene.loop.until([&] { return scene.server->connections() == 0; })) << cut;
      if (!scene.result) continue;  // cut inside the head: nobody was asked
      EXPECT_FALSE(*scene.result) << cut;
      EXPECT_TRUE(scene.app_over()) << cut;
      EXPECT_EQ(std::string::npos, scene.app.received.find("\r\n0\r\n")) << cut;
      EXPECT_FALSE(scene.reusable);
    }
}

TEST(Rule42, an_answer_that_is_cut_never_reaches_the_client_whole) {
  const std::string answers[] = {
      "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n",
  };
  for (const auto& request : {get, whole_request})
    for (const auto& answer : answers)
      for (std::size_t cut = 0; cut != answer.size(); ++cut) {
        RelayScene scene;
        scene.client.send(request);
        scene.loop.settle();
        scene.app.send(std::string_view(answer).substr(0, cut));
        if (cut % 2 == 0) scene.loop.settle();
        scene.app.close();
        ASSERT_TRUE(scene.loop.until([&] { return scene.result.has_value(); })) << cut;
        EXPECT_FALSE(*scene.result) << cut;
        EXPECT_FALSE(scene.reusable);
        scene.loop.settle();
        scene.client.pull();
        const auto& got = scene.client.received;
        const bool told = got.find("HTTP/1.1 502") != std::string::npos;
        EXPECT_EQ(std::string::npos, got.find("hello world")) << cut;
        EXPECT_EQ(std::string::npos, got.find("\r\n0\r\n")) << cut;
        // Our own answer, or an answer that visibly breaks off.
        EXPECT_TRUE(told || scene.client.over()) << cut;
        EXPECT_FALSE(told && got.find("HTTP/1.1 200") != std::string::npos) << cut;
      }
}

TEST(EveryStep, a_client_that_leaves_during_the_answer_harms_nobody) {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: 1\r\n\r\n";
  for (std::size_t cut = 0; cut != answer.size(); ++cut) {
    RelayScene scene;
    scene.client.send(get);
    scene.loop.settle();
    scene.app.send(std::string_view(answer).substr(0, cut));
    if (cut % 2 == 0) scene.loop.settle();
    scene.client.close();
    ASSERT_TRUE(scene.loop.until([&] { return scene.server->connections() == 0; })) << cut;
    EXPECT_TRUE(scene.app_over()) << cut;
    EXPECT_FALSE(*scene.result) << cut;
  }
}

TEST(EveryStep, the_server_may_stop_at_any_time) {
  for (std::size_t cut = 0; cut <= whole_request.size(); cut += 3) {
    RelayScene scene;
    scene.client.send(std::string_view(whole_request).substr(0, cut));
    scene.loop.settle();
    scene.server->stop();
    EXPECT_TRUE(scene.loop.until([&] { return scene.server->connections() == 0; })) << cut;
  }
}

}  // namespace
}  // namespace gw::proxy::test
