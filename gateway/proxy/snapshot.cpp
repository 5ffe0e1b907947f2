#include "gateway/proxy/snapshot.hpp"

#include <algorithm>

namespace gw::proxy {

std::string_view name(SiteState state) noexcept {
  switch (state) {
    case SiteState::ready:
      return "ready";
    case SiteState::building:
      return "building";
    case SiteState::starting:
      return "starting";
    case SiteState::sleeping:
      return "sleeping";
    case SiteState::waking:
      return "waking";
    case SiteState::paused:
      return "paused";
    case SiteState::failed:
      return "failed";
  }
  return "failed";
}

const CidrSet* Snapshot::trusted_by(const http::ConnectionInfo& connection) const noexcept {
  if (trust.empty()) return nullptr;
  const auto local = parse_ip(connection.local);
  if (!local) return nullptr;
  const CidrSet* of_wildcard = nullptr;
  for (const ListenerTrust& listener : trust) {
    if (listener.port != connection.local_port) continue;
    if (const auto host = parse_ip(listener.host); host && *host == *local) return &listener.proxies;
    if (listener.host == "::" || (listener.host == "0.0.0.0" && local->v4())) of_wildcard = &listener.proxies;
  }
  return of_wildcard;
}

Snapshot base_snapshot(const config::GatewayFile& file) {
  Snapshot snapshot;
  snapshot.timeouts = file.timeouts;
  snapshot.name = file.name;
  snapshot.domain = file.domain;
  snapshot.trace = file.trace;
  snapshot.server_timing = file.server_timing;
  for (const config::Listener& listener : file.listeners) {
    ListenerTrust trust{listener.host, listener.port, {}};
    // An entry that cannot be read was reported by the file's own check; it must never widen what is trusted.
    for (const std::string& cidr : listener.trusted_proxies) static_cast<void>(trust.proxies.add(cidr));
    snapshot.trust.push_back(std::move(trust));
  }
  // All or none: a listener that trusts nobody must not be taken for the wildcard beside it that does.
  const bool any =
      std::any_of(snapshot.trust.begin(), snapshot.trust.end(), [](const auto& one) { return !one.proxies.empty(); });
  if (!any) snapshot.trust.clear();
  return snapshot;
}

}  // namespace gw::proxy
