#pragma once
// Heads to and from lists of HTTP/2 fields (RFC 9113 §8.3). Pure.

#include <nghttp2/nghttp2.h>

#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace gw::http::h2 {

/// Adds one received field to the head. False: the request is malformed.
bool add_field(RequestHead& head, std::string_view name, std::string_view value);
/// After the last field: is the head whole? `end` when no body follows.
bool finish_head(RequestHead& head, bool end);

/// The fields of a response for nghttp2; the views are valid as long as `head` and `status` are.
std::vector<nghttp2_nv> field_list(const ResponseHead& head, std::string_view status, std::string_view length);
std::vector<nghttp2_nv> field_list(const Fields& trailers);

}  // namespace gw::http::h2
