#include "config/egress.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "config/rules.hpp"

namespace config {
namespace {

constexpr std::int64_t port_max = 65535;
/// The packet filter takes that many ports in one rule.
constexpr std::size_t ports_max = 15;

void read_ports(YamlMap& map, std::vector<std::uint16_t>& out) {
  const auto* list = map.list("ports");
  if (list == nullptr) return;
  const auto label = map.label("ports");
  if (list->items.size() > ports_max) map.report().error(*list, must(label, "must not have more than 15 ports"));
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const auto port = read_integer(list->items[i], map.report(), item_label(label, i), 1, port_max);
    if (port) out.push_back(static_cast<std::uint16_t>(*port));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

// `[v6]:PORT`, `v4:PORT`, or what has no port: a lone colon is the one before it.
std::optional<Opening> parse_opening(std::string_view text) {
  Opening out;
  std::string_view port;
  bool with_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    out.to = std::string(text.substr(1, end - 1));
    with_port = end + 1 != text.size();
    if (with_port && text[end + 1] != ':') return std::nullopt;
    if (with_port) port = text.substr(end + 2);
  } else {
    with_port = std::count(text.begin(), text.end(), ':') == 1;
    const auto end = with_port ? text.find(':') : text.size();
    out.to = std::string(text.substr(0, end));
    if (with_port) port = text.substr(end + 1);
  }
  if (with_port) {
    const auto number = port_of(port);
    if (!number) return std::nullopt;
    out.port = *number;
  }
  if (check_cidr(out.to)) return std::nullopt;
  return out;
}

}  // namespace

Egress read_egress(const YamlNode& node, Report& report, const std::string& label) {
  YamlMap map(node, report, label);
  Egress out;
  read_ports(map, out.ports);
  out.private_networks = map.boolean("private").value_or(false);
  const auto* list = map.list("allow");
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const auto item = item_label(map.label("allow"), i);
    const auto text = read_text(list->items[i], report, item);
    if (!text) continue;
    if (auto opening = parse_opening(*text))
      out.allow.push_back(std::move(*opening));
    else
      report.error(
          list->items[i],
          must(item, "must be an address or a network, with a port or without: 10.0.0.5:5432, 10.1.0.0/16, [fd00::5]:5432"));
  }
  map.finish();
  return out;
}

std::string to_string(const Opening& opening) {
  if (opening.port == 0) return opening.to;
  const auto port = ":" + std::to_string(opening.port);
  return opening.v6() ? "[" + opening.to + "]" + port : opening.to + port;
}

}  // namespace config
