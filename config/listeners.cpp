#include "config/listeners.hpp"

#include <map>
#include <tuple>
#include <utility>

#include "config/rules.hpp"
#include "config/yaml_map.hpp"

namespace config {
namespace {

Certificate read_certificate(const YamlNode& node, Report& report, const std::string& label) {
  YamlMap map(node, report, label);
  Certificate out;
  for (const auto& [key, value] : {std::pair("certificate", &out.certificate), std::pair("private_key", &out.private_key)}) {
    *value = map.text(key).value_or("");
    if (value->empty()) report.error(node, must(map.label(key), "is required: the path of a PEM file"));
  }
  map.finish();
  return out;
}

std::vector<Certificate> read_certificates(YamlMap& map, const YamlNode& node) {
  std::vector<Certificate> out;
  const auto* list = map.list("certificates");
  const auto list_label = map.label("certificates");
  if (list != nullptr) {
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      out.push_back(read_certificate(list->items[i], map.report(), item_label(list_label, i)));
    }
  }
  const bool absent = node.is_map() && map.find("certificates") == nullptr;
  if (absent || (list != nullptr && list->items.empty())) {
    map.report().error(node, must(list_label, "must hold at least one {certificate: ..., private_key: ...}"));
  }
  return out;
}

void read_client_certificate(YamlMap& map, Listener& out) {
  const auto authorities = map.text("client_ca");
  out.client_ca = authorities.value_or("");
  if (authorities && authorities->empty())
    map.report().error(*map.find("client_ca"), must(map.label("client_ca"), "must be the path of a PEM file"));
  const auto wanted = map.one_of("client_certificate", {"require", "request"});
  if (authorities) out.client_certificate = ClientCertificate::require;
  if (wanted == "request") out.client_certificate = ClientCertificate::request;
  if (wanted && !authorities)
    map.report().error(*map.find("client_certificate"),
                       must(map.label("client_certificate"), "needs \"client_ca: FILE\" beside it"));
}

void read_tls(const YamlNode& node, Report& report, const std::string& label, Listener& out) {
  YamlMap map(node, report, label);
  out.tls = true;
  out.certificates = read_certificates(map, node);
  read_client_certificate(map, out);
  out.only_tls_1_3 = map.one_of("min_version", {"1.2", "1.3"}) == "1.3";
  map.finish();
}

void read_trusted_proxies(YamlMap& map, Listener& out) {
  const auto* list = map.list("trusted_proxies");
  if (list == nullptr) return;
  const auto label = map.label("trusted_proxies");
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    auto text = read_text(list->items[i], map.report(), item_label(label, i));
    if (!text) continue;
    if (const auto wrong = check_cidr(*text)) map.report().error(list->items[i], must(item_label(label, i), *wrong));
    out.trusted_proxies.push_back(std::move(*text));
  }
}

Listener read_listener(const YamlNode& node, Report& report, const std::string& label) {
  Listener out;
  YamlMap map(node, report, label);
  map.require("address");
  if (const auto address = map.text("address")) {
    const auto parsed = parse_listen_address(*address);
    if (parsed) {
      std::tie(out.host, out.port) = *parsed.value;
    } else {
      report.error(*map.find("address"), must(map.label("address"), parsed.message));
    }
  }
  if (const auto* tls = map.find("tls")) read_tls(*tls, report, map.label("tls"), out);
  out.http2 = map.boolean("http2").value_or(true);
  read_trusted_proxies(map, out);
  out.proxy_protocol = map.boolean("proxy_protocol").value_or(false);
  if (out.proxy_protocol && out.trusted_proxies.empty())
    report.error(*map.find("proxy_protocol"),
                 must(map.label("proxy_protocol"), "needs \"trusted_proxies: [CIDR]\": who may send the header"));
  map.finish();
  return out;
}

}  // namespace

std::vector<Listener> read_listeners(const YamlNode& node, Report& report, const std::string& label) {
  std::vector<Listener> out;
  if (!node.is_list()) {
    report.error(node, must(label, "must be an array"));
    return out;
  }
  std::map<std::pair<std::string, std::uint16_t>, std::size_t> first_lines;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    out.push_back(read_listener(node.items[i], report, item_label(label, i)));
    // Port 0 is another port each time.
    if (out.back().host.empty() || out.back().port == 0) continue;
    const auto& item = node.items[i];
    const auto [first, is_new] = first_lines.try_emplace({out.back().host, out.back().port}, item.line);
    if (is_new) continue;
    report.error(item, must(item_label(label, i), "has the address of the listener on line " + std::to_string(first->second)));
  }
  if (node.items.empty()) report.error(node, must(label, "must hold at least one {address: IP:PORT}"));
  return out;
}

}  // namespace config
