#pragma once
// The one thing an HTTP/1 hop must know of the WebSocket handshake: the proof that the answerer understood it.

#include <string>
#include <string_view>

namespace gw::http::h1 {

/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key);

}  // namespace gw::http::h1
