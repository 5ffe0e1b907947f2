#include "runtime/cli/app.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "runtime/cli/options.hpp"
#include "runtime/cli/terminal.hpp"

namespace runtime::cli {
namespace {

using Chosen = std::function<int()>;

// Everything that options are read into; lives as long as the parse and the command.
struct Line {
  Common common;
  UpOptions up;
  ServeOptions serve;
  LogsOptions logs;
  std::string space;
  std::string folder = ".";
  std::string space_template = "python";
  std::string action;
  std::vector<std::string> items;
  bool factory = false;
  bool data = false;
  Chosen chosen;
};

CLI::App* command(CLI::App& app, Line& line, const char* name, const char* what, Chosen chosen) {
  CLI::App* made = app.add_subcommand(name, what);
  made->fallthrough();
  made->callback([&line, chosen = std::move(chosen)] { line.chosen = chosen; });
  return made;
}

CLI::App* on_space(CLI::App& app, Line& line, const char* name, const char* what, Chosen chosen) {
  CLI::App* made = command(app, line, name, what, std::move(chosen));
  made->add_option("SPACE", line.space, "owner/name; a name alone is local/name")->required();
  return made;
}

void add_up(CLI::App& app, Line& line) {
  auto* up_command =
      command(app, line, "up", "Build the Space in a folder and serve it", [&line] { return up(line.common, line.up); });
  up_command->add_option("DIR", line.up.folder, "Folder with README.md and Dockerfile");
  up_command->add_flag("-d,--detach", line.up.detach, "Return when it is RUNNING");
  up_command->add_option("--name", line.up.name, "owner/name (default local/<folder>)");
  up_command->add_option("--env", line.up.env, "Variable K=V, or K from the environment")->expected(1)->take_all();
  up_command->add_option("--secret", line.up.secrets, "Name of a secret; its value comes from the environment or is asked for")
      ->expected(1)
      ->take_all();
  up_command->add_option("--secret-file", line.up.secret_files, "File with K=V lines")->expected(1)->take_all();
  up_command->add_option("--gpus", line.up.gpus, "A number of GPUs, or all");
  up_command->add_option("--hardware", line.up.hardware, "Hardware flavor, for example cpu-basic");
  up_command->add_option("--storage", line.up.storage, "Size of /data, for example 10Gi");
  up_command->add_option("--domain", line.up.domain, "Domain of a serve that has to be started");
  up_command->add_option("--listen", line.up.listen, "HOST:PORT of a serve that has to be started")->expected(1)->take_all();
}

void add_serve(CLI::App& app, Line& line) {
  auto* made = command(app, line, "serve", "Run the daemon", [&line] { return serve(line.common, line.serve); });
  made->add_option("--domain", line.serve.domain, "Spaces answer at <slug>.<domain>");
  made->add_option("--listen", line.serve.listen, "HOST:PORT of the public ingress")->expected(1)->take_all();
  made->add_option("--endpoints", line.serve.endpoints, "How containers are reached")
      ->check(CLI::IsMember({"auto", "netns", "published"}));
}

void add_others(CLI::App& app, Line& line) {
  auto* init_command = command(app, line, "init", "Write a Space to start from",
                               [&line] { return init(line.common, line.folder, line.space_template); });
  init_command->add_option("DIR", line.folder, "Folder to write to");
  init_command->add_option("--template", line.space_template, "python, or busybox (needs no registry)")
      ->check(CLI::IsMember({"python", "busybox"}));
  command(app, line, "ls", "List the Spaces", [&line] { return list(line.common); });
  command(app, line, "doctor", "Look for what is missing, each with its fix", [&line] { return doctor(line.common); });
  on_space(app, line, "show", "Everything about a Space", [&line] { return show(line.common, line.space); });
  on_space(app, line, "pause", "Stop a Space until wake", [&line] { return pause(line.common, line.space); });
  on_space(app, line, "wake", "Start a paused or sleeping Space", [&line] { return wake(line.common, line.space); });
  on_space(app, line, "open", "Print the URL, and open it on a desktop", [&line] { return open(line.common, line.space); });
  auto* log_command = on_space(app, line, "logs", "What the app, or its build, printed", [&line] {
    line.logs.space = line.space;
    return logs(line.common, line.logs);
  });
  log_command->add_flag("-f,--follow", line.logs.follow, "Go on");
  log_command->add_flag("--build", line.logs.build, "The log of the build");
  log_command->add_option("--tail", line.logs.tail, "Only the last N lines")->check(CLI::NonNegativeNumber);
  on_space(app, line, "restart", "A fresh container", [&line] {
    return restart(line.common, line.space, line.factory);
  })->add_flag("--factory", line.factory, "Build again without any cache");
  on_space(app, line, "rm", "Remove a Space; its /data stays", [&line] {
    return remove(line.common, line.space, line.data);
  })->add_flag("--data", line.data, "Remove /data too");
  const auto settings = [&](const char* name, const char* what, Chosen chosen) {
    auto* made = on_space(app, line, name, what, std::move(chosen));
    made->add_option("ACTION", line.action, "set or unset; nothing lists them")->check(CLI::IsMember({"set", "unset"}));
    made->add_option("ITEMS", line.items, "K=V, or names");
  };
  settings("vars", "Variables: public, build arguments and environment",
           [&line] { return variables(line.common, line.space, line.action, line.items); });
  settings("secrets", "Secrets: names only, values never come out",
           [&line] { return secrets(line.common, line.space, line.action, line.items); });
}

int parse_and_run(Line& line, int count, char** arguments) {
  CLI::App app{"Spaceport serves Docker Spaces on your own machines.", "spaceport"};
  app.set_version_flag("--version", std::string("spaceport ") + SPACEPORT_VERSION);
  app.add_option("--state", line.common.state, "Folder of everything, sockets too");
  app.add_flag("--json", line.common.json, "Machine-readable output");
  app.require_subcommand(1);
  add_up(app, line);
  add_serve(app, line);
  add_others(app, line);
  app.add_subcommand("gateway", "Run spaceport-gateway");
  app.add_subcommand("bench", "Run spaceport-bench");
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    constexpr int usage_error = 2;
    // CLI11 misses the subcommand before it minds the word that stands in its place.
    if (const auto words = app.remaining(); app.get_subcommands().empty() && !words.empty() && words.front().front() != '-') {
      std::cerr << "spaceport: there is no command `" << words.front() << "`\n  next: `spaceport --help` lists them\n";
      return usage_error;
    }
    return app.exit(error) == 0 ? 0 : usage_error;
  }
  return line.chosen ? line.chosen() : 0;
}

}  // namespace

int run(int count, char** arguments) {
  Line line;
  try {
    // The siblings read their own arguments.
    const std::string first = count > 1 ? arguments[1] : "";
    if (first == "gateway" || first == "bench") {
      return become("spaceport-" + first, std::vector<std::string>(arguments + 2, arguments + count));
    }
    return parse_and_run(line, count, arguments);
  } catch (const state::Trouble& trouble) {
    complain(trouble, line.common.json);
  } catch (const std::exception& error) {
    complain(state::Trouble(state::Kind::internal, error.what(), "this is a bug; please report it"), line.common.json);
  }
  return 1;
}

}  // namespace runtime::cli
