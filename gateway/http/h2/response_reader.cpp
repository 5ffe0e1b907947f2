#include "gateway/http/h2/response_reader.hpp"

#include "gateway/http/characters.hpp"
#include "gateway/http/h1/framing.hpp"
#include "gateway/http/h2/field_rules.hpp"
#include "gateway/http/hop_by_hop.hpp"
#include "gateway/http/status.hpp"

namespace gw::http::h2 {
namespace {

using net::Code;
using net::Result;

constexpr net::Failure bad(Code code) noexcept { return {code, net::Side::upstream, net::Retry::never}; }

/// Three digits; 0: something else.
std::uint16_t read_status(std::string_view value) noexcept {
  if (value.size() != 3 || value[0] < '1' || value[0] > '5') return 0;
  unsigned status = 0;
  for (const char c : value) {
    if (!is_digit(c)) return 0;
    status = status * 10 + static_cast<unsigned>(c - '0');
  }
  return static_cast<std::uint16_t>(status);
}

}  // namespace

void ResponseReader::begin(ResponseHead& head) {
  head.clear();
  bytes_ = fields_ = 0;
  length_ = 0;
  length_stated_ = false;
}

Result<void> ResponseReader::count(std::string_view name, std::string_view value) noexcept {
  bytes_ += name.size() + value.size() + field_cost;
  if (++fields_ > rules_.field_count || bytes_ > rules_.head_bytes) return bad(Code::fields_too_large);
  return {};
}

Result<void> ResponseReader::field(ResponseHead& head, std::string_view name, std::string_view value) {
  if (auto fine = count(name, value); !fine) return fine;
  if (name.starts_with(':')) {
    if (name != ":status" || head.status != 0 || !head.fields.empty()) return bad(Code::bad_start_line);
    head.status = read_status(value);
    // RFC 9113 §8.6: HTTP/2 has no 101.
    if (head.status == 0 || head.status == 101) return bad(Code::bad_start_line);
    return {};
  }
  if (!is_lower_token(name)) return bad(Code::bad_field_name);
  if (!is_clean_value(value)) return bad(Code::bad_field_value);
  const Name id = known_name(name);
  if (is_connection_specific(id)) return bad(Code::bad_connection_option);
  if (id == Name::content_length) {
    const auto length = h1::parse_content_length(value);
    if (!length || (length_stated_ && *length != length_)) return bad(Code::bad_content_length);
    length_ = *length;
    length_stated_ = true;
    return {};
  }
  if (is_hop_by_hop(id)) return {};
  head.fields.add(name, value);
  return {};
}

Result<void> ResponseReader::finish(ResponseHead& head, ResponseExpectation& expected, bool end) {
  if (head.status == 0) return bad(Code::bad_start_line);
  if (head.status < 200) {
    if (end || length_stated_ || ++expected.interims > rules_.interim_count) return bad(Code::bad_interim);
    head.fields.erase(Name::trailer);
    return {};
  }
  if (expected.tunnel && head.status < 300) {
    // RFC 8441 §5: the rest of us knows it as the 101 of RFC 6455.
    head.status = 101;
    head.tunnel = Tunnel::websocket;
    head.protocol = "websocket";
    head.body = BodySize::unknown();
    head.fields.set(Name::sec_websocket_accept, expected.accept);
    return {};
  }
  finish_body(head, expected, end);
  return {};
}

void ResponseReader::finish_body(ResponseHead& head, const ResponseExpectation& expected, bool end) {
  if (expected.head_request || never_has_body(head.status)) {
    head.length_stated = length_stated_ && head.status != 204;
    if (head.length_stated) head.stated_length = length_;
  } else if (length_stated_) {
    head.body = BodySize::of(length_);
  } else if (!end) {
    head.body = BodySize::unknown();
  }
  if (head.body.kind != BodySize::Kind::unknown) head.fields.erase(Name::trailer);
}

void ResponseReader::begin_trailers(Fields& trailers) {
  trailers.clear();
  bytes_ = fields_ = 0;
}

Result<void> ResponseReader::trailer(Fields& trailers, std::string_view name, std::string_view value) {
  if (auto fine = count(name, value); !fine) return bad(Code::bad_trailer);
  if (!is_lower_token(name) || !is_clean_value(value)) return bad(Code::bad_trailer);
  trailers.add(name, value);
  if (!is_allowed_trailer(trailers[trailers.size() - 1])) trailers.drop_last();
  return {};
}

}  // namespace gw::http::h2
