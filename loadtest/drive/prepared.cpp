#include "loadtest/drive/prepared.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "gateway/http/h1/websocket.hpp"
#include "loadtest/plan/targets.hpp"

namespace loadtest::drive {
namespace {

// Bodies up to this size are copied behind their heads, so that both leave in one system call and mostly in one packet.
constexpr std::size_t small_body = 16 << 10;
constexpr std::string_view user_agent = "spaceport-bench/" SPACEPORT_VERSION;

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return made;
}

/// Where a message ends is ours to say.
bool is_framing(std::string_view name) { return name == "content-length" || name == "transfer-encoding"; }

/// RFC 9113 §8.2.2.
bool is_of_connections(std::string_view name) {
  return name == "connection" || name == "keep-alive" || name == "proxy-connection" || name == "upgrade";
}

/// A request without a body that servers expect one with says that it is empty (RFC 9110 §8.6).
bool states_nothing(const plan::Target& target) {
  return target.method == "POST" || target.method == "PUT" || target.method == "PATCH";
}

void add_line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

void make_http1(Prepared& made, const plan::Target& target, const plan::Transport& transport) {
  auto& head = made.head;
  head = target.method + " " + target.path + " HTTP/1.1\r\n";
  if (!plan::has(target, "host")) add_line(head, "Host", target.origin.authority());
  if (!plan::has(target, "user-agent")) add_line(head, "User-Agent", user_agent);
  if (transport.protocol == plan::Protocol::events && !plan::has(target, "accept"))
    add_line(head, "Accept", "text/event-stream");
  for (const auto& [name, value] : target.fields)
    if (!is_framing(lower(name))) add_line(head, name, value);
  if (transport.protocol == plan::Protocol::websocket) {
    const auto key = gw::http::h1::websocket_key();
    for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"Connection", "Upgrade"},
                                      {"Upgrade", "websocket"},
                                      {"Sec-WebSocket-Version", "13"},
                                      {"Sec-WebSocket-Key", key}})
      add_line(head, name, value);
    made.about.tunnel = gw::http::Tunnel::websocket;
    made.about.fields.add("sec-websocket-key", key);
  } else if (!transport.keep_alive && !plan::has(target, "connection")) {
    add_line(head, "Connection", "close");
  }
  const std::size_t size = target.body ? target.body->size() : 0;
  if (target.body || states_nothing(target)) add_line(head, "Content-Length", std::to_string(size));
  head += "\r\n";
  made.bytes = head.size() + size;
  if (size == 0) return;
  if (size <= small_body)
    head += *target.body;
  else
    made.body = target.body;
}

void add_field(Prepared& made, std::string_view name, std::string_view value) {
  const auto kept = [&made](std::string_view text) {
    auto& word = made.words.emplace_back(text);
    return reinterpret_cast<std::uint8_t*>(word.data());
  };
  made.fields.push_back(
      {kept(name), kept(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE});
}

void make_http2(Prepared& made, const plan::Target& target, const plan::Transport& transport) {
  std::string authority = target.origin.authority();
  for (const auto& [name, value] : target.fields)
    if (lower(name) == "host") authority = value;
  add_field(made, ":method", target.method);
  add_field(made, ":scheme", target.origin.secure() ? "https" : "http");
  add_field(made, ":authority", authority);
  add_field(made, ":path", target.path);
  if (!plan::has(target, "user-agent")) add_field(made, "user-agent", user_agent);
  if (transport.protocol == plan::Protocol::events && !plan::has(target, "accept"))
    add_field(made, "accept", "text/event-stream");
  for (const auto& [name, value] : target.fields) {
    const auto small = lower(name);
    if (small != "host" && !is_framing(small) && !is_of_connections(small)) add_field(made, small, value);
  }
  if (target.body || states_nothing(target))
    add_field(made, "content-length", std::to_string(target.body ? target.body->size() : 0));
  if (target.body && !target.body->empty()) made.whole_body = target.body;
}

}  // namespace

PreparedLane prepare(const std::vector<plan::Target>& targets, const plan::Transport& transport) {
  PreparedLane lane;
  std::map<std::tuple<plan::Scheme, std::string, std::uint16_t, std::string>, std::uint32_t> known;
  for (std::uint32_t i = 0; i != targets.size(); ++i) {
    const auto& target = targets[i];
    auto made = std::make_unique<Prepared>();
    made->target = i;
    const auto& origin = target.origin;
    const auto [found, is_new] = known.try_emplace({origin.scheme, origin.host, origin.port, origin.client},
                                                   static_cast<std::uint32_t>(lane.origins.size()));
    made->origin = found->second;
    if (is_new) lane.origins.push_back(origin);
    made->about.method = target.method;
    make_http1(*made, target, transport);
    make_http2(*made, target, transport);
    lane.targets.push_back(std::move(made));
  }
  return lane;
}

}  // namespace loadtest::drive
