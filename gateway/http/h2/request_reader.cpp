#include "gateway/http/h2/request_reader.hpp"

#include <utility>

#include "gateway/http/characters.hpp"
#include "gateway/http/h1/framing.hpp"
#include "gateway/http/h1/websocket.hpp"
#include "gateway/http/h2/field_rules.hpp"
#include "gateway/http/hop_by_hop.hpp"
#include "gateway/http/host.hpp"
#include "gateway/http/target.hpp"

namespace gw::http::h2 {
namespace {

using net::Code;

constexpr std::size_t longest_method = 32;
// In heads of at most so many bytes. A head that is too large is read to its end and answered; one that is many times too large was made to
// be, and looking at its fields costs more than sending them: 12 KiB are 36 MB of fields, and held all others up for 36 ms.
constexpr std::size_t most_heads = 4;
constexpr std::size_t most_trailers = 32;
constexpr std::size_t most_trailer_bytes = 8 * 1024;

}  // namespace

void RequestReader::begin(RequestHead& head) {
  head.clear();
  head.version = Version::http_2;
  seen_ = {};
  refused_.reset();
  host_.clear();
  cookies_.clear();
  bytes_ = decoded_ = fields_ = crumbs_ = 0;
}

void RequestReader::refuse(Code code) noexcept {
  if (!refused_) refused_ = code;
}

bool RequestReader::within_bounds(std::string_view name, std::string_view value) noexcept {
  if (name == "cookie") {
    return ++crumbs_ <= rules_.crumb_count && cookies_.size() + value.size() + 2 <= rules_.crumb_bytes;
  }
  bytes_ += name.size() + value.size() + field_cost;
  if (!name.starts_with(':')) ++fields_;
  return bytes_ <= rules_.head_bytes && fields_ <= rules_.field_count;
}

RequestReader::Verdict RequestReader::field(RequestHead& head, std::string_view name, std::string_view value) {
  decoded_ += name.size() + value.size() + field_cost;
  if (decoded_ > most_heads * rules_.head_bytes) return Verdict::excessive;
  if (!within_bounds(name, value)) refuse(Code::fields_too_large);
  // A head that is refused already is read to its end for the sake of the compression state, and forgotten.
  if (refused_ == Code::fields_too_large) return Verdict::fine;
  return name.starts_with(':') ? pseudo(head, name, value) : regular(head, name, value);
}

RequestReader::Verdict RequestReader::pseudo(RequestHead& head, std::string_view name, std::string_view value) {
  if (seen_.regular) return Verdict::malformed;
  if (name == ":path") return path(head, value);
  if (name == ":method") {
    if (!head.method.empty() || value.empty()) return Verdict::malformed;
    head.method.assign(value.substr(0, longest_method));
    if (!is_token(value) || value.size() > longest_method) refuse(Code::bad_method);
    return Verdict::fine;
  }
  if (name == ":scheme") {
    if (std::exchange(seen_.scheme, true)) return Verdict::malformed;
    if (!equals_ignoring_case(value, rules_.tls ? "https" : "http")) refuse(Code::bad_target);
    return Verdict::fine;
  }
  if (name == ":authority") {
    if (std::exchange(seen_.authority, true)) return Verdict::malformed;
    if (const auto fine = normalise_authority(value, head.authority); !fine) refuse(fine.error().code);
    return Verdict::fine;
  }
  if (name == ":protocol") {
    if (!head.protocol.empty() || value.empty()) return Verdict::malformed;
    head.protocol.assign(value);
    return Verdict::fine;
  }
  return Verdict::malformed;
}

RequestReader::Verdict RequestReader::path(RequestHead& head, std::string_view value) {
  if (std::exchange(seen_.path, true) || value.empty()) return Verdict::malformed;
  if (value.size() > rules_.target_bytes) {
    refuse(Code::target_too_long);
    return Verdict::fine;
  }
  const auto target = parse_target(value);
  if (!target) {
    refuse(target.error().code);
    return Verdict::fine;
  }
  // RFC 9113 §8.3.1: it begins with a slash, or is the asterisk of OPTIONS.
  if (target->form == Target::Form::asterisk) {
    head.path.assign(target->path);
    return Verdict::fine;
  }
  if (target->form != Target::Form::origin) return Verdict::malformed;
  write_query(*target, head.query);
  if (const auto fine = normalise_path(target->path, head.path); !fine) refuse(fine.error().code);
  return Verdict::fine;
}

RequestReader::Verdict RequestReader::regular(RequestHead& head, std::string_view name, std::string_view value) {
  seen_.regular = true;
  if (!is_lower_token(name) || !is_clean_value(value)) return Verdict::malformed;
  if (value.size() > rules_.line_bytes) {
    refuse(Code::fields_too_large);
    return Verdict::fine;
  }
  const Name id = known_name(name);
  if (is_connection_specific(id)) return Verdict::malformed;
  if (id != Name::other) return known(head, {id, name, value});
  if (h1::is_unsafe_name(name)) {
    if (rules_.unsafe_names == UnsafeNames::drop) return Verdict::fine;
    if (rules_.unsafe_names == UnsafeNames::refuse) refuse(Code::bad_field_name);
  }
  head.fields.add(name, value);
  return Verdict::fine;
}

RequestReader::Verdict RequestReader::known(RequestHead& head, const Fields::Field& field) {
  switch (field.id) {
    case Name::te:
      head.trailers_welcome = equals_ignoring_case(field.value, "trailers");
      return head.trailers_welcome ? Verdict::fine : Verdict::malformed;
    case Name::host:
      if (std::exchange(seen_.host, true)) refuse(Code::bad_host);
      if (const auto fine = normalise_authority(field.value, host_); !fine) refuse(fine.error().code);
      return Verdict::fine;
    case Name::content_length: {
      const auto length = h1::parse_content_length(field.value);
      if (!length || std::exchange(seen_.content_length, true)) return Verdict::malformed;
      seen_.length = *length;
      return Verdict::fine;
    }
    case Name::expect:
      seen_.expect = true;
      if (!equals_ignoring_case(field.value, "100-continue")) refuse(Code::bad_expectation);
      return Verdict::fine;
    case Name::cookie:
      crumb(field.value);
      return Verdict::fine;
    default:
      if (is_hop_by_hop(field.id)) return Verdict::fine;
      break;
  }
  head.fields.add(field.id, field.value);
  return Verdict::fine;
}

void RequestReader::crumb(std::string_view value) {
  if (!cookies_.empty()) cookies_ += "; ";
  cookies_ += value;
}

RequestReader::Verdict RequestReader::finish(RequestHead& head, bool end) {
  if (refused_ == Code::fields_too_large) return Verdict::fine;
  const bool connect = head.method == "CONNECT";
  const bool extended = connect && !head.protocol.empty();
  if (head.method.empty() || (!head.protocol.empty() && !connect)) return Verdict::malformed;
  // RFC 9113 §8.5: a plain CONNECT has neither; RFC 8441 §4: an extended one has both.
  const bool whole = seen_.scheme && seen_.path;
  if (connect && !extended ? seen_.scheme || seen_.path : !whole) return Verdict::malformed;
  if (head.path == "*" && head.method != "OPTIONS") return Verdict::malformed;
  if (end && seen_.length != 0) return Verdict::malformed;
  if (head.method == "TRACE" || (connect && !extended)) refuse(Code::method_not_allowed);
  finish_authority(head);
  if (!cookies_.empty()) head.fields.add(Name::cookie, cookies_);
  if (seen_.content_length)
    head.body = BodySize::of(seen_.length);
  else
    head.body = end ? BodySize::none() : BodySize::unknown();
  if (extended) finish_tunnel(head);
  // Trailers are announced only where they can come.
  if (!head.body.expected()) head.fields.erase(Name::trailer);
  head.expects_continue = seen_.expect && head.body.expected();
  return Verdict::fine;
}

// Rules 20 and 52.
void RequestReader::finish_authority(RequestHead& head) {
  if (!seen_.authority && !seen_.host) return refuse(Code::bad_host);
  if (!seen_.host) return;
  const std::uint16_t default_port = rules_.tls ? 443 : 80;
  if (!seen_.authority)
    head.authority = host_;
  else if (!same_authority(head.authority, host_, default_port))
    refuse(Code::host_mismatch);
}

// RFC 8441: to the rest of us it is the GET of RFC 6455. That one's key proves only that a server is none for plain HTTP; over
// HTTP/2 there is none, so the next hop is given one of ours.
void RequestReader::finish_tunnel(RequestHead& head) {
  if (head.protocol != "websocket") return refuse(Code::unknown_protocol);
  if (seen_.content_length) return refuse(Code::bad_upgrade);
  head.method = "GET";
  head.body = BodySize::none();
  head.tunnel = Tunnel::websocket;
  head.fields.set(Name::sec_websocket_key, h1::websocket_key());
  if (!head.fields.contains(Name::sec_websocket_version)) head.fields.add(Name::sec_websocket_version, "13");
}

void RequestReader::begin_trailers(Fields& trailers) {
  trailers.clear();
  bytes_ = fields_ = 0;
}

RequestReader::Verdict RequestReader::trailer(Fields& trailers, std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size();
  if (++fields_ > most_trailers || bytes_ > most_trailer_bytes) return Verdict::malformed;
  if (!is_lower_token(name) || !is_clean_value(value)) return Verdict::malformed;
  trailers.add(name, value);
  const bool dropped = h1::is_unsafe_name(name) && rules_.unsafe_names == UnsafeNames::drop;
  if (dropped || !is_allowed_trailer(trailers[trailers.size() - 1])) trailers.drop_last();
  return Verdict::fine;
}

}  // namespace gw::http::h2
