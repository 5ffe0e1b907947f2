#pragma once
// HTTP/2 by hand: frames as bytes, and a served connection whose client is a raw socket that speaks them.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/gateway/http/connection_scene.hpp"

namespace gw::http::test::h2 {

enum Type : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9
};
inline constexpr std::uint8_t end_stream = 1, ack = 1, end_headers = 4, padded = 8, with_priority = 32;
enum Error : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  enhance_your_calm = 11
};

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};

inline std::string number(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

inline std::uint32_t number_in(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes.append(number(stream)).append(payload);
}

/// One entry of a SETTINGS frame.
inline std::string setting(std::uint16_t id, std::uint32_t value) {
  return std::string{static_cast<char>(id >> 8), static_cast<char>(id)} + number(value);
}

/// A literal field that is not indexed, without Huffman codes (RFC 7541 §6.2.2).
inline std::string field(std::string_view name, std::string_view value) {
  const auto text = [](std::string_view of) {
    std::string out;
    if (of.size() < 127) {
      out.push_back(static_cast<char>(of.size()));
    } else {
      out.push_back(127);
      std::size_t rest = of.size() - 127;
      for (; rest >= 128; rest >>= 7) out.push_back(static_cast<char>(rest % 128 + 128));
      out.push_back(static_cast<char>(rest));
    }
    return out.append(of);
  };
  return std::string(1, '\0') + text(name) + text(value);
}

inline std::string head(std::string_view method = "GET", std::string_view path = "/a") {
  return field(":method", method) + field(":scheme", "http") + field(":path", path) + field(":authority", "h");
}

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A client that has said its preface and an empty SETTINGS.
struct Client : Scene {
  explicit Client(const ServerSettings& how = {}, bool acknowledged = true) : Scene(how) {
    peer.send(std::string(preface) + frame(settings, 0, 0, ""));
    if (acknowledged) peer.send(frame(settings, ack, 0, ""));
  }

  void say(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = "") {
    peer.send(frame(type, flags, stream, payload));
  }
  void get(std::uint32_t stream, std::string_view fields = head()) { say(headers, end_headers | end_stream, stream, fields); }
  void post(std::uint32_t stream, std::string_view more = "") {
    say(headers, end_headers, stream, head("POST") + std::string(more));
  }

  /// Waits for a frame; null when none comes.
  const Frame* wait(std::uint8_t type, std::uint32_t stream, std::uint8_t flags = 0, Duration limit = net::test::patience) {
    const Frame* found = nullptr;
    (void)loop.until(
        [&] {
          pull();
          for (const auto& one : frames)
            if (one.type == type && one.stream == stream && (one.flags & flags) == flags) found = &one;
          return found != nullptr;
        },
        limit);
    return found;
  }
  /// The error code of the RST_STREAM or, for stream 0, the GOAWAY that comes; 999: none.
  std::uint32_t error_of(std::uint32_t stream) {
    const auto* told = wait(stream == 0 ? goaway : rst_stream, stream);
    return told == nullptr ? 999 : number_in(std::string_view(told->payload).substr(stream == 0 ? 4 : 0));
  }
  void pull() {
    peer.pull();
    while (peer.received.size() >= 9) {
      const std::string_view all = peer.received;
      const std::size_t size = number_in(std::string(1, '\0') + std::string(all.substr(0, 3)));
      if (all.size() < 9 + size) return;
      frames.push_back({static_cast<std::uint8_t>(all[3]), static_cast<std::uint8_t>(all[4]), number_in(all.substr(5)),
                        std::string(all.substr(9, size))});
      peer.received.erase(0, 9 + size);
    }
  }
  bool has(std::uint8_t type, std::uint32_t stream) {
    loop.settle();
    pull();
    for (const auto& one : frames)
      if (one.type == type && one.stream == stream) return true;
    return false;
  }
  std::string body_of(std::uint32_t stream) {
    loop.settle();
    pull();
    std::string body;
    for (const auto& one : frames)
      if (one.type == data && one.stream == stream) body += one.payload;
    return body;
  }
  bool ended() {
    return loop.until([&] { return pull(), peer.over(); });
  }
  /// Does the connection still answer?
  bool alive(std::uint32_t stream) {
    handler.script = echo;
    get(stream);
    return wait(data, stream, end_stream) != nullptr;
  }

  std::vector<Frame> frames;
};

/// A handler that waits until its client is gone.
inline Task<> wait_until_gone(ClientSide& client, RequestHead&) {
  net::Waiter never;
  client.watch([&] { never.notify(); });
  co_await never.wait();
}

}  // namespace gw::http::test::h2
