#pragma once
// Heads and chunk framing as they go on the wire: canonical, and nothing but what a head says. Field names are written in
// lower case, as they are kept (RFC 9110 §5.1: names have no case).

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/message.hpp"

namespace gw::http::h1 {

/// Appends a request head. Framing fields come from `head.body` exactly (rule 44); a POST, PUT or PATCH without a body
/// states a length of 0. Returns the framing that the body must be written with.
Framing append_request(std::string& out, const RequestHead& head);

/// What the connection decides about a response, not the head.
struct ResponseWriting {
  std::string_view date{};    ///< the Date to add when the head has none; empty: none
  bool close = false;         ///< the connection ends behind this response
  bool http_1_0 = false;      ///< the client speaks HTTP/1.0: no chunked (rule 47), keep-alive must be said
  bool head_request = false;  ///< it answers a HEAD: no body follows
};

/// Appends a response head, interim ones too. Returns the framing that the body must be written with; `until_close` (an
/// HTTP/1.0 client and a body of unknown size) says `Connection: close` and means it.
Framing append_response(std::string& out, const ResponseHead& head, const ResponseWriting& writing);

/// Appends the line before `size` bytes of chunk data; size must not be 0.
void append_chunk_start(std::string& out, std::size_t size);
/// What stands behind the data of a chunk.
inline constexpr std::string_view chunk_end = "\r\n";
/// Appends the last chunk with its trailers. The data of the chunk before must have its `chunk_end`.
void append_last_chunk(std::string& out, const Fields* trailers);

}  // namespace gw::http::h1
