#include "config/front_matter.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <utility>

#include "config/flavors.hpp"
#include "config/front_matter_values.hpp"
#include "config/rules.hpp"
#include "config/suggest.hpp"
#include "config/yaml_map.hpp"

namespace config {
namespace {

constexpr std::size_t short_description_max = 60;
constexpr std::int64_t app_port_min = 1025;
constexpr std::int64_t port_max = 65535;
constexpr std::int64_t oauth_minutes_max = 43'200;
constexpr YamlLimits block_limits{.bytes_max = 64 << 10, .depth_max = 16, .nodes_max = 20'000};

const std::initializer_list<std::string_view> colors = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"};

/// `openid` and `profile` are always granted, so naming them is harmless.
const std::initializer_list<std::string_view> scopes = {
    "openid",        "profile",          "email",           "read-billing", "read-memberships", "read-repos",
    "gated-repos",   "contribute-repos", "write-repos",     "manage-repos", "read-collections", "write-collections",
    "inference-api", "read-endpoints",   "write-endpoints", "jobs",         "webhooks",         "write-discussions"};

/// What the hub says when there is nothing to go by.
constexpr const char* missing = "Missing configuration in README";

/// Takes one line off `text`, without its end; a CR before LF belongs to the end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_fence(std::string_view line) {
  const auto end = line.find_last_not_of(" \t");
  return end != std::string_view::npos && line.substr(0, end + 1) == "---";
}

/// The text between the two `---` lines.
std::optional<std::string_view> find_block(std::string_view readme, Report& report) {
  const auto wrong = [&](const std::string& why) {
    report.add(1, 1, std::string(missing) + ": " + why, false);
    return std::nullopt;
  };
  if (readme.starts_with("\xEF\xBB\xBF")) return wrong("the file begins with a byte order mark; save it without one");
  auto rest = readme;
  if (!is_fence(take_line(rest)))
    return wrong("the very first line must be \"---\", followed by \"sdk: docker\" and a second \"---\"");
  const auto block = rest;
  while (!rest.empty()) {
    const auto before = rest.size();
    if (is_fence(take_line(rest))) return block.substr(0, block.size() - before);
  }
  return wrong("the block that begins on line 1 has no closing \"---\" line");
}

void read_sdk(YamlMap& map, SpaceCard& card) {
  const auto* node = map.find("sdk");
  const auto sdk = map.text("sdk");
  if (node == nullptr) {
    map.report().add(1, 1, std::string(missing) + ": \"sdk\" is required; add the line \"sdk: docker\"", false);
  }
  if (!sdk) return;
  card.sdk = *sdk;
  if (*sdk == "docker") return;
  if (*sdk == "gradio" || *sdk == "static" || *sdk == "streamlit") {
    map.report().error(*node, "\"sdk\" is " + *sdk +
                                  ", but only Docker Spaces run here: write \"sdk: docker\" and add a "
                                  "Dockerfile that starts the app on \"app_port\"");
    return;
  }
  constexpr std::string_view docker[] = {"docker"};
  map.report().error(*node, must("sdk", "must be one of [docker]") + did_you_mean(*sdk, docker));
}

std::optional<SpaceRoute> read_route(const YamlNode& node, Report& report, const std::string& label) {
  SpaceRoute out;
  out.line = node.line;
  YamlMap map(node, report, label);
  map.require("path");
  map.require("port");
  const auto path = map.text("path");
  const auto port = map.integer("port", 1, port_max);
  out.strip_prefix = map.boolean("strip_prefix").value_or(false);
  map.finish();
  if (!path || !port) return std::nullopt;
  out.port = static_cast<std::uint16_t>(*port);
  out.path = canonical_path(*path);
  const auto wrong = check_path(*path);
  if (!wrong) return out;
  report.error(*map.find("path"), must(map.label("path"), *wrong));
  return std::nullopt;
}

void read_routes(YamlMap& card_map, SpaceCard& card) {
  const auto* list = card_map.list("routes");
  if (list == nullptr) return;
  auto& report = card_map.report();
  std::map<std::string, std::size_t> first_lines;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto& item = list->items[i];
    const auto label = item_label("routes", i);
    auto route = read_route(item, report, label);
    if (!route) continue;
    const auto [first, is_new] = first_lines.try_emplace(route->path, route->line);
    if (!is_new) {
      report.error(item, "the routes on lines " + std::to_string(first->second) + " and " + std::to_string(route->line) +
                             " collide: both are for path " + route->path);
    }
    if (route->path == "/" && route->port != card.app_port) {
      report.error(item, must(label, "is for path /, which \"app_port\" " + std::to_string(card.app_port) +
                                         " serves already; change \"app_port\" or take the route out"));
    }
    card.routes.push_back(std::move(*route));
  }
}

void read_expose(YamlMap& map, SpaceCard& card) {
  const auto* list = map.list("expose");
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto& item = list->items[i];
    const auto label = item_label("expose", i);
    const auto port = read_integer(item, map.report(), label, 1, port_max);
    if (!port) continue;
    const auto value = static_cast<std::uint16_t>(*port);
    const bool twice = std::find(card.expose.begin(), card.expose.end(), value) != card.expose.end();
    if (twice) map.report().error(item, must(label, "contains a duplicate value"));
    card.expose.push_back(value);
  }
}

