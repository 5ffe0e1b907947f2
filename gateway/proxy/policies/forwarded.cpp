// What the upstream is told about the client: ours only, or ours appended to what trusted proxies say (rules 70, 71).

#include <charconv>

#include "gateway/http/hop_by_hop.hpp"
#include "gateway/http/host.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

using http::Name;

namespace {

/// CGI, WSGI and PHP read `X_Forwarded_For` and `X.Forwarded.For` as the dashed name (rule 14). Nobody honest sends them,
/// so they go whoever the peer is: a trusted proxy may have passed them through.
bool is_disguised(std::string_view name) noexcept {
  if (name.find_first_of("_.") == std::string_view::npos) return false;
  return http::is_forwarded_identity(name) || http::spells(name, http::text(Name::x_request_id)) ||
         http::spells(name, http::text(Name::proxy_authorization));
}

std::string_view scheme(const http::ConnectionInfo& connection) noexcept { return connection.tls ? "https" : "http"; }

bool sane_proto(std::string_view value) noexcept {
  return value == "http" || value == "https" || value == "ws" || value == "wss";
}

/// All values of a field as one list, ending ready for one more element.
void join(const http::Fields& fields, Name id, std::string& out) {
  for (const auto field : fields)
    if (field.id == id && !field.value.empty()) out.append(field.value).append(", ");
}

/// An element of RFC 7239: `for=192.0.2.1;host="demo.test";proto=http`.
void append_forwarded(const RequestContext& context, std::string_view peer, std::string& out) {
  out += "for=";
  if (peer.find(':') != std::string_view::npos)
    out.append("\"[").append(peer).append("]\"");
  else
    out.append(peer.find('.') != std::string_view::npos ? peer : "unknown");
  if (!context.authority.empty()) out.append(";host=\"").append(context.authority).append("\"");
  out.append(";proto=").append(scheme(context.connection));
}

/// The word of a trusted proxy about one field stands when it is there once and makes sense.
template <class Sane>
void keep_or_set(http::Fields& fields, Name id, Sane sane, std::string_view ours) {
  const auto given = fields.find(id);
  if (given && fields.count(id) == 1 && sane(*given)) return;
  fields.set(id, ours);
}

}  // namespace

std::optional<Refusal> strip_claimed_identity(RequestHead& request, RequestContext& context) {
  request.fields.erase_if([&](const http::Fields::Field& field) {
    if (field.id == Name::other && is_disguised(field.name)) return true;
    return !context.peer_trusted && http::is_forwarded_identity(field.name);
  });
  return std::nullopt;
}

// After strip_claimed_identity: what is still there came from a trusted proxy.
std::optional<Refusal> set_forwarded(RequestHead& request, RequestContext& context) {
  // One buffer a worker: these values are longer than a string holds in itself.
  thread_local std::string value;
  http::Fields& fields = request.fields;
  // An address as the listener writes it, or `unix`; an IPv4 address may stand in its IPv6 form.
  std::string_view peer = context.connection.peer;
  if (peer.find('.') != std::string_view::npos) peer = peer.substr(peer.rfind(':') + 1);

  value.clear();
  join(fields, Name::x_forwarded_for, value);
  value.append(peer);
  fields.set(Name::x_forwarded_for, value);

  value.clear();
  join(fields, Name::forwarded, value);
  append_forwarded(context, peer, value);
  fields.set(Name::forwarded, value);

  fields.set(Name::x_real_ip, context.client);
  // Where we have seen a certificate ourselves, ours is the only word on it; else a trusted proxy's stands.
  if (!context.connection.client_certificate.empty())
    fields.set(Name::x_forwarded_client_cert, context.connection.client_certificate);
  keep_or_set(fields, Name::x_forwarded_proto, sane_proto, scheme(context.connection));
  const auto any = [](std::string_view text) { return !text.empty(); };
  if (!context.authority.empty()) keep_or_set(fields, Name::x_forwarded_host, any, context.authority);

  // The port that the client asked for, which behind a port mapping is not the one that we listen on.
  std::uint16_t port = http::split_authority(context.authority).port;
  if (port == 0) port = context.connection.tls ? 443 : 80;
  char digits[8];
  const auto written = std::to_chars(digits, digits + sizeof digits, port);
  keep_or_set(fields, Name::x_forwarded_port, any, {digits, static_cast<std::size_t>(written.ptr - digits)});
  return std::nullopt;
}

}  // namespace gw::proxy::policies
