#include "gateway/http/websocket_frames.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gw::http {
namespace {

using namespace std::string_literals;

constexpr char whole = '\x81';      // text, the whole message
constexpr char begun = '\x01';      // text, more follows
constexpr char continued = '\x80';  // the last fragment
constexpr char ping = '\x89';

std::string frame(char first, std::size_t length, bool masked = false) {
  const auto mask = static_cast<char>(masked ? 0x80 : 0);
  std::string made(1, first);
  if (length < 126) {
    made += static_cast<char>(mask | static_cast<char>(length));
  } else if (length < 65536) {
    made += static_cast<char>(mask | 126);
    for (int shift = 8; shift >= 0; shift -= 8) made += static_cast<char>(length >> shift);
  } else {
    made += static_cast<char>(mask | 127);
    for (int shift = 56; shift >= 0; shift -= 8) made += static_cast<char>(length >> shift);
  }
  if (masked) made += "mask";
  return made + std::string(length, '\x81');
}

std::optional<std::size_t> place(const std::string& bytes) { return WebSocketFrames().follow(bytes); }

TEST(WebSocketFrames, end_behind_their_payload_whatever_its_length) {
  for (const std::size_t length : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 70000U}) {
    for (const bool masked : {false, true}) {
      const auto one = frame(whole, length, masked);
      EXPECT_EQ(one.size(), place(one)) << length;
      EXPECT_EQ(one.size(), place(one + frame(whole, 5).substr(0, 3))) << "of the next one only a part is here";
      EXPECT_EQ(0U, place(one.substr(0, one.size() - 1))) << "nothing is whole but what was before";
    }
  }
}

TEST(WebSocketFrames, are_found_however_they_are_cut) {
  const auto text = frame(whole, 3) + frame(whole, 300, true) + frame(ping, 0) + frame(whole, 66000);
  WebSocketFrames frames;
  std::size_t places = 0;
  for (const char c : text) {
    if (const auto at = frames.follow({&c, 1}); at == 1U) ++places;
  }
  EXPECT_EQ(4U, places);
  EXPECT_TRUE(frames.between_messages());
}

TEST(WebSocketFrames, of_one_message_leave_no_place_between_them) {
  WebSocketFrames frames;
  EXPECT_EQ(0U, frames.follow(frame(begun, 2)));
  EXPECT_FALSE(frames.between_messages());
  EXPECT_EQ(std::nullopt, frames.follow(frame(ping, 1))) << "a control frame between two fragments ends no message";
  const auto last = frame(continued, 2);
  EXPECT_EQ(last.size(), frames.follow(last));
  EXPECT_TRUE(frames.between_messages());
}

TEST(WebSocketFrames, know_of_a_close_frame) {
  WebSocketFrames frames;
  frames.follow(frame(whole, 8));
  EXPECT_FALSE(frames.closed()) << "its payload looks like one";
  frames.follow(std::string(websocket_restart));
  EXPECT_TRUE(frames.closed());
  EXPECT_EQ("\x88\x02\x03\xf4"s, websocket_restart) << "1012 (RFC 6455 §5.5.1, IANA)";
}

TEST(WebSocketFrames, tell_messages_from_pings_however_they_are_cut) {
  WebSocketFrames frames;
  const auto data = [&](const std::string& bytes) {
    static_cast<void>(frames.follow(bytes));
    return frames.followed_data();
  };
  EXPECT_FALSE(data(frame(ping, 3)));
  EXPECT_TRUE(data(frame(ping, 3) + frame(whole, 2)));
  EXPECT_FALSE(data("")) << "of nothing";
  const auto cut = frame(ping, 20, true);
  EXPECT_FALSE(data(cut.substr(0, 9)));
  EXPECT_FALSE(data(cut.substr(9))) << "its payload is of no message either";
  const auto message = frame(whole, 20, true);
  EXPECT_FALSE(data(message.substr(0, 1))) << "what it is is not known yet";
  EXPECT_TRUE(data(message.substr(1, 9)));
  EXPECT_TRUE(data(message.substr(10))) << "the rest of its payload";
  EXPECT_TRUE(data(frame(whole, 0))) << "an empty message is one";
  EXPECT_TRUE(data(frame(begun, 2)));
  EXPECT_FALSE(data(frame(ping, 2))) << "between the parts of a message";
  EXPECT_TRUE(data(frame(continued, 2)));
  EXPECT_FALSE(data(frame('\x88', 2))) << "a Close frame";
}

}  // namespace
}  // namespace gw::http