void read_custom_headers(YamlMap& card_map, SpaceCard& card) {
  const auto* node = card_map.find("custom_headers");
  if (node == nullptr) return;
  YamlMap map(*node, card_map.report(), "custom_headers");
  const auto read = [&](const char* key, std::initializer_list<std::string_view> allowed) {
    if (auto value = map.one_of(key, allowed)) card.custom_headers.emplace_back(key, std::move(*value));
  };
  read("cross-origin-embedder-policy", {"unsafe-none", "require-corp", "credentialless"});
  read("cross-origin-opener-policy", {"same-origin", "same-origin-allow-popups", "unsafe-none"});
  read("cross-origin-resource-policy", {"same-site", "same-origin", "cross-origin"});
  map.finish();
}

void read_preload(YamlMap& map, SpaceCard& card) {
  const auto* list = map.list("preload_from_hub");
  if (list == nullptr) return;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto label = item_label("preload_from_hub", i);
    const auto text = read_text(list->items[i], map.report(), label);
    if (!text) continue;
    auto preload = parse_preload(*text);
    if (!preload) map.report().error(list->items[i], must(label, preload.message));
    if (preload) card.preload_from_hub.push_back(std::move(*preload.value));
  }
}

void read_oauth(YamlMap& map, OauthCard& out) {
  out.enabled = map.boolean("hf_oauth").value_or(false);
  if (const auto* list = map.list("hf_oauth_scopes")) {
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const auto& item = list->items[i];
      const bool known = item.is_scalar() && std::find(scopes.begin(), scopes.end(), item.text) != scopes.end();
      if (!known) map.report().error(item, must(item_label("hf_oauth_scopes", i), "must be one of " + choices(scopes)));
      if (known) out.scopes.push_back(item.text);
    }
  }
  out.expiration = std::chrono::minutes(map.integer("hf_oauth_expiration_minutes", 1, oauth_minutes_max).value_or(480));
  out.authorized_orgs = map.text_or_texts("hf_oauth_authorized_org");
  out.redirect_path = map.text("hf_oauth_redirect_path").value_or(out.redirect_path);
}

void read_running(YamlMap& map, SpaceCard& card) {
  auto& report = map.report();
  card.app_port = static_cast<std::uint16_t>(map.integer("app_port", app_port_min, port_max).value_or(card.app_port));
  read_routes(map, card);
  read_expose(map, card);
  if (const auto* list = map.list("volumes")) card.volumes = read_space_volumes(*list, report);
  if (auto path = map.text("base_path")) {
    card.base_path = std::move(*path);
    // It goes into links and probes, so nothing that would break a request line.
    const bool clean = std::all_of(card.base_path.begin(), card.base_path.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!card.base_path.starts_with('/') || !clean) {
      report.error(*map.find("base_path"), must("base_path", "must start with \"/\" and hold no spaces"));
    }
  }
  if (const auto timeout = map.duration("startup_duration_timeout")) {
    card.startup_duration_timeout = *timeout;
    const bool good = timeout->count() > 0;
    if (!good) report.error(*map.find("startup_duration_timeout"), must("startup_duration_timeout", "must be greater than 0"));
  }
  read_custom_headers(map, card);
  card.disable_embedding = map.boolean("disable_embedding").value_or(false);
  read_preload(map, card);
  read_oauth(map, card.oauth);
}

