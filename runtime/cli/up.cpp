// `spaceport up`: a client of api.sock that starts `serve` when nobody answers.

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <thread>

#include "config/front_matter.hpp"
#include "config/names.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/terminal.hpp"
#include "runtime/supervise/process.hpp"
#include "runtime/supervise/supervisor.hpp"

namespace runtime::cli {

namespace fs = std::filesystem;
namespace json = boost::json;
using state::Kind;
using state::Trouble;

namespace {

// `K=V` lines; empty ones and those that begin with # are left out.
void read_secret_file(const std::string& file, json::object& secrets) {
  std::ifstream in(file);
  if (!in) throw Trouble(Kind::bad_input, fmt::format("the secret file {} cannot be read", file), {}, file);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const auto equals = line.find('=');
    if (equals == line.npos || config::check_variable_name(line.substr(0, equals))) {
      throw Trouble(Kind::bad_input, fmt::format("{}:{}:1: this is not KEY=VALUE", file, number), {}, file);
    }
    secrets[line.substr(0, equals)] = line.substr(equals + 1);
    state::wipe(line);
  }
}

json::object body_of(const UpOptions& options, const fs::path& folder) {
  json::object variables;
  for (const auto& each : options.env) {
    auto [key, value] = assignment(each);
    variables[key] = value;
  }
  json::object secrets;
  for (const auto& file : options.secret_files) read_secret_file(file, secrets);
  for (const auto& name : options.secrets) secrets[name] = secret_value(name).reveal();
  json::object body{{"dir", folder.string()}, {"variables", std::move(variables)}, {"secrets", std::move(secrets)}};
  if (options.gpus) body["gpus"] = *options.gpus;
  if (options.hardware) body["hardware"] = *options.hardware;
  if (options.storage) body["storage"] = *options.storage;
  return body;
}

// Starts `serve` in a session of its own, so that Ctrl-C reaches us alone and we stop things in order.
pid_t start_serve(const Common& common, const UpOptions& options, const state::Layout& layout, const Client& client) {
  std::vector<std::string> command{supervise::sibling_program("spaceport").string(), "serve"};
  if (common.state) command.insert(command.end(), {"--state", fs::absolute(*common.state).string()});
  if (!options.domain.empty()) command.insert(command.end(), {"--domain", options.domain});
  for (const auto& address : options.listen) command.insert(command.end(), {"--listen", address});
  std::error_code error;
  fs::create_directories(layout.logs(), error);
  const fs::path log = layout.logs() / "serve.log";
  const pid_t pid = supervise::spawn_program(command, log);
  if (pid == 0) throw Trouble(Kind::unavailable, fmt::format("{} cannot be started", command.front()));
  for (int i = 0; i != 300; ++i) {
    if (client.reachable()) return pid;
    if (::kill(pid, 0) != 0 || ::waitpid(pid, nullptr, WNOHANG) == pid) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  std::ifstream in(log);
  std::string last;
  for (std::string line; std::getline(in, line);) last = line;
  throw Trouble(Kind::unavailable, fmt::format("`spaceport serve` did not start: {}", last),
                fmt::format("its log is {}; `spaceport doctor` looks for the cause", log.string()), log.string());
}

void stop_started(const Client& client, const std::string& path, pid_t serve) {
  std::cerr << "\nstopping\n";
  try {
    client.call({"POST", path + "/pause", {}, {}});
    for (int i = 0; i != 300; ++i) {
      if (!client.call({"GET", path, {}, {}}).as_object().contains("container")) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  } catch (const Trouble&) {
    // It is gone already, or was never registered: nothing of it is left to stop.
  }
  if (serve == 0) return;
  ::kill(serve, SIGTERM);
  ::waitpid(serve, nullptr, 0);
}

}  // namespace

int up(const Common& common, const UpOptions& options) {
  const state::Layout layout = common.layout();
  const Client client(layout.api_socket());
  const fs::path folder = fs::weakly_canonical(fs::absolute(options.folder));
  const std::string name = options.name.empty() ? "local/" + config::slug_of_folder(folder.string()) : options.name;
  if (auto fault = config::check_space_name(name)) {
    throw Trouble(Kind::bad_input, fmt::format("`{}` cannot be the name of a Space: {}", name, *fault),
                  "give another one with --name owner/name");
  }
  const std::string readme = supervise::checked_readme(folder.string());  // before anything is started
  for (const auto& warning : config::read_front_matter(readme, (folder / "README.md").string()).problems)
    std::cerr << warning.text() << "\n";
  const std::string body = json::serialize(body_of(options, folder));

  const pid_t serve = client.reachable() ? 0 : start_serve(common, options, layout, client);
  const std::string path = "/v1/spaces/" + name;
  ProgressView view(common.json);
  bool complete = false;
  try {
    complete = client.stream({"POST", path + "/deploy", {}, body}, [&](std::string_view bytes) { return view.feed(bytes); });
  } catch (...) {
    if (serve != 0) stop_started(client, path, serve);
    throw;
  }
  if (!complete) {
    stop_started(client, path, serve);
    return 130;
  }
  if (view.failed() || view.stage() != "RUNNING") {
    // What was only started for this Space goes with it, detached or not: nothing half-started stays behind.
    if (serve != 0) stop_started(client, path, serve);
    return 1;
  }
  if (!common.json) {
    const json::value space = client.call({"GET", path, {}, {}});
    std::cout << paint(std::string(space.as_object().at("url").as_string()), Colour::strong) << std::endl;
  }
  if (options.detach) return 0;
  client.stream({"GET", path + "/logs", "?follow=1", {}}, [](std::string_view bytes) {
    std::cout << bytes << std::flush;
    return true;
  });
  stop_started(client, path, serve);
  return 0;
}

}  // namespace runtime::cli
