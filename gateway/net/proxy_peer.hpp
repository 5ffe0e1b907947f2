#pragma once
// Reads the PROXY header that a connection begins with, and not a byte more: what follows may be for OpenSSL.

#include "gateway/net/proxy_header.hpp"
#include "gateway/net/result.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/task.hpp"

namespace gw::net {

/// Before anything else is done with `stream`. Failure `bad_start_line`: it begins with something else.
Task<Result<ProxyHeader>> read_proxy_header(Stream& stream);

}  // namespace gw::net
