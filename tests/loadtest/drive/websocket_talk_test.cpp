#include "gateway/http/h1/websocket.hpp"
#include "loadtest/service/frames.hpp"
#include "tests/loadtest/drive/talk_scene.hpp"

namespace loadtest::drive {
namespace {

using service::Opcode;
using test::TalkScene;

plan::Transport websocket() {
  plan::Transport transport;
  transport.protocol = plan::Protocol::websocket;
  return transport;
}

struct WebSocket : TalkScene {
  explicit WebSocket(std::size_t at_once = 1, std::string message = "ping!")
      : TalkScene({get()}, websocket()), talk(websocket_talk(recorder, *lane.targets[0], std::move(message), at_once)) {}

  std::string accepted() const {
    const auto key = lane.targets[0]->about.fields.find("sec-websocket-key").value();
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           gw::http::h1::websocket_accept(key) + "\r\n\r\n";
  }
  void upgrade() {
    said(*talk);
    tell(*talk, accepted());
    ASSERT_TRUE(talk->introduced());
  }
  /// What it has said since, as frames.
  std::vector<service::Frame> frames() {
    service::FrameReader reader(true);
    reader.add(said(*talk));
    std::vector<service::Frame> all;
    while (auto frame = reader.next()) all.push_back(*frame);
    EXPECT_FALSE(reader.broken());
    return all;
  }
  Flight& begin() {
    auto& made = flight();
    EXPECT_TRUE(talk->begin(made));
    return made;
  }
  void echo(std::string_view text, Nanoseconds at, Opcode opcode = Opcode::text, bool final = true) {
    std::string bytes;
    service::append_frame(bytes, opcode, final, text);
    tell(*talk, bytes, at);
  }
  std::unique_ptr<Talk> talk;
};

TEST(WebSocketTalk, introduces_itself_first) {
  WebSocket scene;
  EXPECT_EQ(0U, scene.talk->room());
  const auto hello = scene.said(*scene.talk);
  EXPECT_NE(std::string::npos, hello.find("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "));
  const auto answer = scene.accepted();
  scene.tell(*scene.talk, answer.substr(0, 20));
  EXPECT_FALSE(scene.talk->introduced());
  EXPECT_TRUE(scene.talk->goes_on());
  scene.tell(*scene.talk, answer.substr(20));
  EXPECT_TRUE(scene.talk->introduced());
  EXPECT_EQ(1U, scene.talk->room());
}

TEST(WebSocketTalk, an_answer_without_the_proof_is_no_websocket) {
  for (const std::string_view answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"}) {
    WebSocket scene;
    scene.said(*scene.talk);
    scene.tell(*scene.talk, answer);
    EXPECT_FALSE(scene.talk->introduced());
    EXPECT_FALSE(scene.talk->goes_on());
  }
}

TEST(WebSocketTalk, a_message_ends_with_its_echo) {
  WebSocket scene;
  scene.upgrade();
  auto& flight = scene.begin();
  EXPECT_EQ(0U, scene.talk->room());
  const auto frames = scene.frames();
  ASSERT_EQ(1U, frames.size());
  EXPECT_EQ("ping!", frames[0].payload);
  EXPECT_EQ(Opcode::text, frames[0].opcode);
  scene.echo("pi", 2000, Opcode::text, false);
  EXPECT_TRUE(scene.landed.empty());
  scene.echo("ng!", 3000, Opcode::continuation);
  ASSERT_EQ(Landed{&flight}, scene.landed);
  EXPECT_EQ(Ending::answered, flight.sample.ending);
  EXPECT_EQ(101, flight.sample.status);
  EXPECT_EQ(2000, flight.sample.first_byte);
  EXPECT_EQ(3000, flight.sample.end);
  EXPECT_EQ(1U, scene.recorder.series().summary(measure::Metric::first_event).count);
}

TEST(WebSocketTalk, echoes_come_in_order) {
  WebSocket scene(3);
  scene.upgrade();
  auto& first = scene.begin();
  auto& second = scene.begin();
  EXPECT_EQ(1U, scene.talk->room());
  scene.echo("a", 2000);
  EXPECT_EQ(Landed{&first}, scene.landed);
  scene.echo("b", 5000);
  EXPECT_EQ((Landed{&first, &second}), scene.landed);
  const auto gap = scene.recorder.series().summary(measure::Metric::gap);
  EXPECT_EQ(1U, gap.count);
  EXPECT_EQ(3000U, gap.sum);
}

TEST(WebSocketTalk, a_ping_is_answered_and_is_no_echo) {
  WebSocket scene;
  scene.upgrade();
  scene.begin();
  scene.frames();
  scene.echo("are you there", 2000, Opcode::ping);
  EXPECT_TRUE(scene.landed.empty());
  const auto frames = scene.frames();
  ASSERT_EQ(1U, frames.size());
  EXPECT_EQ(Opcode::pong, frames[0].opcode);
  EXPECT_EQ("are you there", frames[0].payload);
}

TEST(WebSocketTalk, what_was_written_is_not_kept_for_what_was_not) {
  constexpr std::size_t messages = 250, size = 40'000;
  WebSocket scene(messages + 1, std::string(size, 'm'));
  scene.upgrade();
  service::FrameReader reader(true);
  std::size_t whole = 0;
  // Where its output lay, in the second half: as it grows, so does what was written in front of it.
  auto lowest = ~std::uintptr_t{0}, highest = std::uintptr_t{0};
  scene.begin();
  for (std::size_t i = 0; i != messages; ++i) {
    scene.begin();
    const auto out = scene.talk->output();
    ASSERT_GT(out.size(), size) << "never empty";
    if (i > messages / 2) {
      const auto at = reinterpret_cast<std::uintptr_t>(out.data());
      lowest = std::min(lowest, at);
      highest = std::max(highest, at);
    }
    const std::size_t some = out.size() - size / 2;
    reader.add(std::string_view(out.data(), some));
    scene.talk->wrote(some);
    while (const auto frame = reader.next()) {
      EXPECT_EQ(std::string(size, 'm'), frame->payload);
      ++whole;
    }
  }
  EXPECT_EQ(messages, whole);
  EXPECT_FALSE(reader.broken());
  EXPECT_LT(highest - lowest, 1'000'000U);
}

TEST(WebSocketTalk, what_is_no_frame_is_malformed) {
  WebSocket scene;
  scene.upgrade();
  auto& flight = scene.begin();
  scene.tell(*scene.talk, "\xf1\x05hello", 2000);
  ASSERT_EQ(1U, scene.landed.size());
  EXPECT_EQ(Ending::malformed, flight.sample.ending);
  EXPECT_FALSE(scene.talk->goes_on());
}

TEST(WebSocketTalk, a_close_and_an_end_end_it) {
  WebSocket scene(3);
  scene.upgrade();
  auto& flight = scene.begin();
  scene.echo("\x03\xe8", 2000, Opcode::close);
  EXPECT_FALSE(scene.talk->goes_on());
  EXPECT_EQ(0U, scene.talk->room());
  scene.talk->ended(true, 3000, scene.landed);
  ASSERT_EQ(1U, scene.landed.size());
  EXPECT_EQ(Ending::reset, flight.sample.ending);
}

}  // namespace
}  // namespace loadtest::drive
