#include "gateway/http/h2/field_list.hpp"

#include <array>
#include <charconv>
#include <string>

#include "gateway/http/status.hpp"

namespace gw::http::h2 {
namespace {

// nghttp2's own type has no const; it does not write to them.
std::uint8_t* bytes(std::string_view text) noexcept {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

/// The thread's list, and room for the numbers and the target that are made for it.
struct Scratch {
  FieldList list;
  std::array<char, 3> status{};
  std::array<char, 20> length{};
  std::string target;

  void add(std::string_view name, std::string_view value, std::uint8_t flags) {
    list.push_back({bytes(name), bytes(value), name.size(), value.size(), flags});
  }
  void add_length(std::uint64_t number, std::uint8_t flags) {
    const auto end = std::to_chars(length.data(), length.data() + length.size(), number).ptr;
    add("content-length", {length.data(), static_cast<std::size_t>(end - length.data())}, flags);
  }
};

Scratch& scratch() {
  thread_local Scratch one;
  one.list.clear();
  return one;
}

/// What is never the same twice must not push what is out of the compression table (RFC 7541 §7.1.3 would have secrets kept out, too:
/// those are nghttp2's own list).
std::uint8_t flags_for(Name name, std::uint8_t flags) noexcept {
  const bool unique = name == Name::x_request_id || name == Name::traceparent;
  return unique ? static_cast<std::uint8_t>(flags | NGHTTP2_NV_FLAG_NO_INDEX) : flags;
}

bool is_switch(const ResponseHead& head) noexcept { return head.tunnel != Tunnel::none && head.status == 101; }

}  // namespace

const FieldList& field_list(const ResponseHead& head, const ResponseWriting& writing) {
  auto& made = scratch();
  const auto flags = writing.flags;
  const auto status = is_switch(head) ? std::uint16_t{200} : head.status;
  std::to_chars(made.status.data(), made.status.data() + made.status.size(), status);
  made.add(":status", {made.status.data(), made.status.size()}, flags);
  const bool trailers_follow = head.body.kind == BodySize::Kind::unknown;
  for (const auto field : head.fields) {
    if (field.id == Name::sec_websocket_accept && is_switch(head)) continue;
    if (field.id != Name::trailer || trailers_follow) made.add(field.name, field.value, flags_for(field.id, flags));
  }
  if (status < 200) return made.list;
  if (!writing.date.empty() && !head.fields.contains(Name::date)) made.add("date", writing.date, flags);
  if (is_switch(head) || status == 204) return made.list;
  const bool bodiless = writing.head_request || never_has_body(status);
  if (bodiless && head.length_stated)
    made.add_length(head.stated_length, flags);
  else if (head.body.kind == BodySize::Kind::length)
    made.add_length(head.body.length, flags);
  return made.list;
}

const FieldList& field_list(const RequestHead& head, std::string_view scheme, std::uint8_t flags) {
  auto& made = scratch();
  const bool tunnel = head.tunnel == Tunnel::websocket;
  made.target.assign(head.path).append(head.query);
  made.add(":method", tunnel ? std::string_view("CONNECT") : std::string_view(head.method), flags);
  made.add(":scheme", scheme, flags);
  made.add(":authority", head.authority, flags);
  made.add(":path", made.target, flags);
  if (tunnel) made.add(":protocol", "websocket", flags);
  const bool trailers_follow = head.body.kind == BodySize::Kind::unknown;
  for (const auto field : head.fields) {
    if (field.id == Name::sec_websocket_key && tunnel) continue;
    if (field.id != Name::trailer || trailers_follow) made.add(field.name, field.value, flags_for(field.id, flags));
  }
  // Only where the client takes them; gRPC servers insist on it.
  if (head.trailers_welcome) made.add("te", "trailers", flags);
  if (head.expects_continue) made.add("expect", "100-continue", flags);
  if (tunnel) return made.list;
  const bool body_by_nature = head.method == "POST" || head.method == "PUT" || head.method == "PATCH";
  if (head.body.kind == BodySize::Kind::length)
    made.add_length(head.body.length, flags);
  else if (head.body.kind == BodySize::Kind::none && body_by_nature)
    made.add_length(0, flags);
  return made.list;
}

const FieldList& field_list(const Fields& trailers) {
  auto& made = scratch();
  for (const auto field : trailers) made.add(field.name, field.value, NGHTTP2_NV_FLAG_NONE);
  return made.list;
}

}  // namespace gw::http::h2
