#include <algorithm>
#include <charconv>

#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

namespace {

void append(std::string& out, std::string_view name, net::Clock::duration took) {
  if (!out.empty()) out += ", ";
  char digits[32];
  const auto ms = std::max(0.0, std::chrono::duration<double, std::milli>(took).count());
  const auto end = std::to_chars(digits, digits + sizeof digits, ms, std::chars_format::fixed, 3).ptr;
  out.append(name).append(";dur=").append(digits, end);
}

}  // namespace

// https://www.w3.org/TR/server-timing/: several fields are one list, so the app's own stays as it is.
void tell_timing(ResponseHead& response, const RequestContext& context) {
  if (!context.snapshot->server_timing) return;
  const auto& phases = context.phases;
  std::string value;
  if (phases.held != net::Clock::duration{}) append(value, "gateway-held", phases.held);
  append(value, "gateway-queue", phases.queued);
  append(value, "gateway-connect", phases.connecting);
  append(value, "gateway-app", phases.first_byte - phases.sent);
  response.fields.add("server-timing", value);
}

}  // namespace gw::proxy::policies
