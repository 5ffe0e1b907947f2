#include "gateway/http/host.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

namespace {

/// Where the path of a Location begins when it leads back to the same origin; npos when it leads elsewhere or is relative.
std::size_t own_path(std::string_view location, const RequestContext& context) {
  if (location.substr(0, 2) == "//") return std::string_view::npos;
  if (!location.empty() && location.front() == '/') return 0;
  const std::size_t scheme_end = location.find("://");
  if (scheme_end == std::string_view::npos) return std::string_view::npos;
  const std::string_view scheme = location.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return std::string_view::npos;
  const std::size_t path = location.find_first_of("/?#", scheme_end + 3);
  if (path == std::string_view::npos || location[path] != '/') return std::string_view::npos;
  std::string authority;
  if (!http::normalise_authority(location.substr(scheme_end + 3, path - scheme_end - 3), authority))
    return std::string_view::npos;
  const std::uint16_t port = scheme == "https" ? 443 : 80;
  return http::same_authority(authority, context.authority, port) ? path : std::string_view::npos;
}

/// Does the path lie under the prefix already? Frameworks that read X-Forwarded-Prefix put it there themselves.
bool under(std::string_view path, std::string_view prefix) noexcept {
  if (path.substr(0, prefix.size()) != prefix) return false;
  return path.size() == prefix.size() || path[prefix.size()] == '/' || path[prefix.size()] == '?' || path[prefix.size()] == '#';
}

}  // namespace

// The app saw paths without the route's prefix, so the paths that it sends back get it again.
void rewrite_location(ResponseHead& response, const RequestContext& context) {
  if (!context.route || !context.route->strip_prefix || context.route->path == "/") return;
  const auto location = response.fields.find(http::Name::location);
  if (!location) return;
  const std::size_t path = own_path(*location, context);
  if (path == std::string_view::npos || under(location->substr(path), context.route->path)) return;
  std::string rewritten(location->substr(0, path));
  rewritten.append(context.route->path).append(location->substr(path));
  response.fields.set(http::Name::location, rewritten);
}

}  // namespace gw::proxy::policies
