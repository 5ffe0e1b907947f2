#include "gateway/http/h2/header_block.hpp"

#include <charconv>

namespace gw::http::h2 {
namespace {

// nghttp2's own type has no const; it copies the bytes and does not write to them.
std::uint8_t* bytes(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

nghttp2_nv pair(std::string_view name, std::string_view value) {
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

bool set_once(std::string& to, std::string_view value) {
  if (!to.empty() || value.empty()) return false;
  to = value;
  return true;
}

bool set_target(RequestHead& head, std::string_view target) {
  if (!head.path.empty() || target.empty()) return false;
  const auto mark = target.find('?');
  head.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = target.substr(mark);
  return head.path.starts_with('/') || head.path == "*";
}

}  // namespace

bool add_field(RequestHead& head, std::string_view name, std::string_view value) {
  if (name == ":method") return set_once(head.method, value);
  if (name == ":authority") return set_once(head.authority, value);
  if (name == ":path") return set_target(head, value);
  if (name == ":protocol") return set_once(head.protocol, value);
  if (name == ":scheme") return true;
  if (name == "host") {
    // RFC 9113 §8.3.1: where both stand they must agree.
    if (head.authority.empty()) head.authority = value;
    return head.authority == value;
  }
  if (name == "te") {
    head.trailers_welcome = value == "trailers";
    return true;
  }
  if (name == "expect") {
    head.expects_continue = value == "100-continue";
    return head.expects_continue;
  }
  if (name == "content-length") {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc{} || end != value.data() + value.size()) return false;
    head.body = BodySize::of(length);
    return true;
  }
  head.fields.add(name, value);
  return true;
}

bool finish_head(RequestHead& head, bool end) {
  if (head.method.empty() || head.path.empty()) return false;
  if (head.method == "CONNECT") return false;  // extended CONNECT is not advertised yet
  if (end) {
    if (head.body.kind == BodySize::Kind::length && head.body.length != 0) return false;
    if (head.body.kind != BodySize::Kind::length) head.body = BodySize::none();
  } else if (head.body.kind == BodySize::Kind::none) {
    head.body = BodySize::unknown();
  }
  return true;
}

std::vector<nghttp2_nv> field_list(const ResponseHead& head, std::string_view status, std::string_view length) {
  std::vector<nghttp2_nv> list;
  list.reserve(head.fields.size() + 2);
  list.push_back(pair(":status", status));
  for (const auto& field : head.fields) list.push_back(pair(field.name, field.value));
  if (!length.empty()) list.push_back(pair("content-length", length));
  return list;
}

std::vector<nghttp2_nv> field_list(const Fields& trailers) {
  std::vector<nghttp2_nv> list;
  list.reserve(trailers.size());
  for (const auto& field : trailers) list.push_back(pair(field.name, field.value));
  return list;
}

}  // namespace gw::http::h2
