#pragma once
// The two sockets that the program listens on.

#include <sys/types.h>

#include <optional>
#include <string>

#include "gateway/net/descriptor_passing.hpp"

namespace runtime::dialer {

/// Binds a SOCK_SEQPACKET socket at `path` with `mode` and `group`. A socket file that nobody answers at is replaced;
/// throws std::system_error otherwise (EADDRINUSE: another dialer answers).
gw::net::Descriptor listen_at(const std::string& path, mode_t mode, std::optional<gid_t> group);

/// How many sockets the service manager passed (LISTEN_PID, LISTEN_FDS), as sd_listen_fds(3) counts.
int inherited_sockets() noexcept;

/// The inherited socket `index`, checked to be a listening SOCK_SEQPACKET UNIX socket. Throws std::system_error.
gw::net::Descriptor inherit_socket(int index);

}  // namespace runtime::dialer
