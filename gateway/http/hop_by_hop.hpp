#pragma once
// Which fields belong to one connection, and which speak for a proxy before us. The lists both sides and both protocol
// versions share.

#include <string_view>

#include "gateway/http/fields.hpp"

namespace gw::http {

/// Is it a field of one connection or of the proxy it was sent to, never forwarded (rules 30 and 32)? Trailer is not: it
/// goes with the trailers. Content-Length and Host have places of their own in a head.
bool is_hop_by_hop(Name) noexcept;

/// Would stripping it at the client's wish (`Connection: cookie`) change what a request means or who it seems to be from
/// (rule 31)? Name in lower case.
bool is_protected_from_connection(std::string_view name) noexcept;

/// Does a field claim who the client is or what it asked for, so that only a trusted proxy may send it (rule 70)? Other
/// spellings of these names, with `_` or `.` for `-`, count as well. Name in lower case.
bool is_forwarded_identity(std::string_view name) noexcept;

/// Is it `dashed`, when `_` and `.` count as dashes: the name that CGI-like apps read (rule 14)? Both in lower case.
bool spells(std::string_view name, std::string_view dashed) noexcept;

/// May the field stand among the trailers we pass on (rule 9, RFC 9110 §6.5.1)? Not framing, routing, authentication,
/// cookies, caching or anything of the connection. Name in lower case.
bool is_allowed_trailer(const Fields::Field& field) noexcept;

}  // namespace gw::http
