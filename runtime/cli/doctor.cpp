// `spaceport doctor`: what is missing on this machine, each with its fix.

#include <fmt/format.h>

#include <iostream>

#include "runtime/cli/checks.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/terminal.hpp"
#include "runtime/state/database.hpp"
#include "runtime/supervise/hardware.hpp"
#include "runtime/supervise/process.hpp"

namespace runtime::cli {

namespace json = boost::json;

namespace {

// Of what was there when the last `serve` ended.
std::vector<std::string> remembered_gpus(const state::Layout& layout, const config::NodeFile& node) {
  std::vector<std::string> want;
  if (!std::filesystem::exists(layout.database()) || !std::filesystem::exists(layout.key_file())) return want;
  const state::SecretBox box{layout.key_file()};
  const state::Database database{layout.database(), box};
  for (const auto& record : database.spaces()) {
    const auto gpus = supervise::parse_gpus(record.gpus, record.hardware, node);
    if (gpus && gpus->any()) want.push_back(record.id);
  }
  return want;
}

json::array look_around(const state::Layout& layout) {
  // A serve that runs knows what it chose when it began.
  if (supervise::listener_of(layout.api_socket(), false) != 0)
    return Client(layout.api_socket()).call({"GET", "/v1/doctor", {}, {}}).as_array();
  const config::NodeFile node = read_node(layout, {}, {});
  gw::net::Worker worker;
  auto engine = make_engine(worker, node);
  Situation now;
  now.want_gpus = remembered_gpus(layout, node);
  json::array found;
  auto task = [&]() -> gw::net::Task<> {
    found = co_await run_checks(worker, *engine, node, layout, std::move(now));
    worker.stop();
  };
  worker.spawn(task());
  worker.run();
  return found;
}

}  // namespace

int doctor(const Common& common) {
  const json::array found = look_around(common.layout());
  bool good = true;
  for (const auto& each : found) good = good && each.at("ok").as_bool();
  if (common.json) {
    std::cout << json::serialize(found) << '\n';
    return good ? 0 : 1;
  }
  for (const auto& each : found) {
    const bool ok = each.at("ok").as_bool();
    std::cout << paint(ok ? "ok   " : "FAIL ", ok ? Colour::good : Colour::bad)
              << fmt::format("{:20} {}\n", std::string(each.at("name").as_string()),
                             std::string(each.at("detail").as_string()));
    const std::string fix(each.at("fix").as_string());
    if (!fix.empty()) std::cout << "     -> " << fix << '\n';
  }
  return good ? 0 : 1;
}

}  // namespace runtime::cli
