#pragma once
// Heads as lists of fields for nghttp2 (RFC 9113 §8.3). Pure. Lists are the thread's: valid until the next is asked for, and as long as
// what they were made of.

#include <nghttp2/nghttp2.h>

#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace gw::http::h2 {

using FieldList = std::vector<nghttp2_nv>;

/// What the connection adds to a response.
struct ResponseWriting {
  std::string_view date{};    ///< the Date to add when the head has none; empty: none
  bool head_request = false;  ///< it answers a HEAD
  std::uint8_t flags = NGHTTP2_NV_FLAG_NONE;
};
/// A 101 is the 200 of RFC 8441, without the proof that HTTP/1 needs.
const FieldList& field_list(const ResponseHead& head, const ResponseWriting& writing);

/// A WebSocket becomes an extended CONNECT, without the key.
const FieldList& field_list(const RequestHead& head, std::string_view scheme, std::uint8_t flags);

/// Trailers, copied by nghttp2.
const FieldList& field_list(const Fields& trailers);

}  // namespace gw::http::h2
