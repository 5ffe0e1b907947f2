#include "runtime/cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "config/suggest.hpp"

namespace runtime::cli {
namespace {

using Chosen = std::function<int()>;

constexpr std::string_view overview = R"(Spaceport serves Docker Spaces on your own machines.

  spaceport init my-space       a Space to start from
  spaceport up my-space         build it, serve it, follow it; Ctrl-C stops it
  spaceport up -d my-space      the same, and return when it runs
  spaceport ls                  what there is, and where it answers
  spaceport logs -f my-space    what it prints
  spaceport doctor              what is missing here, each with its fix

All commands: spaceport --help. About one of them: spaceport up --help.
)";

CLI::App* command(CLI::App& app, CommandLine& line, const char* name, const char* what, const char* example, Chosen chosen) {
  CLI::App* made = app.add_subcommand(name, what);
  made->fallthrough();
  const std::string group = app.get_parent() == nullptr ? "" : app.get_name() + " ";
  made->footer(fmt::format("Example: spaceport {}{}{}{}", group, name, *example == 0 ? "" : " ", example));
  made->callback([&line, chosen = std::move(chosen)] { line.chosen = chosen; });
  return made;
}

CLI::App* on_space(CLI::App& app, CommandLine& line, const char* name, const char* what, const char* example, Chosen chosen) {
  CLI::App* made = command(app, line, name, what, example, std::move(chosen));
  made->add_option("SPACE", line.space, "owner/name; a name alone is local/name")->required();
  return made;
}

void add_up(CLI::App& app, CommandLine& line) {
  auto* made = command(app, line, "up", "Build the Space in a folder and serve it",
                       "-d my-space --env MODEL=small --storage 1Gi", [&line] { return up(line.common, line.up); });
  made->add_option("DIR", line.up.folder, "Folder with README.md and Dockerfile");
  made->add_flag("-d,--detach", line.up.detach, "Return when it is RUNNING");
  made->add_option("--name", line.up.name, "owner/name (default local/<folder>)");
  made->add_option("--env", line.up.env, "Variable K=V, or K from the environment")->expected(1)->take_all();
  made->add_option("--secret", line.up.secrets, "Name of a secret; its value comes from the environment or is asked for")
      ->expected(1)
      ->take_all();
  made->add_option("--secret-file", line.up.secret_files, "File with K=V lines")->expected(1)->take_all();
  made->add_option("--gpus", line.up.gpus, "A number of GPUs, all, or device=ID,ID (numbers or UUIDs)");
  made->add_option("--hardware", line.up.hardware, "Hardware flavor, for example cpu-basic");
  made->add_option("--storage", line.up.storage, "Size of /data, for example 10Gi");
  made->add_option("--domain", line.up.domain, "Domain of a serve that has to be started");
  made->add_option("--listen", line.up.listen, "HOST:PORT of a serve that has to be started")->expected(1)->take_all();
}

void add_serve(CLI::App& app, CommandLine& line) {
  auto* made = command(app, line, "serve", "Run the daemon", "--domain example.com --listen 0.0.0.0:80",
                       [&line] { return serve(line.common, line.serve); });
  made->add_option("--domain", line.serve.domain, "Spaces answer at <slug>.<domain>");
  made->add_option("--listen", line.serve.listen, "HOST:PORT of the public ingress")->expected(1)->take_all();
  made->add_option("--endpoints", line.serve.endpoints, "How containers are reached")
      ->check(CLI::IsMember({"auto", "netns", "published"}));
}

void add_looks(CLI::App& app, CommandLine& line) {
  command(app, line, "ls", "List the Spaces", "--json", [&line] { return list(line.common); });
  on_space(app, line, "show", "Everything about a Space", "my-space", [&line] { return show(line.common, line.space); });
  command(app, line, "top", "What every Space uses, live", "--json", [&line] { return top(line.common); });
  on_space(app, line, "events", "The stages that a Space went through", "my-space",
           [&line] { return events(line.common, line.space); });
  on_space(app, line, "deployments", "The deployments of a Space, and which can be rolled back to", "my-space",
           [&line] { return deployments(line.common, line.space); });
  on_space(app, line, "open", "Print the URL, and open it on a desktop", "my-space",
           [&line] { return open(line.common, line.space); });
  auto* made = on_space(app, line, "logs", "What the app, or its build, printed", "-f my-space", [&line] {
    line.logs.space = line.space;
    return logs(line.common, line.logs);
  });
  made->add_flag("-f,--follow", line.logs.follow, "Go on");
  made->add_flag("--build", line.logs.build, "The log of the build");
  made->add_option("--tail", line.logs.tail, "Only the last N lines")->check(CLI::NonNegativeNumber);
  command(app, line, "doctor", "Look for what is missing, each with its fix", "", [&line] { return doctor(line.common); });
}

void add_changes(CLI::App& app, CommandLine& line) {
  on_space(app, line, "restart", "A fresh container", "--factory my-space", [&line] {
    return restart(line.common, line.space, line.factory);
  })->add_flag("--factory", line.factory, "Build again without any cache");
  on_space(app, line, "cancel", "Give up the build or start under way; what served goes on", "my-space",
           [&line] { return cancel(line.common, line.space); });
  on_space(app, line, "rollback", "Serve the image of an earlier deployment again", "my-space 3",
           [&line] { return rollback(line.common, line.space, line.deployment); })
      ->add_option("DEPLOYMENT", line.deployment, "Its number; nothing means the version before")
      ->check(CLI::PositiveNumber);
  on_space(app, line, "pause", "Stop a Space until wake", "my-space", [&line] { return pause(line.common, line.space); });
  on_space(app, line, "wake", "Start a paused or sleeping Space", "my-space",
           [&line] { return wake(line.common, line.space); });
  on_space(app, line, "sleep", "After which time without visitors it sleeps", "my-space 30m", [&line] {
    return sleep(line.common, line.space, line.time);
  })->add_option("TIME", line.time, "30m, 48h, never, default (the node's), or now; nothing shows it");
  on_space(app, line, "replicas", "How many containers serve a Space", "my-space 2",
           [&line] { return replicas(line.common, line.space, line.number); })
      ->add_option("N", line.number, "1 to 64; nothing shows it")
      ->check(CLI::Range(1, 64));
  on_space(app, line, "rm", "Remove a Space; its /data stays", "my-space --data", [&line] {
    return remove(line.common, line.space, line.data);
  })->add_flag("--data", line.data, "Remove /data too");
  on_space(app, line, "hardware", "What a Space runs on, or another flavor for it", "my-space cpu-upgrade", [&line] {
    return hardware(line.common, line.space, line.flavor);
  })->add_option("FLAVOR", line.flavor, "The one that it shall have; nothing shows them");
  const auto settings = [&](const char* name, const char* what, const char* example, Chosen chosen) {
    auto* made = on_space(app, line, name, what, example, std::move(chosen));
    made->add_option("ACTION", line.action, "set or unset; nothing lists them")->check(CLI::IsMember({"set", "unset"}));
    made->add_option("ITEMS", line.items, "K=V, or names");
  };
  settings("vars", "Variables: public, build arguments and environment", "my-space set MODEL=small",
           [&line] { return variables(line.common, line.space, line.action, line.items); });
  settings("secrets", "Secrets: names only, values never come out; `secrets rotate-key`: a new key for all",
           "my-space set TOKEN", [&line] { return secrets(line.common, line.space, line.action, line.items); });
}

void add_data(CLI::App& app, CommandLine& line) {
  auto* data = app.add_subcommand("data", "/data of a Space as a tar archive, and back");
  data->fallthrough();
  data->require_subcommand(1);
  data->footer("Example: spaceport data export my-space -o data.tar");
  auto* out = on_space(*data, line, "export", "Pack /data, while the Space runs or not", "my-space -o data.tar", [&line] {
    line.transfer.space = line.space;
    return export_data(line.common, line.transfer);
  });
  out->add_option("-o,--output", line.transfer.file, "File to write; - (the default) is standard output");
  out->add_option("--path", line.transfer.path, "Only this of it");
  const auto mount = [&line](CLI::App& of) {
    of.add_option("--mount", line.transfer.mount, "Another volume that the Space mounts, by its path; else /data");
  };
  mount(*out);
  auto* in = on_space(*data, line, "import", "Unpack an archive into /data, while the Space runs or not", "my-space data.tar",
                      [&line] {
                        line.transfer.space = line.space;
                        return import_data(line.common, line.transfer);
                      });
  in->add_option("FILE", line.transfer.file, "A tar archive; - is standard input")->required();
  in->add_flag("--replace", line.transfer.replace, "Replace what is there; else it is refused");
  mount(*in);
}

void add_all(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", std::string("spaceport ") + SPACEPORT_VERSION);
  app.add_option("--state", line.common.state, "Folder of everything, sockets too");
  app.add_flag("--json", line.common.json, "Machine-readable output");
  app.require_subcommand(1);
  app.footer("About one of them, with an example: spaceport COMMAND --help");
  auto* made = command(app, line, "init", "Write a Space to start from", "my-space",
                       [&line] { return init(line.common, line.folder, line.space_template); });
  made->add_option("DIR", line.folder, "Folder to write to");
  made->add_option("--template", line.space_template, "python, or busybox (needs no registry)")
      ->check(CLI::IsMember({"python", "busybox"}));
  add_up(app, line);
  add_serve(app, line);
  add_looks(app, line);
  add_changes(app, line);
  add_data(app, line);
  app.add_subcommand("gateway", "Run spaceport-gateway");
  app.add_subcommand("bench", "Run spaceport-bench");
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return config::did_you_mean(word, views);
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// One line and the next step; what is over or unknown comes first, because the rest often follows from it.
int explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const auto rest = app.remaining(true);
  const std::string help = chosen.empty() ? "spaceport --help" : fmt::format("spaceport {} --help", chosen.front()->get_name());
  std::string what = error.what();
  if (!rest.empty() && rest.front().starts_with('-')) {
    auto candidates = options_of(app);
    if (!chosen.empty())
      for (auto& name : options_of(*chosen.front())) candidates.push_back(std::move(name));
    const std::string option = rest.front().substr(0, rest.front().find('='));
    what = fmt::format("there is no option `{}`{}", option, suggestion(option, candidates));
  } else if (!rest.empty() && chosen.empty()) {
    std::vector<std::string> names;
    for (const auto* each : app.get_subcommands({})) names.push_back(each->get_name());
    what = fmt::format("there is no command `{}`{}", rest.front(), suggestion(rest.front(), names));
  } else if (!rest.empty()) {
    what = fmt::format("`{}` is one word too many", rest.front());
  }
  std::cerr << "spaceport: " << what << "\n  next: `" << help << "` lists what there is\n";
  constexpr int usage_error = 2;
  return usage_error;
}

}  // namespace

std::optional<int> read_command_line(CommandLine& line, int count, char** arguments) {
  if (count == 1) {
    std::cout << overview;
    return 0;
  }
  CLI::App app{"Spaceport serves Docker Spaces on your own machines.", "spaceport"};
  add_all(app, line);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return explain(app, error);
  }
  return std::nullopt;
}

}  // namespace runtime::cli
