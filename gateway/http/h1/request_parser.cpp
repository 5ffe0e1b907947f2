#include "gateway/http/h1/request_parser.hpp"

#include <cstring>

#include "gateway/http/characters.hpp"
#include "gateway/http/h1/framing.hpp"
#include "gateway/http/hop_by_hop.hpp"
#include "gateway/http/host.hpp"
#include "gateway/http/target.hpp"

namespace gw::http::h1 {
namespace {

constexpr std::size_t longest_method = 32;
constexpr std::size_t most_blank_lines = 2;
constexpr std::string_view version_1_1 = "HTTP/1.1";

constexpr net::Failure refused(net::Code code) noexcept { return {code, net::Side::client, net::Retry::never}; }

bool is_tls_hello(std::string_view input) noexcept { return input.size() >= 2 && input[0] == '\x16' && input[1] == '\x03'; }

}  // namespace

net::Result<std::size_t> RequestParser::parse(std::span<const char> bytes, RequestHead& head) {
  const std::string_view input{bytes.data(), bytes.size()};
  if (!started_) {
    const net::Result<bool> skipped = skip_blank_lines(input);
    if (!skipped) return skipped.error();
    if (!*skipped) return std::size_t{0};
    begin(head);
  }
  while (true) {
    const char* const from = input.data() + searched_;
    const auto* const line_feed = static_cast<const char*>(std::memchr(from, '\n', input.size() - searched_));
    if (line_feed == nullptr) {
      searched_ = input.size();
      if (const net::Result<void> fine = check_open_line(input.substr(line_at_)); !fine) return fine.error();
      return std::size_t{0};
    }
    const auto end = static_cast<std::size_t>(line_feed - input.data());
    if (end == line_at_ || input[end - 1] != '\r') return refused(net::Code::bad_line_end);
    const std::string_view line = input.substr(line_at_, end - 1 - line_at_);
    if (request_line_done_ && end + 1 - fields_at_ > rules_.head_bytes) return refused(net::Code::fields_too_large);
    line_at_ = searched_ = end + 1;
    if (line.empty() && request_line_done_) {
      started_ = false;
      if (const net::Result<void> finished = finish(head); !finished) return finished.error();
      return line_at_;
    }
    if (const net::Result<void> taken = take_line(line, head); !taken) return taken.error();
  }
}

void RequestParser::begin(RequestHead& head) {
  head.clear();
  seen_ = {};
  nominated_.clear();
  target_authority_.clear();
  line_at_ = searched_ = head_at_;
  field_count_ = 0;
  started_ = true;
  request_line_done_ = false;
  keep_alive_ = false;
}

// Some clients send a CRLF too many behind a body (RFC 9112 §2.2); rule 15 grants two. False: nothing else is here yet.
net::Result<bool> RequestParser::skip_blank_lines(std::string_view input) {
  std::size_t at = 0;
  for (std::size_t blank = 0; at != input.size() && (input[at] == '\r' || input[at] == '\n'); ++blank) {
    if (input[at] == '\n') return refused(net::Code::bad_line_end);
    if (blank == most_blank_lines) return refused(net::Code::bad_start_line);
    if (at + 1 == input.size()) return false;
    if (input[at + 1] != '\n') return refused(net::Code::bad_line_end);
    at += 2;
  }
  if (at == input.size()) return false;
  head_at_ = at;
  return true;
}

// A line without its end: what is wrong already need not be waited for.
net::Result<void> RequestParser::check_open_line(std::string_view line) const {
  if (request_line_done_) {
    if (line.size() > rules_.line_bytes + 1) return refused(net::Code::fields_too_large);
    if (line_at_ - fields_at_ + line.size() > rules_.head_bytes) return refused(net::Code::fields_too_large);
    return {};
  }
  if (is_tls_hello(line)) return refused(net::Code::tls_on_plain_port);
  if (line.size() == 1 && line[0] == '\x16') return {};
  const std::size_t method_end = line.find(' ');
  const std::string_view method = line.substr(0, method_end);
  if (method.size() > longest_method) return refused(net::Code::bad_method);
  if (!line.empty() && !is_token(line[0])) return refused(line[0] == ' ' ? net::Code::bad_start_line : net::Code::bad_method);
  if (method_end == std::string_view::npos) return {};
  if (line.size() - method_end > rules_.target_bytes + version_1_1.size() + 3) return refused(net::Code::target_too_long);
  return {};
}

net::Result<void> RequestParser::take_line(std::string_view line, RequestHead& head) {
  if (!request_line_done_) {
    request_line_done_ = true;
    fields_at_ = line_at_;
    return take_request_line(line, head);
  }
  return take_field_line(line, head);
}

net::Result<void> RequestParser::take_request_line(std::string_view line, RequestHead& head) {
  if (is_tls_hello(line)) return refused(net::Code::tls_on_plain_port);
  if (line.find('\r') != std::string_view::npos) return refused(net::Code::bad_line_end);
  if (line == "PRI * HTTP/2.0") return refused(net::Code::http2_not_spoken);
  if (line.empty() || line[0] == ' ') return refused(net::Code::bad_start_line);

  const std::size_t method_end = line.find(' ');
  const std::string_view method = line.substr(0, method_end);
  if (!is_token(method) || method.size() > longest_method) return refused(net::Code::bad_method);
  if (method_end == std::string_view::npos) return refused(net::Code::bad_start_line);
  head.method.assign(method);

  const std::string_view rest = line.substr(method_end + 1);
  const std::size_t target_end = rest.find(' ');
  const std::string_view target = rest.substr(0, target_end);
  if (target.size() > rules_.target_bytes) return refused(net::Code::target_too_long);
  // Without a version it would be HTTP/0.9, which some still answer.
  if (target.empty() || target_end == std::string_view::npos) return refused(net::Code::bad_start_line);
  const std::string_view version = rest.substr(target_end + 1);
  if (version.empty() || version.find(' ') != std::string_view::npos) return refused(net::Code::bad_start_line);
  if (const net::Result<void> fine = take_version(version, head); !fine) return fine;

  if (method == "TRACE" || method == "CONNECT") return refused(net::Code::method_not_allowed);
  return take_target(target, head);
}

net::Result<void> RequestParser::take_version(std::string_view version, RequestHead& head) {
  if (version == version_1_1) return {};
  if (version == "HTTP/1.0") {
    head.version = Version::http_1_0;
    return {};
  }
  const bool versionlike = version.size() == version_1_1.size() && version.starts_with("HTTP/") && is_digit(version[5]) &&
                           version[6] == '.' && is_digit(version[7]);
  const bool another_major = versionlike && version[5] != '0' && version[5] != '1';
  return refused(another_major ? net::Code::unsupported_version : net::Code::bad_version);
}

net::Result<void> RequestParser::take_target(std::string_view text, RequestHead& head) {
  const net::Result<Target> parsed = parse_target(text);
  if (!parsed) return parsed.error();
  const Target& target = *parsed;
  const bool options = head.method == "OPTIONS";
  std::string_view path = target.path;
  switch (target.form) {
    case Target::Form::authority:
      return refused(net::Code::bad_target);
    case Target::Form::asterisk:
      if (!options) return refused(net::Code::bad_target);
      break;
    case Target::Form::absolute:
      if (!equals_ignoring_case(target.scheme, rules_.tls ? "https" : "http")) return refused(net::Code::bad_target);
      if (const net::Result<void> fine = normalise_authority(target.authority, target_authority_); !fine) return fine;
      // RFC 9112 §3.2.4: an OPTIONS for an authority without a path is the asterisk form.
      if (path.empty()) path = options && target.query.empty() ? "*" : "/";
      break;
    case Target::Form::origin:
      break;
  }
  write_query(target, head.query);
  if (path == "*") {
    head.path.assign(path);
    return {};
  }
  return normalise_path(path, head.path);
}

net::Result<void> RequestParser::take_field_line(std::string_view line, RequestHead& head) {
  if (line.size() > rules_.line_bytes) return refused(net::Code::fields_too_large);
  if (++field_count_ > rules_.field_count) return refused(net::Code::fields_too_large);
  if (const std::optional<net::Code> wrong = add_field_line(line, head.fields)) return refused(*wrong);
  return take_field(head.fields[head.fields.size() - 1], head);
}

net::Result<void> RequestParser::take_field(const Fields::Field& field, RequestHead& head) {
  const std::string_view value = field.value;
  switch (field.id) {
    case Name::other:
      if (!is_unsafe_name(field.name) || rules_.unsafe_names == UnsafeNames::keep) return {};
      if (rules_.unsafe_names == UnsafeNames::refuse) return refused(net::Code::bad_field_name);
      break;
    case Name::host:
      if (const net::Result<void> fine = take_host(value, head); !fine) return fine;
      break;
    case Name::content_length: {
      const std::optional<std::uint64_t> length = parse_content_length(value);
      if (!length || seen_.content_length) return refused(net::Code::bad_content_length);
      seen_.content_length = true;
      seen_.length = *length;
      break;
    }
    case Name::transfer_encoding:
      if (seen_.transfer_encoding) return refused(net::Code::bad_transfer_encoding);
      if (const std::optional<net::Code> wrong = check_transfer_encoding(value)) return refused(*wrong);
      seen_.transfer_encoding = true;
      break;
    case Name::connection:
      if (const net::Result<void> fine = take_connection(value); !fine) return fine;
      break;
    case Name::expect:
      if (!equals_ignoring_case(value, "100-continue")) return refused(net::Code::bad_expectation);
      seen_.expect = true;
      break;
    case Name::te:
      head.trailers_welcome = head.trailers_welcome || list_has(value, "trailers");
      break;
    case Name::upgrade:
      seen_.upgrade_websocket = seen_.upgrade_websocket || list_has(value, "websocket");
      break;
    default:
      if (!is_hop_by_hop(field.id)) return {};
      break;
  }
  head.fields.drop_last();
  return {};
}

net::Result<void> RequestParser::take_host(std::string_view value, RequestHead& head) {
  if (seen_.host) return refused(net::Code::bad_host);
  seen_.host = true;
  return normalise_authority(value, head.authority);
}

net::Result<void> RequestParser::take_connection(std::string_view value) {
  const ConnectionOptions options = read_connection(value, nominated_);
  if (options.malformed) return refused(net::Code::bad_connection_option);
  seen_.connection_close |= options.close;
  seen_.connection_keep_alive |= options.keep_alive;
  seen_.connection_upgrade |= options.upgrade;
  return {};
}

net::Result<void> RequestParser::finish(RequestHead& head) {
  if (!seen_.host && !head.http_1_0()) return refused(net::Code::bad_host);
  if (!target_authority_.empty()) {
    const std::uint16_t default_port = rules_.tls ? 443 : 80;
    if (seen_.host && !same_authority(target_authority_, head.authority, default_port))
      return refused(net::Code::host_mismatch);
    head.authority.assign(target_authority_);
  }
  bool stripped_too_much = false;
  if (!nominated_.empty()) {
    each_element(nominated_, [&](std::string_view name) { stripped_too_much |= is_protected_from_connection(name); });
    if (stripped_too_much) return refused(net::Code::bad_connection_option);
    remove_nominated(nominated_, head.fields);
  }
  if (const net::Result<void> fine = finish_framing(head); !fine) return fine;
  if (const net::Result<void> fine = finish_tunnel(head); !fine) return fine;
  // An HTTP/1.0 client cannot wait for a 100 (RFC 9110 §10.1.1), and without a body there is nothing to wait with.
  head.expects_continue = seen_.expect && !head.http_1_0() && head.body.expected();
  keep_alive_ = !seen_.connection_close && (!head.http_1_0() || seen_.connection_keep_alive);
  return {};
}

net::Result<void> RequestParser::finish_framing(RequestHead& head) {
  if (seen_.transfer_encoding) {
    if (seen_.content_length) return refused(net::Code::length_and_chunked);
    if (head.http_1_0()) return refused(net::Code::bad_transfer_encoding);
    head.body = BodySize::unknown();
  } else if (seen_.content_length) {
    head.body = BodySize::of(seen_.length);
  }
  // Trailers are announced only where they can come.
  if (head.body.kind != BodySize::Kind::unknown) head.fields.erase(Name::trailer);
  return {};
}

// Every other Upgrade is as if it had not been sent: h2c through a proxy is a way around it (rule 34).
net::Result<void> RequestParser::finish_tunnel(RequestHead& head) {
  if (!seen_.upgrade_websocket || !seen_.connection_upgrade || head.http_1_0() || head.method != "GET") return {};
  if (head.body.expected()) return refused(net::Code::bad_upgrade);
  // RFC 6455 §11.3.1: one key. Two servers may read two keys in two ways, and the proof of the answer hangs on it.
  if (head.fields.count(Name::sec_websocket_key) != 1) return refused(net::Code::bad_upgrade);
  head.body = BodySize::none();
  head.tunnel = Tunnel::websocket;
  head.protocol = "websocket";
  return {};
}

}  // namespace gw::http::h1
