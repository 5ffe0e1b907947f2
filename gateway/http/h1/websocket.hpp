#pragma once
// The one thing an HTTP/1 hop must know of the WebSocket handshake: the proof that the answerer understood it.

#include <string>
#include <string_view>

namespace gw::http::h1 {

/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key);

/// A new Sec-WebSocket-Key: 16 random bytes in base64 (RFC 6455 §4.1). It proves nothing about us and need not be secret.
std::string websocket_key();

}  // namespace gw::http::h1
