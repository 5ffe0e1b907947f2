#include "gateway/http/h1/response_parser.hpp"

#include <cstring>

#include "gateway/http/characters.hpp"
#include "gateway/http/h1/framing.hpp"
#include "gateway/http/h1/websocket.hpp"
#include "gateway/http/hop_by_hop.hpp"
#include "gateway/http/status.hpp"

namespace gw::http::h1 {
namespace {

constexpr net::Failure refused(net::Code code) noexcept { return {code, net::Side::upstream, net::Retry::never}; }

}  // namespace

void ResponseParser::expect_answer_to(const RequestHead& request) {
  head_request_ = request.method == "HEAD";
  asked_protocol_.clear();
  asked_accept_.clear();
  if (request.tunnel == Tunnel::websocket) {
    asked_protocol_ = "websocket";
    asked_accept_ = websocket_accept(request.fields.find(Name::sec_websocket_key).value_or(""));
  } else if (request.tunnel == Tunnel::upgrade) {
    for (const char c : request.protocol) asked_protocol_.push_back(to_lower(c));
  }
  interims_ = 0;
  started_ = in_head_ = false;
}

net::Result<std::size_t> ResponseParser::parse(std::span<const char> bytes, ResponseHead& head) {
  const std::string_view input{bytes.data(), bytes.size()};
  if (input.empty()) return std::size_t{0};
  if (!in_head_) begin(head);
  while (true) {
    const char* const from = input.data() + searched_;
    const auto* const line_feed = static_cast<const char*>(std::memchr(from, '\n', input.size() - searched_));
    if (line_feed == nullptr) {
      searched_ = input.size();
      if (input.size() > rules_.head_bytes) return refused(net::Code::fields_too_large);
      // What does not begin like HTTP will not end like it either.
      constexpr std::string_view start = "HTTP/1.";
      if (!status_line_done_ && !start.starts_with(input.substr(0, start.size()))) return refused(net::Code::bad_start_line);
      return std::size_t{0};
    }
    const auto end = static_cast<std::size_t>(line_feed - input.data());
    if (end == line_at_ || input[end - 1] != '\r') return refused(net::Code::bad_line_end);
    if (end + 1 > rules_.head_bytes) return refused(net::Code::fields_too_large);
    const std::string_view line = input.substr(line_at_, end - 1 - line_at_);
    line_at_ = searched_ = end + 1;
    if (line.empty() && status_line_done_) {
      in_head_ = false;
      if (const net::Result<void> finished = finish(head); !finished) return finished.error();
      return line_at_;
    }
    const net::Result<void> taken = status_line_done_ ? take_field_line(line, head) : take_status_line(line, head);
    if (!taken) return taken.error();
  }
}

void ResponseParser::begin(ResponseHead& head) {
  head.clear();
  seen_ = {};
  nominated_.clear();
  upgrade_.clear();
  line_at_ = searched_ = field_count_ = 0;
  framing_ = Framing::none;
  started_ = in_head_ = true;
  status_line_done_ = false;
  keep_alive_ = false;
}

// RFC 9112 §4: `HTTP/1.1 200 OK`, the reason and the space before it may be missing.
net::Result<void> ResponseParser::take_status_line(std::string_view line, ResponseHead& head) {
  status_line_done_ = true;
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return refused(net::Code::bad_start_line);
  if (line[7] != '0' && line[7] != '1') return refused(net::Code::bad_version);
  seen_.http_1_0 = line[7] == '0';
  unsigned status = 0;
  for (const char c : line.substr(9, 3)) {
    if (!is_digit(c)) return refused(net::Code::bad_start_line);
    status = status * 10 + static_cast<unsigned>(c - '0');
  }
  if (status < 100 || status > 599) return refused(net::Code::bad_start_line);
  if (line.size() > 12 && line[12] != ' ') return refused(net::Code::bad_start_line);
  if (!is_field_value(line.substr(12))) return refused(net::Code::bad_start_line);
  head.status = static_cast<std::uint16_t>(status);
  return {};
}

net::Result<void> ResponseParser::take_field_line(std::string_view line, ResponseHead& head) {
  if (++field_count_ > rules_.field_count) return refused(net::Code::fields_too_large);
  if (const std::optional<net::Code> wrong = add_field_line(line, head.fields)) return refused(*wrong);
  return take_field(head.fields[head.fields.size() - 1], head);
}

net::Result<void> ResponseParser::take_field(const Fields::Field& field, ResponseHead& head) {
  switch (field.id) {
    case Name::content_length:
      if (const net::Result<void> fine = take_content_length(field.value); !fine) return fine;
      break;
    case Name::transfer_encoding:
      if (seen_.transfer_encoding) return refused(net::Code::bad_transfer_encoding);
      if (const std::optional<net::Code> wrong = check_transfer_encoding(field.value)) return refused(*wrong);
      seen_.transfer_encoding = true;
      break;
    case Name::connection:
      if (const net::Result<void> fine = take_connection(field.value); !fine) return fine;
      break;
    case Name::upgrade:
      // Two lines are a list, and what lists two protocols switches to none.
      if (!upgrade_.empty()) upgrade_.append(", ");
      upgrade_.append(field.value);
      break;
    default:
      if (!is_hop_by_hop(field.id)) return {};
      break;
  }
  head.fields.drop_last();
  return {};
}

// Equal lengths on several lines are one length (RFC 9112 §6.3), but such a connection is not trusted with another
// exchange; a list on one line is refused like anything else that is not a number.
net::Result<void> ResponseParser::take_content_length(std::string_view value) {
  const std::optional<std::uint64_t> length = parse_content_length(value);
  if (!length || (seen_.content_length && seen_.length != *length)) return refused(net::Code::bad_content_length);
  seen_.repeated_length = seen_.content_length;
  seen_.content_length = true;
  seen_.length = *length;
  return {};
}

net::Result<void> ResponseParser::take_connection(std::string_view value) {
  const ConnectionOptions options = read_connection(value, nominated_);
  if (options.malformed) return refused(net::Code::bad_connection_option);
  seen_.connection_close |= options.close;
  seen_.connection_keep_alive |= options.keep_alive;
  seen_.connection_upgrade |= options.upgrade;
  return {};
}

net::Result<void> ResponseParser::finish(ResponseHead& head) {
  remove_nominated(nominated_, head.fields);
  keep_alive_ = !seen_.connection_close && (!seen_.http_1_0 || seen_.connection_keep_alive);
  if (head.status == 101) return finish_switch(head);
  if (head.status < 200) return finish_interim(head);
  // The one answer whose Upgrade is news for the client (RFC 9110 §15.5.22).
  if (head.status == 426 && list_has(upgrade_, "websocket")) head.protocol = "websocket";
  finish_body(head);
  return {};
}

net::Result<void> ResponseParser::finish_interim(ResponseHead& head) {
  if (seen_.content_length || seen_.transfer_encoding || ++interims_ > rules_.interim_count)
    return refused(net::Code::bad_interim);
  head.fields.erase(Name::trailer);
  keep_alive_ = true;  // about the final head to come
  return {};
}

// Rule 36. A 101 that does not fit would make a tunnel of what are requests and answers to one of the two sides.
net::Result<void> ResponseParser::finish_switch(ResponseHead& head) {
  if (asked_protocol_.empty()) return refused(net::Code::bad_interim);
  const bool accepted = asked_accept_.empty() || (head.fields.count(Name::sec_websocket_accept) == 1 &&
                                                  head.fields.find(Name::sec_websocket_accept) == asked_accept_);
  const bool fits = seen_.connection_upgrade && equals_ignoring_case(upgrade_, asked_protocol_) && !seen_.http_1_0;
  // A Content-Length of 0 says nothing; some servers send it with every answer.
  if (!accepted || !fits || seen_.transfer_encoding || seen_.length != 0) return refused(net::Code::bad_upgrade);
  head.tunnel = asked_accept_.empty() ? Tunnel::upgrade : Tunnel::websocket;
  head.protocol = upgrade_;
  head.body = BodySize::unknown();
  framing_ = Framing::until_close;
  keep_alive_ = false;
  return {};
}

void ResponseParser::finish_body(ResponseHead& head) {
  if (seen_.repeated_length) keep_alive_ = false;
  if (seen_.transfer_encoding && (seen_.content_length || seen_.http_1_0)) {
    // RFC 9112 §6.1 and §6.3: chunked wins, and the connection is not to be trusted.
    seen_.content_length = false;
    keep_alive_ = false;
  }
  if (head_request_ || never_has_body(head.status)) {
    head.length_stated = seen_.content_length && head.status != 204;
    if (head.length_stated) head.stated_length = seen_.length;
    framing_ = Framing::none;
  } else if (seen_.transfer_encoding) {
    head.body = BodySize::unknown();
    framing_ = Framing::chunked;
  } else if (seen_.content_length) {
    head.body = BodySize::of(seen_.length);
    framing_ = Framing::length;
  } else {
    head.body = BodySize::unknown();
    framing_ = Framing::until_close;
    keep_alive_ = false;
  }
  if (framing_ != Framing::chunked) head.fields.erase(Name::trailer);
}

}  // namespace gw::http::h1
