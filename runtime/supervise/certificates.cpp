#include "runtime/supervise/certificates.hpp"

#include <spdlog/spdlog.h>

#include <boost/json.hpp>

#include "gateway/net/whole_file.hpp"
#include "runtime/supervise/signal.hpp"

namespace runtime::supervise {
namespace {

// What is new is in force after two looks.
constexpr std::chrono::seconds look{1};

std::vector<std::string> files_of(const config::NodeFile& node) {
  std::vector<std::string> paths;
  for (const auto& listener : node.listeners) {
    for (const auto& pair : listener.certificates) paths.insert(paths.end(), {pair.certificate, pair.private_key});
    if (!listener.client_ca.empty()) paths.push_back(listener.client_ca);
  }
  return paths;
}

}  // namespace

Certificates::Certificates(gw::net::Worker& worker, GatewayClient& gateway, const config::NodeFile& node)
    : worker_(worker), gateway_(gateway), paths_(files_of(node)), watch_(paths_) {}

gw::net::Task<> Certificates::hand_over() {
  boost::json::object files;
  for (const auto& path : paths_) {
    std::string reason;
    const auto text = gw::net::read_whole_file(path, reason);
    if (!text) {
      spdlog::error("the gateway keeps its certificates: cannot read {}: {}", path, reason);
      co_return;
    }
    files[path] = *text;
  }
  std::string body = boost::json::serialize(boost::json::object{{"files", std::move(files)}});
  const std::string problem = co_await gateway_.reload(std::move(body));
  if (problem.empty())
    spdlog::info("the gateway has loaded its certificates again");
  else
    spdlog::error("the gateway keeps its certificates: {}", problem);
}

gw::net::Task<> Certificates::keep() {
  if (paths_.empty()) co_return;
  for (;;) {
    co_await pause_for(worker_, look);
    if (watch_.changed()) co_await hand_over();
  }
}

}  // namespace runtime::supervise
