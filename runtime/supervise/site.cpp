#include "runtime/supervise/site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace runtime::supervise {
namespace {

namespace json = boost::json;

std::string_view gateway_state(const SiteView& view) {
  if (view.endpoints_of) return view.power == Power::awake ? "ready" : "sleeping";
  switch (view.stage) {
    case Stage::running:
    case Stage::running_building:
    case Stage::running_app_starting:
      return "ready";
    case Stage::building:
      return view.woken ? "waking" : "building";
    case Stage::app_starting:
      return view.woken ? "waking" : "starting";
    case Stage::sleeping:
      return "sleeping";
    case Stage::paused:
    case Stage::deleting:
      return "paused";
    case Stage::no_app_file:
    case Stage::config_error:
    case Stage::build_error:
    case Stage::runtime_error:
      return "failed";
  }
  return "failed";
}

// What visitors read. Why it is so is the owner's: error texts name folders, hosts and users.
std::string_view public_message(Stage stage) {
  switch (stage) {
    case Stage::no_app_file:
      return "It has no Dockerfile.";
    case Stage::config_error:
      return "Its settings are wrong.";
    case Stage::build_error:
      return "Its build failed.";
    case Stage::runtime_error:
      return "Its app does not run.";
    default:
      return "";
  }
}

json::object route(std::string_view path, const std::vector<std::string>& endpoints, bool strip_prefix) {
  json::object made{
      {"path", path}, {"endpoints", json::value_from(endpoints)}, {"strip_prefix", strip_prefix}, {"protocol", "http"}};
  // Apps keep sessions in their memory.
  if (endpoints.size() > 1) made["balance"] = "sticky";
  return made;
}

json::object response_headers(const config::SpaceCard& card) {
  json::object headers;
  for (const auto& [key, value] : card.custom_headers) headers[key] = value;
  // The old header says the same to browsers that do not know frame-ancestors.
  if (card.disable_embedding) {
    headers["content-security-policy"] = "frame-ancestors 'self'";
    headers["x-frame-options"] = "SAMEORIGIN";
  }
  return headers;
}

std::string to_text(std::chrono::seconds time) { return std::to_string(time.count()) + "s"; }

json::object limits_json(const config::Limits& limits) {
  json::object queue{{"length", limits.queue_length}, {"deadline", config::to_string(limits.queue_deadline)}};
  return {{"max_in_flight", limits.max_in_flight}, {"queue", std::move(queue)}};
}

}  // namespace

std::string site_json(const state::SpaceRecord& space, const config::SpaceCard& card, const config::NodeFile& node,
                      const SiteView& view) {
  const auto at = [&](std::uint16_t port) { return view.endpoints_of ? view.endpoints_of(port) : std::vector<std::string>(); };
  json::array routes;
  const bool has_root = std::any_of(card.routes.begin(), card.routes.end(), [](const auto& r) { return r.path == "/"; });
  if (!has_root) routes.push_back(route("/", at(card.app_port), false));
  for (const auto& rule : card.routes) routes.push_back(route(rule.path, at(rule.port), rule.strip_prefix));
  for (const std::uint16_t port : card.expose) {
    json::object exposed = route("/", at(port), false);
    exposed["host"] = fmt::format("{}--{}.{}", space.subdomain, port, node.domain);
    routes.push_back(std::move(exposed));
  }
  json::object site{{"hosts", json::array{fmt::format("{}.{}", space.subdomain, node.domain)}},
                    {"state", gateway_state(view)},
                    {"message", public_message(view.stage)},
                    {"routes", std::move(routes)},
                    {"response_headers", response_headers(card)}};
  // Unsaid, the gateway decides by what it has.
  if (const auto& limits = node.defaults.limits; limits != config::Limits{}) site["limits"] = limits_json(limits);
  if (view.idle.count() != 0) site["sleep"] = json::object{{"after", to_text(view.idle)}};
  return json::serialize(site);
}

std::string site_path(const std::string& id) {
  std::string path = "/v1/sites/";
  for (const char c : id) path += c == '/' ? std::string("%2F") : std::string(1, c);
  return path;
}

}  // namespace runtime::supervise
