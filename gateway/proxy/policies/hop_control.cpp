// What concerns this hop alone: `OPTIONS *`, Max-Forwards, and fields that must not go further.

#include <charconv>

#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

using http::Name;

// Rule 22, RFC 9110 §9.3.7: the server as a whole is asked, and the server is the gateway.
std::optional<Refusal> answer_options_asterisk(RequestHead& request, RequestContext&) {
  if (request.path != "*") return std::nullopt;
  return answer(204);
}

// Rule 33, RFC 9110 §7.6.2.
std::optional<Refusal> count_max_forwards(RequestHead& request, RequestContext&) {
  if (request.method != "OPTIONS") return std::nullopt;
  const auto value = request.fields.find(Name::max_forwards);
  if (!value) return std::nullopt;
  unsigned long long left = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), left);
  // What is no number binds nobody; it must not reach the next hop as something else either.
  if (error != std::errc{} || end != value->data() + value->size()) {
    request.fields.erase(Name::max_forwards);
    return std::nullopt;
  }
  if (left == 0) return answer(204);
  char digits[24];
  const auto written = std::to_chars(digits, digits + sizeof digits, left - 1);
  request.fields.set(Name::max_forwards, {digits, static_cast<std::size_t>(written.ptr - digits)});
  return std::nullopt;
}

// Rule 32: `Proxy` becomes HTTP_PROXY in CGI programs (CVE-2016-5385); the other two are between the client and us.
std::optional<Refusal> strip_proxy_fields(RequestHead& request, RequestContext&) {
  request.fields.erase_if([](const http::Fields::Field& field) {
    return field.id == Name::proxy || field.id == Name::proxy_authorization || field.id == Name::proxy_authenticate;
  });
  return std::nullopt;
}

}  // namespace gw::proxy::policies
