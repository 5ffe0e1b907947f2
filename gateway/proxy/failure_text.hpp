#pragma once
// The words of the failure page, apart from its forms.

#include <cstdint>
#include <string_view>

#include "gateway/net/result.hpp"
#include "gateway/proxy/route.hpp"

namespace gw::proxy {

struct FailureText {
  std::string_view headline;   ///< for the page
  std::string_view detail;     ///< one sentence: the site's own message, or what the code means
  unsigned retry_after_s = 0;  ///< 0: no Retry-After
  unsigned refresh_s = 0;      ///< 0: the page does not reload itself
};

FailureText failure_text(net::Failure, std::uint16_t status, const Site*) noexcept;

/// The gRPC status for an HTTP status, as in grpc/doc/http-grpc-status-mapping.md; sizes are RESOURCE_EXHAUSTED.
unsigned grpc_status(std::uint16_t status) noexcept;

}  // namespace gw::proxy
