#pragma once
// Where an upstream listens.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/net/result.hpp"

namespace gw::net {

/// `HOST:PORT`; an IPv6 host stands without brackets here.
struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
  friend bool operator==(const TcpAddress&, const TcpAddress&) = default;
};

/// `unix:PATH`
struct UnixAddress {
  std::string path;
  friend bool operator==(const UnixAddress&, const UnixAddress&) = default;
};

/// `netns:<full container id>@<start generation>:<port>`: a port inside a container, reached by namespace. Stop and start
/// keep the id but change the namespace, so the generation is part of the identity.
struct ContainerAddress {
  std::string container;
  std::uint64_t generation = 0;
  std::uint16_t port = 0;
  friend bool operator==(const ContainerAddress&, const ContainerAddress&) = default;
};

using Address = std::variant<TcpAddress, UnixAddress, ContainerAddress>;

/// Reads one of the three forms; nothing when `text` is none of them.
std::optional<Address> parse_address(std::string_view text);
std::string to_string(const Address&);

}  // namespace gw::net
