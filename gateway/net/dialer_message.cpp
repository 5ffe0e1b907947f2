#include "gateway/net/dialer_message.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <concepts>

namespace gw::net {
namespace {

constexpr std::size_t id_bytes = 64;

enum class Kind : std::uint8_t {
  ask = 1,
  enlist = 2,
  unregister = 3,
  list = 4,
  ping = 5,
  sockets = 65,
  done = 66,
  listing = 67
};

class Writer {
 public:
  Writer(Kind kind, std::uint32_t tag) {
    number(dialer_version);
    number(static_cast<std::uint8_t>(kind));
    number(tag);
  }
  template <std::unsigned_integral T>
  void number(T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xff));
  }
  void id(std::string_view container) {
    assert(is_container_id(container));
    bytes_.append(container);
  }
  void addresses(const std::vector<IpAddress>& list) {
    assert(list.size() <= dialer_addresses);
    number(static_cast<std::uint8_t>(list.size()));
    for (const auto& address : list) {
      number(static_cast<std::uint8_t>(address.v6 ? 6 : 4));
      for (const auto byte : address.bytes) number(byte);
    }
  }
  std::string take() {
    assert(bytes_.size() <= dialer_packet_bytes);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// Reads past the end or a field out of bounds make it bad for good; `complete` also wants every byte used.
class Reader {
 public:
  explicit Reader(std::span<const char> bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  T number() {
    if (rest_.size() < sizeof(T)) {
      bad_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<unsigned char>(rest_[i]);
    rest_ = rest_.subspan(sizeof(T));
    return static_cast<T>(value);
  }
  std::string id() {
    if (rest_.size() < id_bytes || !is_container_id({rest_.data(), id_bytes})) {
      bad_ = true;
      return {};
    }
    std::string container(rest_.data(), id_bytes);
    rest_ = rest_.subspan(id_bytes);
    return container;
  }
  DialerStatus status() {
    const auto value = number<std::uint8_t>();
    if (value > static_cast<std::uint8_t>(DialerStatus::full)) bad_ = true;
    return bad_ ? DialerStatus::ok : static_cast<DialerStatus>(value);
  }
  std::vector<IpAddress> addresses() {
    std::vector<IpAddress> list;
    const auto count = number<std::uint8_t>();
    if (count > dialer_addresses) bad_ = true;
    for (std::size_t i = 0; i < count && !bad_; ++i) {
      const auto family = number<std::uint8_t>();
      if (family != 4 && family != 6) bad_ = true;
      IpAddress address{family == 6, {}};
      for (auto& byte : address.bytes) byte = number<std::uint8_t>();
      list.push_back(address);
    }
    return list;
  }
  void require(bool condition) { bad_ = bad_ || !condition; }
  bool bad() const noexcept { return bad_; }
  bool at_end() const noexcept { return rest_.empty(); }
  bool complete() const noexcept { return !bad_ && rest_.empty(); }

 private:
  std::span<const char> rest_;
  bool bad_ = false;
};

bool sockets_in_bounds(std::uint8_t v4, std::uint8_t v6) noexcept {
  return std::size_t{v4} + std::size_t{v6} <= dialer_sockets;
}

std::string bytes(const DialerAsk& ask) {
  assert(sockets_in_bounds(ask.v4, ask.v6) && ask.v4 + ask.v6 > 0);
  Writer writer(Kind::ask, ask.tag);
  writer.id(ask.container);
  writer.number(ask.generation);
  writer.number(ask.v4);
  writer.number(ask.v6);
  return writer.take();
}

std::string bytes(const DialerRegister& registration) {
  Writer writer(Kind::enlist, registration.tag);
  writer.id(registration.container);
  writer.number(registration.generation);
  writer.addresses(registration.addresses);
  return writer.take();
}

std::string bytes(const DialerUnregister& end) {
  Writer writer(Kind::unregister, end.tag);
  writer.id(end.container);
  writer.number(end.generation);
  return writer.take();
}

std::string bytes(const DialerList& list) {
  Writer writer(Kind::list, list.tag);
  if (!list.after.empty()) writer.id(list.after);
  return writer.take();
}

std::string bytes(const DialerPing& ping) { return Writer(Kind::ping, ping.tag).take(); }

std::string bytes(const DialerSockets& sockets) {
  assert(sockets_in_bounds(sockets.v4, sockets.v6));
  Writer writer(Kind::sockets, sockets.tag);
  writer.number(static_cast<std::uint8_t>(sockets.status));
  writer.number(sockets.v4);
  writer.number(sockets.v6);
  writer.addresses(sockets.addresses);
  return writer.take();
}

std::string bytes(const DialerDone& done) {
  Writer writer(Kind::done, done.tag);
  writer.number(static_cast<std::uint8_t>(done.status));
  writer.number(done.instance);
  writer.number(done.containers);
  return writer.take();
}

std::string bytes(const DialerListing& listing) {
  assert(listing.entries.size() <= dialer_page);
  Writer writer(Kind::listing, listing.tag);
  writer.number(static_cast<std::uint8_t>(listing.entries.size()));
  for (const auto& entry : listing.entries) {
    writer.id(entry.container);
    writer.number(entry.generation);
  }
  return writer.take();
}

DialerAsk read_ask(Reader& reader, std::uint32_t tag) {
  DialerAsk ask;
  ask.tag = tag;
  ask.container = reader.id();
  ask.generation = reader.number<std::uint64_t>();
  ask.v4 = reader.number<std::uint8_t>();
  ask.v6 = reader.number<std::uint8_t>();
  reader.require(sockets_in_bounds(ask.v4, ask.v6) && ask.v4 + ask.v6 > 0);
  return ask;
}

DialerRegister read_register(Reader& reader, std::uint32_t tag) {
  DialerRegister registration;
  registration.tag = tag;
  registration.container = reader.id();
  registration.generation = reader.number<std::uint64_t>();
  registration.addresses = reader.addresses();
  return registration;
}

DialerUnregister read_unregister(Reader& reader, std::uint32_t tag) {
  DialerUnregister end;
  end.tag = tag;
  end.container = reader.id();
  end.generation = reader.number<std::uint64_t>();
  return end;
}

DialerSockets read_sockets(Reader& reader, std::uint32_t tag) {
  DialerSockets sockets;
  sockets.tag = tag;
  sockets.status = reader.status();
  sockets.v4 = reader.number<std::uint8_t>();
  sockets.v6 = reader.number<std::uint8_t>();
  sockets.addresses = reader.addresses();
  reader.require(sockets_in_bounds(sockets.v4, sockets.v6));
  return sockets;
}

DialerDone read_done(Reader& reader, std::uint32_t tag) {
  DialerDone done;
  done.tag = tag;
  done.status = reader.status();
  done.instance = reader.number<std::uint64_t>();
  done.containers = reader.number<std::uint32_t>();
  return done;
}

DialerListing read_listing(Reader& reader, std::uint32_t tag) {
  DialerListing listing;
  listing.tag = tag;
  const auto count = reader.number<std::uint8_t>();
  reader.require(count <= dialer_page);
  for (std::size_t i = 0; i < count && !reader.bad(); ++i) {
    auto container = reader.id();
    const auto generation = reader.number<std::uint64_t>();
    listing.entries.push_back({std::move(container), generation});
  }
  return listing;
}

// The head of both directions: the version that we speak, the kind, the tag.
struct Opening {
  Kind kind;
  std::uint32_t tag;
};
Opening read_opening(Reader& reader) {
  reader.require(reader.number<std::uint8_t>() == dialer_version);
  const auto kind = static_cast<Kind>(reader.number<std::uint8_t>());
  return {kind, reader.number<std::uint32_t>()};
}

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  const std::string terminated(text);
  IpAddress address;
  address.v6 = text.find(':') != std::string_view::npos;
  if (inet_pton(address.v6 ? AF_INET6 : AF_INET, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

bool is_container_id(std::string_view text) noexcept {
  return text.size() == id_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view name(DialerStatus status) noexcept {
  switch (status) {
    case DialerStatus::ok:
      return "ok";
    case DialerStatus::unknown_container:
      return "unknown_container";
    case DialerStatus::old_generation:
      return "old_generation";
    case DialerStatus::future_generation:
      return "future_generation";
    case DialerStatus::no_sockets:
      return "no_sockets";
    case DialerStatus::bad_namespace:
      return "bad_namespace";
    case DialerStatus::full:
      return "full";
  }
  return "unknown";
}

std::string encode(const DialerRequest& request) {
  return std::visit([](const auto& message) { return bytes(message); }, request);
}

std::string encode(const DialerReply& reply) {
  return std::visit([](const auto& message) { return bytes(message); }, reply);
}

std::optional<DialerRequest> decode_dialer_request(std::span<const char> packet) {
  Reader reader(packet);
  const auto [kind, tag] = read_opening(reader);
  if (reader.bad()) return std::nullopt;
  std::optional<DialerRequest> request;
  switch (kind) {
    case Kind::ask:
      request = read_ask(reader, tag);
      break;
    case Kind::enlist:
      request = read_register(reader, tag);
      break;
    case Kind::unregister:
      request = read_unregister(reader, tag);
      break;
    case Kind::list:
      request = DialerList{tag, reader.at_end() ? std::string() : reader.id()};
      break;
    case Kind::ping:
      request = DialerPing{tag};
      break;
    default:
      return std::nullopt;
  }
  if (!reader.complete()) return std::nullopt;
  return request;
}

std::optional<DialerReply> decode_dialer_reply(std::span<const char> packet) {
  Reader reader(packet);
  const auto [kind, tag] = read_opening(reader);
  if (reader.bad()) return std::nullopt;
  std::optional<DialerReply> reply;
  switch (kind) {
    case Kind::sockets:
      reply = read_sockets(reader, tag);
      break;
    case Kind::done:
      reply = read_done(reader, tag);
      break;
    case Kind::listing:
      reply = read_listing(reader, tag);
      break;
    default:
      return std::nullopt;
  }
  if (!reader.complete()) return std::nullopt;
  return reply;
}

}  // namespace gw::net
