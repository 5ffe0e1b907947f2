#pragma once
// The authority of a request: who is asked for, in the one spelling that routes and upstreams see.

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/net/result.hpp"

namespace gw::http {

/// The parts of a normalised authority. Views into it.
struct Authority {
  std::string_view host;   ///< an IPv6 literal keeps its brackets
  std::uint16_t port = 0;  ///< 0: none was given
};

/// Checks `raw` (rule 20, RFC 9112 §3.2) and writes it to `out` in lower case, without a trailing dot, without an empty
/// port and without leading zeros in the port. Failure bad_host, of the client.
net::Result<void> normalise_authority(std::string_view raw, std::string& out);

/// Splits what normalise_authority wrote.
Authority split_authority(std::string_view normalised) noexcept;

/// Are two normalised authorities the same origin, when an absent port means `default_port`?
bool same_authority(std::string_view a, std::string_view b, std::uint16_t default_port) noexcept;

}  // namespace gw::http
