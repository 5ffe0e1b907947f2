#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

// What the owner of the site set replaces what the app sent.
void set_site_fields(ResponseHead& response, const RequestContext& context) {
  if (!context.route) return;
  for (const auto& [name, value] : context.route->site->response_fields) {
    response.fields.erase(name);
    response.fields.add(name, value);
  }
}

}  // namespace gw::proxy::policies
