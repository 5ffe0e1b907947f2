#include "config/balancing_reader.hpp"

#include <algorithm>
#include <set>

#include "config/rules.hpp"

namespace config {
namespace {

constexpr std::int64_t weight_max = 1000;
constexpr std::int64_t in_flight_max = 1'000'000;
constexpr std::int64_t count_max = 1000;
constexpr std::size_t service_bytes_max = 200;
constexpr std::chrono::hours wait_max{1};

/// A name that a field or a cookie may have (RFC 9110 §5.6.2, token).
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

void read_wait(YamlMap& map, std::string_view key, std::chrono::milliseconds& out, bool may_be_zero = false) {
  const auto duration = map.duration(key);
  if (!duration) return;
  out = *duration;
  if (out.count() == 0 && !may_be_zero) map.report().error(*map.find(key), must(map.label(key), "must be greater than 0"));
  if (out > wait_max) map.report().error(*map.find(key), must(map.label(key), "must be at most 1 hour"));
}

void read_count(YamlMap& map, std::string_view key, std::int64_t min, std::int64_t max, unsigned& out) {
  if (const auto number = map.integer(key, min, max)) out = static_cast<unsigned>(*number);
}

void read_token(YamlMap& map, std::string_view key, std::string& out) {
  auto text = map.text(key);
  if (!text) return;
  if (!is_token(*text)) map.report().error(*map.find(key), must(map.label(key), "must be the name of a field or a cookie"));
  out = std::move(*text);
}

/// One item of `endpoints`; nothing when it cannot be read.
std::optional<EndpointEntry> read_endpoint(const YamlNode& item, Report& report, const std::string& label) {
  if (!item.is_map()) {
    auto text = read_text(item, report, label);
    if (!text) return std::nullopt;
    return EndpointEntry(std::move(*text));
  }
  EndpointEntry entry;
  YamlMap map(item, report, label);
  map.require("address");
  entry.address = map.text("address").value_or("");
  read_count(map, "weight", 1, weight_max, entry.weight);
  read_count(map, "max_in_flight", 0, in_flight_max, entry.max_in_flight);
  map.finish();
  if (entry.address.empty()) return std::nullopt;
  return entry;
}

HashBy read_hash(const YamlNode& node, Report& report, const std::string& label) {
  HashBy hash;
  YamlMap map(node, report, label);
  map.require("by");
  const auto by = map.one_of("by", {"client", "header", "cookie"});
  read_token(map, "name", hash.name);
  const bool named = map.find("name") != nullptr;
  if (by && by != "client") {
    hash.source = by == "header" ? HashBy::Source::header : HashBy::Source::cookie;
    map.require("name");
  } else if (by && named) {
    report.error(*map.find("name"), must(map.label("name"), "belongs to a header or a cookie"));
  }
  if (hash.source == HashBy::Source::header)
    std::transform(hash.name.begin(), hash.name.end(), hash.name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  map.finish();
  return hash;
}

HealthCheck read_health(const YamlNode& node, Report& report, const std::string& label) {
  HealthCheck health;
  YamlMap map(node, report, label);
  if (auto path = map.text("path")) {
    // As it is sent, so escapes and a query are allowed; what would end the line is not.
    const bool good = path->starts_with('/') && path->size() <= 1000 &&
                      std::all_of(path->begin(), path->end(), [](char c) { return c > ' ' && c < '\x7F' && c != '#'; });
    if (!good) report.error(*map.find("path"), must(map.label("path"), "must begin with / and hold no spaces"));
    health.path = std::move(*path);
  }
  if (auto service = map.text("grpc")) {
    const bool good = service->size() <= service_bytes_max &&
                      std::all_of(service->begin(), service->end(), [](char c) { return c > ' ' && c < '\x7F'; });
    if (!good) report.error(*map.find("grpc"), must(map.label("grpc"), "must be the name of a service, or empty"));
    if (map.find("path") != nullptr) report.error(*map.find("grpc"), must(map.label("grpc"), "must not stand beside \"path\""));
    health.grpc = std::move(*service);
  }
  read_wait(map, "interval", health.interval);
  read_wait(map, "timeout", health.timeout);
  read_count(map, "healthy_after", 1, count_max, health.healthy_after);
  read_count(map, "unhealthy_after", 1, count_max, health.unhealthy_after);
  read_count(map, "eject_after", 1, count_max, health.eject_after);
  read_wait(map, "eject_for", health.eject_for);
  read_wait(map, "slow_start", health.slow_start, true);
  map.finish();
  return health;
}

/// A key that only means something beside another one.
void expect_rule(YamlMap& map, std::string_view key, bool fits) {
  const auto* node = map.find(key);
  if (node != nullptr && !fits) map.report().error(*node, must(map.label(key), "needs \"balance: " + std::string(key) + "\""));
}

}  // namespace

std::string_view name(Balance balance) noexcept {
  switch (balance) {
    case Balance::two_choices:
      return "two_choices";
    case Balance::round_robin:
      return "round_robin";
    case Balance::hash:
      return "hash";
    case Balance::sticky:
      return "sticky";
  }
  return "two_choices";
}

std::string HealthCheck::question() const {
  if (!grpc) return path;
  return "grpc.health.v1.Health/Check" + (grpc->empty() ? std::string() : " of " + *grpc);
}

std::vector<EndpointEntry> read_endpoints(YamlMap& map, bool has_dialer) {
  std::vector<EndpointEntry> out;
  const auto* list = map.list("endpoints");
  if (list == nullptr) return out;
  const auto label = map.label("endpoints");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto& item = list->items[i];
    auto entry = read_endpoint(item, map.report(), item_label(label, i));
    if (!entry) continue;
    if (const auto wrong = check_endpoint(entry->address)) {
      map.report().error(item, must(item_label(label, i), *wrong));
    } else if (!seen.insert(entry->address).second) {
      map.report().error(item, must(item_label(label, i), "contains a duplicate value"));
    } else if (entry->address.starts_with("netns:") && !has_dialer) {
      map.report().error(item, must(item_label(label, i), "needs \"dialer: {socket: PATH}\" in this file"));
    }
    out.push_back(std::move(*entry));
  }
  return out;
}

Balancing read_balancing(YamlMap& map) {
  Balancing out;
  if (const auto word = map.one_of("balance", {"two_choices", "round_robin", "hash", "sticky"}))
    for (const auto one : {Balance::round_robin, Balance::hash, Balance::sticky})
      if (*word == name(one)) out.balance = one;
  if (const auto* node = map.map("hash")) out.hash = read_hash(*node, map.report(), map.label("hash"));
  if (const auto* node = map.map("sticky")) {
    YamlMap sticky(*node, map.report(), map.label("sticky"));
    read_token(sticky, "cookie", out.sticky_cookie);
    sticky.finish();
  }
  if (const auto* node = map.map("health")) out.health = read_health(*node, map.report(), map.label("health"));
  expect_rule(map, "hash", out.balance == Balance::hash);
  expect_rule(map, "sticky", out.balance == Balance::sticky);
  return out;
}

void check_question(YamlMap& map, const HealthCheck& health, bool http2) {
  if (health.grpc && !http2)
    map.report().error(*map.find("health"), must(map.label("health.grpc"), "needs \"protocol: h2c\" beside \"health\""));
}

Limits read_limits(YamlMap& map) {
  Limits out;
  read_count(map, "max_in_flight", 0, in_flight_max, out.max_in_flight);
  if (const auto* node = map.map("queue")) {
    YamlMap queue(*node, map.report(), map.label("queue"));
    read_count(queue, "length", 0, in_flight_max, out.queue_length);
    read_wait(queue, "deadline", out.queue_deadline);
    queue.finish();
  }
  return out;
}

}  // namespace config
