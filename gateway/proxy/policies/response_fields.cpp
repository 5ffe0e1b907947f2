#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

// What the owner of the site set replaces what the app sent. A content security policy stands beside the app's own: browsers
// enforce all that they get (CSP Level 3 §4.1.1), and taking the app's away would weaken it.
void set_site_fields(ResponseHead& response, const RequestContext& context) {
  if (!context.route) return;
  for (const auto& [name, value] : context.route->site->response_fields) {
    if (name != "content-security-policy") response.fields.erase(name);
    response.fields.add(name, value);
  }
}

}  // namespace gw::proxy::policies