void read_looks(YamlMap& map, SpaceCard& card) {
  auto& report = map.report();
  card.title = map.text("title").value_or("");
  card.emoji = map.text("emoji").value_or("");
  if (!card.emoji.empty() && !is_emoji(card.emoji)) {
    report.error(*map.find("emoji"), must("emoji", "must be an emoji character, not a text or a :shortcode:"));
  }
  card.color_from = map.one_of("colorFrom", colors).value_or("");
  card.color_to = map.one_of("colorTo", colors).value_or("");
  card.full_width = map.boolean("fullWidth").value_or(true);
  card.header = map.one_of("header", {"mini", "default"}).value_or("default");
  card.short_description = map.text("short_description").value_or("");
  if (length_in_characters(card.short_description) > short_description_max) {
    report.error(*map.find("short_description"),
                 must("short_description", "length must be less than or equal to 60 characters long"));
  }
  card.thumbnail = map.text("thumbnail").value_or("");
  if (!card.thumbnail.empty() && !card.thumbnail.starts_with("https://") && !card.thumbnail.starts_with("http://")) {
    report.warning(*map.find("thumbnail"), must("thumbnail", "must be a valid uri that begins with https://"));
  }
  card.pinned = map.boolean("pinned").value_or(false);
  card.meta_title = map.text("metaTitle").value_or("");
  card.description = map.text("description").value_or("");
}

void read_repo_ids(YamlMap& map, const char* key, std::vector<std::string>& out) {
  out = map.texts(key);
  const auto* list = map.find(key);
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const auto& item = list->items[i];
    if (item.is_scalar() && !is_repo_id(item.text)) {
      map.report().error(item, must(item_label(key, i), "must be a repository id: \"name\" or \"owner/name\""));
    }
  }
}

void read_about(YamlMap& map, SpaceCard& card) {
  read_repo_ids(map, "models", card.models);
  read_repo_ids(map, "datasets", card.datasets);
  card.tags = map.texts("tags");
  card.licenses = map.text_or_texts("license");
  card.license_name = map.text("license_name").value_or("");
  card.license_link = map.text("license_link").value_or("");
  card.duplicated_from = map.text("duplicated_from").value_or("");
  // What of it there is only the node knows.
  card.suggested_hardware = map.text("suggested_hardware").value_or("");
  card.suggested_storage = map.one_of("suggested_storage", {"small", "medium", "large"}).value_or("");
}

void read_without_effect(YamlMap& map, SpaceCard& card) {
  card.sdk_version = map.text("sdk_version").value_or("");
  card.python_version = map.text("python_version").value_or("");
  if (!card.python_version.empty() && !is_python_version(card.python_version)) {
    map.report().error(*map.find("python_version"), must("python_version", "must be 3.x or 3.x.x"));
  }
  card.app_file = map.text("app_file").value_or("");
  card.app_build_command = map.text("app_build_command").value_or("");
  card.dev_mode_folder = map.text("dev-mode-folder").value_or("");
}

}  // namespace

FrontMatterResult read_front_matter(std::string_view readme, const std::string& file) {
  FrontMatterResult result;
  Report report(file);
  if (const auto block = find_block(readme, report)) {
    if (const auto root = parse_yaml(*block, report, 2, block_limits)) {
      YamlMap map(*root, report, "");
      if (root->is_map() || root->is_null()) read_sdk(map, result.value);
      read_running(map, result.value);
      read_looks(map, result.value);
      read_about(map, result.value);
      read_without_effect(map, result.value);
      map.finish(YamlMap::Unknown::warning);
    }
  }
  result.problems = report.take();
  return result;
}

}  // namespace config
