// The table of the API, from which what a wrong method is answered with is made too.

#include <algorithm>

#include "runtime/api/route.hpp"

namespace runtime::api {
namespace {

/// `pattern` begins with `/` and has no empty part.
bool matches(std::string_view pattern, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    if (wanted != "*" && wanted != part) return false;
    pattern.remove_prefix(wanted.size());
  }
  return pattern.empty();
}

}  // namespace

Api::Found Api::find_route(std::string_view method, const std::vector<std::string>& parts) {
  static constexpr Route routes[] = {
      {"GET", "/metrics", &Api::metrics},
      {"GET", "/v1/status", &Api::status},
      {"GET", "/v1/doctor", &Api::doctor},
      {"GET", "/v1/events", &Api::events},
      {"GET", "/v1/use", &Api::use},
      {"POST", "/v1/stop", &Api::stop},
      {"POST", "/v1/secrets/rotate-key", &Api::rotate_key},
      {"GET", "/v1/spaces", &Api::list},
      {"GET", "/v1/spaces/*/*", &Api::show},
      {"DELETE", "/v1/spaces/*/*", &Api::remove},
      {"POST", "/v1/spaces/*/*/deploy", &Api::deploy},
      {"POST", "/v1/spaces/*/*/cancel", &Api::cancel},
      {"POST", "/v1/spaces/*/*/restart", &Api::restart},
      {"POST", "/v1/spaces/*/*/wake", &Api::wake},
      {"POST", "/v1/spaces/*/*/pause", &Api::pause},
      {"POST", "/v1/spaces/*/*/rollback", &Api::rollback},
      {"GET", "/v1/spaces/*/*/deployments", &Api::deployments},
      {"GET", "/v1/spaces/*/*/events", &Api::history},
      {"GET", "/v1/spaces/*/*/logs", &Api::logs},
      {"GET", "/v1/spaces/*/*/hardware", &Api::show_hardware},
      {"PUT", "/v1/spaces/*/*/hardware", &Api::set_hardware},
      {"GET", "/v1/spaces/*/*/sleep", &Api::show_sleep},
      {"PUT", "/v1/spaces/*/*/sleep", &Api::set_sleep},
      {"POST", "/v1/spaces/*/*/sleep", &Api::fall_asleep},
      {"GET", "/v1/spaces/*/*/replicas", &Api::show_replicas},
      {"PUT", "/v1/spaces/*/*/replicas", &Api::set_replicas},
      {"GET", "/v1/spaces/*/*/data", &Api::export_data},
      {"PUT", "/v1/spaces/*/*/data", &Api::import_data, true},
      {"GET", "/v1/spaces/*/*/variables", &Api::list_variables},
      {"PUT", "/v1/spaces/*/*/variables", &Api::put_settings},
      {"DELETE", "/v1/spaces/*/*/variables/*", &Api::delete_setting},
      {"GET", "/v1/spaces/*/*/secrets", &Api::list_secrets},
      {"PUT", "/v1/spaces/*/*/secrets", &Api::put_settings},
      {"DELETE", "/v1/spaces/*/*/secrets/*", &Api::delete_setting},
  };
  Found found;
  for (const Route& route : routes) {
    if (!matches(route.path, parts)) continue;
    found.allowed.push_back(route.method);
    if (route.method == method) found.route = &route;
  }
  return found;
}

}  // namespace runtime::api
