#pragma once
// Entering a network namespace for as long as it takes to make a socket. setns(2) moves only the calling thread, hence
// a program of one thread.

#include <vector>

#include "gateway/net/descriptor_passing.hpp"

namespace runtime::dialer {

class NetworkNamespace {
 public:
  /// Opens the namespace that the calling thread is in: the one to come home to. Throws std::system_error.
  NetworkNamespace();

  /// Is it a network namespace, and another one than home? The host's own must never be handed out: every service on
  /// the host's localhost would be reachable.
  bool foreign(const gw::net::Descriptor& network) const noexcept;

  struct Sockets {
    std::vector<gw::net::Descriptor> all;  ///< IPv4 first
    std::size_t v4 = 0;
    std::size_t v6 = 0;
  };
  /// Unconnected, nonblocking TCP sockets that live in `network`; as many as the system gives. Aborts the program when
  /// the way home is barred: everything after would happen inside a container.
  Sockets sockets(const gw::net::Descriptor& network, std::size_t v4, std::size_t v6) const;

 private:
  gw::net::Descriptor home_;
};

}  // namespace runtime::dialer
