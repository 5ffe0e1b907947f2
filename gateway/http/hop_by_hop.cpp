#include "gateway/http/hop_by_hop.hpp"

#include <algorithm>

namespace gw::http {
namespace {

bool spells_prefix(std::string_view name, std::string_view dashed) noexcept {
  return name.size() >= dashed.size() && spells(name.substr(0, dashed.size()), dashed);
}

}  // namespace

bool spells(std::string_view name, std::string_view dashed) noexcept {
  return std::equal(name.begin(), name.end(), dashed.begin(), dashed.end(),
                    [](char c, char wanted) { return c == wanted || (wanted == '-' && (c == '_' || c == '.')); });
}

bool is_hop_by_hop(Name name) noexcept {
  switch (name) {
    case Name::connection:
    case Name::http2_settings:
    case Name::keep_alive:
    case Name::proxy:  // httpoxy, CVE-2016-5385
    case Name::proxy_authenticate:
    case Name::proxy_authorization:
    case Name::proxy_connection:
    case Name::te:
    case Name::transfer_encoding:
    case Name::upgrade:
      return true;
    default:
      return false;
  }
}

bool is_protected_from_connection(std::string_view name) noexcept {
  if (name.starts_with("content-") || is_forwarded_identity(name)) return true;
  switch (known_name(name)) {
    case Name::authorization:
    case Name::cookie:
    case Name::date:
    case Name::early_data:
    case Name::expect:
    case Name::host:
    case Name::max_forwards:
    case Name::origin:
    case Name::traceparent:
    case Name::via:
    case Name::x_request_id:
      return true;
    default:
      return false;
  }
}

bool is_forwarded_identity(std::string_view name) noexcept {
  if (name.empty() || (name.front() != 'f' && name.front() != 'x' && name.front() != 't')) return false;
  if (spells_prefix(name, "x-forwarded-")) return true;
  for (const Name identity : {Name::forwarded, Name::x_real_ip, Name::x_client_ip, Name::true_client_ip, Name::x_original_url,
                              Name::x_original_uri, Name::x_rewrite_url})
    if (spells(name, text(identity))) return true;
  return false;
}

bool is_allowed_trailer(const Fields::Field& field) noexcept {
  if (is_hop_by_hop(field.id) || field.name.starts_with("content-") || is_forwarded_identity(field.name)) return false;
  if (field.name.starts_with("if-")) return false;
  for (const std::string_view name : {"age", "expires", "pragma", "vary", "warning", "www-authenticate"})
    if (field.name == name) return false;
  switch (field.id) {
    case Name::authorization:
    case Name::cache_control:
    case Name::cookie:
    case Name::date:
    case Name::early_data:
    case Name::expect:
    case Name::host:
    case Name::location:
    case Name::max_forwards:
    case Name::origin:
    case Name::range:
    case Name::retry_after:
    case Name::set_cookie:
    case Name::trailer:
    case Name::via:
    case Name::x_request_id:
      return false;
    default:
      return true;
  }
}

}  // namespace gw::http
