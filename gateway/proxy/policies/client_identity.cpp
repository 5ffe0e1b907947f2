// Who asks: the peer, or the one for whom proxies that we trust speak (rule 71).

#include "gateway/http/characters.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

using http::Name;

namespace {

/// An element of X-Forwarded-For without what some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
std::string_view without_port(std::string_view element) noexcept {
  if (!element.empty() && element.front() == '[') {
    const std::size_t end = element.find(']');
    return end == std::string_view::npos ? std::string_view{} : element.substr(1, end - 1);
  }
  const std::size_t colon = element.find(':');
  if (colon != std::string_view::npos && element.find(':', colon + 1) == std::string_view::npos)
    return element.substr(0, colon);
  return element;
}

/// The address without the IPv4-mapped prefix that a dual-stack listener shows.
std::string_view plain(std::string_view address) noexcept {
  constexpr std::string_view mapped = "::ffff:";
  if (address.substr(0, mapped.size()) == mapped && address.find('.') != std::string_view::npos)
    address.remove_prefix(mapped.size());
  return address;
}

/// Walks one field value from its right end. True: the client was found, or the trail ends here.
bool walk(std::string_view list, const CidrSet& trusted, std::string& client) {
  while (true) {
    const std::size_t comma = list.rfind(',');
    const std::string_view element = without_port(http::trim(comma == std::string_view::npos ? list : list.substr(comma + 1)));
    const auto address = parse_ip(element);
    // What is no address tells nothing: the last one that a trusted proxy vouched for is the client.
    if (!address) return true;
    client = plain(element);
    if (!trusted.contains(*address)) return true;
    if (comma == std::string_view::npos) return false;
    list = list.substr(0, comma);
  }
}

}  // namespace

// Only X-Forwarded-For is walked. A proxy that writes one of the two headers often passes the other one through, so
// believing both would let a client choose.
std::optional<Refusal> identify_client(RequestHead& request, RequestContext& context) {
  context.client = plain(context.connection.peer);
  const CidrSet* const trusted = context.snapshot->trusted_by(context.connection);
  if (!trusted || trusted->empty()) return std::nullopt;
  const auto peer = parse_ip(context.connection.peer);
  if (!peer || !trusted->contains(*peer)) return std::nullopt;
  context.peer_trusted = true;
  for (std::size_t i = request.fields.size(); i-- != 0;) {
    const auto field = request.fields[i];
    if (field.id == Name::x_forwarded_for && walk(field.value, *trusted, context.client)) break;
  }
  return std::nullopt;
}

}  // namespace gw::proxy::policies
