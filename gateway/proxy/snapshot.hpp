#pragma once
// The immutable configuration in force. Built on the main thread, posted to each worker, never changed afterwards: a new
// configuration is a new snapshot that shares what did not change.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/gateway_file.hpp"
#include "gateway/http/server.hpp"
#include "gateway/proxy/cidr.hpp"
#include "gateway/proxy/route.hpp"
#include "gateway/proxy/router.hpp"

namespace gw::proxy {

/// Whose word about the client a listener takes (rule 71).
struct ListenerTrust {
  std::string host;  ///< as in config::Listener
  std::uint16_t port = 0;
  CidrSet proxies;
};

struct Snapshot {
  Router router;
  config::Timeouts timeouts;
  std::string name;    ///< our pseudonym in Via
  std::string domain;  ///< the host that shows the index page; empty: none
  std::vector<ListenerTrust> trust;
  bool trace = true;           ///< as in config::GatewayFile
  bool server_timing = false;  ///< likewise
  bool complete = true;        ///< false: we have just started and are still being told of sites

  /// The proxies trusted on the listener that a connection reached; null when none are. Found by address, not by a position
  /// in the file, so that a reload can never lend one listener's trust to another.
  const CidrSet* trusted_by(const http::ConnectionInfo&) const noexcept;
};

/// A snapshot without routes: timeouts, name and trust of a checked file. A range that cannot be read trusts nobody.
Snapshot base_snapshot(const config::GatewayFile&);

}  // namespace gw::proxy
