#pragma once
// What is said on the dialer's two sockets: the gateway asks for sockets inside a container, the runtime registers the
// containers. One message is one packet (SOCK_SEQPACKET), at most `dialer_packet_bytes`, every number big-endian:
//
//   request:  version, kind, tag(4), then what the kind needs       reply:  version, kind, tag(4), status, then the
//   rest
//
// Descriptors travel beside a packet (SCM_RIGHTS). Decoders take hostile bytes: they return nothing rather than a
// message with a field out of its bounds, and refuse bytes left over. No I/O here, and no Asio: the privileged program
// links it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gw::net {

inline constexpr std::uint8_t dialer_version = 1;
/// No message of either direction is longer.
inline constexpr std::size_t dialer_packet_bytes = 8192;
/// Sockets that one ask may bring, both families together.
inline constexpr std::size_t dialer_sockets = 16;
/// Addresses of its own that a container may have registered.
inline constexpr std::size_t dialer_addresses = 8;
/// Containers that one page of a listing names.
inline constexpr std::size_t dialer_page = 64;

/// An IPv4 (the first four bytes) or IPv6 address.
struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// 64 lower-case hexadecimal digits, as engines write a full id.
bool is_container_id(std::string_view text) noexcept;

/// How the dialer answers.
enum class DialerStatus : std::uint8_t {
  ok,                 ///< done; for an ask, the sockets came along
  unknown_container,  ///< nobody registered it
  old_generation,     ///< the container has been started again since, or an older registration came late
  future_generation,  ///< asked for a start that has not been registered yet
  no_sockets,         ///< the system refused: out of descriptors, or the namespace cannot be entered
  bad_namespace,      ///< the descriptor is no network namespace, or it is the dialer's own
  full,               ///< no room for one more container
};
std::string_view name(DialerStatus) noexcept;

/// Asks for `v4` and `v6` unconnected, nonblocking TCP sockets inside a container; 1 to `dialer_sockets` in all.
struct DialerAsk {
  std::uint32_t tag = 0;
  std::string container;
  std::uint64_t generation = 0;
  std::uint8_t v4 = 1;
  std::uint8_t v6 = 0;
};
/// Registers one start of a container; one namespace descriptor comes along.
struct DialerRegister {
  std::uint32_t tag = 0;
  std::string container;
  std::uint64_t generation = 0;
  std::vector<IpAddress> addresses;
};
/// Forgets a container, unless a later generation than this one is registered.
struct DialerUnregister {
  std::uint32_t tag = 0;
  std::string container;
  std::uint64_t generation = 0;
};
/// Asks for the registered containers whose id sorts behind `after`; empty: from the first one on.
struct DialerList {
  std::uint32_t tag = 0;
  std::string after;
};
struct DialerPing {
  std::uint32_t tag = 0;
};
using DialerRequest = std::variant<DialerAsk, DialerRegister, DialerUnregister, DialerList, DialerPing>;

/// Answers an ask. The descriptors that came along are `v4` sockets, then `v6` sockets; fewer than asked for where the
/// container has no such family.
struct DialerSockets {
  std::uint32_t tag = 0;
  DialerStatus status = DialerStatus::ok;
  std::uint8_t v4 = 0;
  std::uint8_t v6 = 0;
  /// What the container is called inside its own namespace.
  std::vector<IpAddress> addresses;
};
/// Answers a registration, its end, and a ping. `instance` changes when the dialer starts anew and has forgotten all.
struct DialerDone {
  std::uint32_t tag = 0;
  DialerStatus status = DialerStatus::ok;
  std::uint64_t instance = 0;
  std::uint32_t containers = 0;
};
/// One page, sorted by id; a full page may be followed by another.
struct DialerListing {
  struct Entry {
    std::string container;
    std::uint64_t generation = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::uint32_t tag = 0;
  std::vector<Entry> entries;
};
using DialerReply = std::variant<DialerSockets, DialerDone, DialerListing>;

/// The bytes of a message. The fields must be within their bounds (a bug of ours otherwise).
std::string encode(const DialerRequest&);
std::string encode(const DialerReply&);

/// The message in a packet; nothing when it is malformed.
std::optional<DialerRequest> decode_dialer_request(std::span<const char> packet);
std::optional<DialerReply> decode_dialer_reply(std::span<const char> packet);

}  // namespace gw::net
