#pragma once
// A client that does again and again what a good one does now and then.

#include <functional>
#include <string>

#include "tests/gateway/http/h2/frames.hpp"

namespace gw::http::test::h2 {

// More than a burst and what leaks away while a slow machine sends it.
inline constexpr std::uint32_t attempts = 3'000;

using Attempt = std::function<std::string(std::uint32_t)>;

inline std::uint32_t stream_at(std::uint32_t i) { return 2 * i + 1; }

inline bool warned(const Client& client) {
  for (const auto& one : client.frames)
    if (one.type == goaway) return true;
  return false;
}

/// Sends what `make` makes, again and again, while the connection takes it, or until it is told to stop. Returns how often.
inline std::uint32_t flood(Client& client, const Attempt& make, bool until_warned = false) {
  std::uint32_t sent = 0;
  for (; sent != attempts && !client.peer.over() && !(until_warned && warned(client)); ++sent) {
    client.peer.send(make(sent));
    client.loop.settle();
    client.pull();
  }
  return sent;
}

/// Opens a stream that stays so: only then is there something between the warning and the end.
inline void hold(Client& client, std::uint32_t stream) {
  client.handler.script = wait_until_gone;
  client.post(stream);
  client.loop.settle();
}

/// The client is warned first, then ended, and not before it has had its burst.
inline void expect_calmed(Client& client, std::uint32_t sent) {
  ASSERT_LT(sent, attempts) << "it was never ended";
  EXPECT_GE(sent, 990U);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(enhance_your_calm, client.error_of(0));
  const Frame* first = nullptr;
  for (const auto& one : client.frames)
    if (one.type == goaway && first == nullptr) first = &one;
  ASSERT_NE(nullptr, first);
  EXPECT_EQ(no_error, number_in(std::string_view(first->payload).substr(4))) << "three quarters: take your requests elsewhere";
  EXPECT_GE(client.server->http2().calmed, 2U);
}

}  // namespace gw::http::test::h2
