#pragma once
// Which endpoint of an upstream takes a request. One balancer a worker.

#include "gateway/proxy/route.hpp"

namespace gw::proxy {

class Balancer {
 public:
  /// The endpoint for the next request, in turn; null when the upstream has none. A second call gives another one where
  /// there is another.
  const Endpoint* next(const Upstream& upstream) noexcept;

 private:
  std::size_t turn_ = 0;
};

}  // namespace gw::proxy
