#include "gateway/control/feed_balancing.hpp"

#include <algorithm>

#include "config/balancing_reader.hpp"

namespace gw::control {
namespace {

namespace json = boost::json;
using config::YamlNode;

YamlNode scalar(std::string text, bool quoted) {
  YamlNode node;
  node.kind = YamlNode::Kind::scalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

/// JSON as the tree that the file's readers take. Its depth is bounded by the parser of the JSON.
YamlNode tree(const json::value& value) {
  YamlNode node;
  if (const auto* text = value.if_string()) return scalar(std::string(text->data(), text->size()), true);
  if (const auto* object = value.if_object()) {
    node.kind = YamlNode::Kind::map;
    for (const auto& member : *object) {
      node.keys.push_back(scalar(std::string(member.key().data(), member.key().size()), true));
      node.items.push_back(tree(member.value()));
    }
  } else if (const auto* list = value.if_array()) {
    node.kind = YamlNode::Kind::list;
    for (const auto& item : *list) node.items.push_back(tree(item));
  } else if (!value.is_null()) {
    return scalar(json::serialize(value), false);
  }
  return node;
}

void take_problems(config::Report& report, std::vector<std::string>& problems) {
  for (auto& problem : report.take()) problems.push_back(std::move(problem.message));
}

}  // namespace

RouteBalancing read_route_balancing(const json::object& route, const std::string& where, std::vector<std::string>& problems) {
  json::object ours;
  for (const std::string_view key : balancing_keys)
    if (const auto* value = route.if_contains({key.data(), key.size()})) ours[{key.data(), key.size()}] = *value;
  const YamlNode node = tree(ours);
  config::Report report("");
  config::YamlMap map(node, report, where);
  RouteBalancing out;
  // A gateway that is fed containers has a dialer.
  out.endpoints = config::read_endpoints(map, true);
  out.balancing = config::read_balancing(map);
  // Whatever else is wrong with the protocol is told elsewhere.
  const auto* const protocol = route.if_contains("protocol");
  config::check_question(map, out.balancing.health, protocol != nullptr && *protocol == "h2c");
  take_problems(report, problems);
  return out;
}

SiteSleep read_site_sleep(const json::value& sleep, std::vector<std::string>& problems) {
  const YamlNode node = tree(sleep);
  config::Report report("");
  config::YamlMap map(node, report, "sleep");
  SiteSleep out;
  if (const auto after = map.duration("after")) {
    out.after = *after;
    if (after->count() == 0) report.error(*map.find("after"), config::must(map.label("after"), "must be greater than 0"));
  }
  out.silent_sockets = map.boolean("silent_sockets").value_or(false);
  map.finish();
  take_problems(report, problems);
  return out;
}

config::Limits read_site_limits(const json::value& limits, std::vector<std::string>& problems) {
  const YamlNode node = tree(limits);
  config::Report report("");
  config::YamlMap map(node, report, "limits");
  const auto out = config::read_limits(map);
  map.finish();
  take_problems(report, problems);
  return out;
}

}  // namespace gw::control
