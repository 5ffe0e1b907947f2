#pragma once
// Packets with descriptors beside them, over a SOCK_SEQPACKET UNIX socket. No Asio: the privileged program links it.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/net/descriptor.hpp"

namespace gw::net {

/// How handing over or taking a packet went.
enum class Passed : unsigned char {
  done,
  later,   ///< the socket is full, or empty
  broken,  ///< the peer is gone, or it sent what no peer of ours sends; close the socket
};

/// Sends one packet with copies of `descriptors`. Never blocks on a nonblocking socket, never raises SIGPIPE.
Passed send_packet(int socket, std::string_view packet, std::span<const Descriptor> descriptors = {});

/// Receives one packet into `buffer`; `length` says how much of it. At most `limit` descriptors are taken (0: the
/// system drops them unseen); more, a packet longer than the buffer, or the end of the stream is `broken`.
Passed receive_packet(int socket, std::span<char> buffer, std::size_t& length, std::vector<Descriptor>& descriptors,
                      std::size_t limit);

}  // namespace gw::net
