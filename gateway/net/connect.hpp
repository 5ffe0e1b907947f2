#pragma once
// Connecting to an endpoint, whatever its form.

#include <memory>

#include "gateway/net/address.hpp"
#include "gateway/net/cancellation.hpp"
#include "gateway/net/stream.hpp"

namespace gw::net {

/// Whoever can connect a socket to a port inside a container (DialerClient; a fake in tests).
class ContainerDialer {
 public:
  virtual ~ContainerDialer() = default;
  virtual Task<Result<Descriptor>> connect(const ContainerAddress& address, Duration timeout, Cancellation* cancel = nullptr) = 0;
};

/// Connects within `timeout`, which is for everything: the name and all of its addresses. A container address needs the `dialer`; without one it fails with Code::dialer.
/// Failures are the upstream's and may always be tried again: nothing was sent. With `cancel`, which must outlive it, it can be given up:
/// Code::cancelled, of the client.
Task<Result<std::unique_ptr<Stream>>> connect(Worker& worker, const Address& address, Duration timeout,
                                              ContainerDialer* dialer = nullptr, Cancellation* cancel = nullptr);

}  // namespace gw::net
