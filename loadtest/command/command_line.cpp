#include "loadtest/command/command_line.hpp"

#include <fmt/format.h>

#include <iostream>

#include "loadtest/command/mistake.hpp"
#include "loadtest/command/scenario.hpp"
#include "loadtest/command/unknown.hpp"

namespace loadtest::command {
namespace {

constexpr std::string_view overview =
    R"(spaceport-bench measures what serves HTTP: an app, the gateway in front of it, or both at once.

  spaceport-bench run http://127.0.0.1:8080/ --rate 200 --duration 30s     latency as visitors see it
  spaceport-bench run http://127.0.0.1:8080/ -c 50 --duration 10s          how much it can do
  spaceport-bench compare --space my-space --rate 200                      what the gateway adds
  spaceport-bench capacity --space my-space --slo 'p99<100ms'              how much it can do and still be quick
  spaceport-bench wake --space my-space                                    how fast it wakes
  spaceport-bench selftest                                                 what this machine can measure

All commands: spaceport-bench --help. About one of them: spaceport-bench run --help.
Exit codes: 0 good, 2 usage, 3 nobody there, 4 not valid (the generator was the limit), 99 an SLO was not held, 130 interrupted.
)";

using Chosen = std::function<int()>;

CLI::App* add(CLI::App& app, CommandLine& line, const char* name, const char* what, const char* example, Chosen chosen) {
  CLI::App* made = app.add_subcommand(name, what);
  made->footer(fmt::format("Example: spaceport-bench {} {}", name, example));
  made->callback([&line, chosen = std::move(chosen)] { line.chosen = chosen; });
  return made;
}

void add_space(CLI::App& command, std::string& space, std::string& state) {
  command.add_option("--space", space, "A Space of the `spaceport serve` that runs here")->type_name("NAME");
  command.add_option("--state", state, "Folder of that instance")->type_name("DIR")->envname("SPACEPORT_STATE");
}

void add_loads(CLI::App& app, CommandLine& line) {
  auto* made = add(app, line, "run", "One load, one report",
                   "http://127.0.0.1:8080/ --rate 200 --duration 30s --slo 'p99<250ms'", [&line] { return run(line.run); });
  add_load_flags(*made, line.run.load);
  add_space(*made, line.run.space, line.run.state);
  made->add_flag("--direct", line.run.direct, "With --space: its container itself, not through the gateway");
  made->add_option("--background", line.run.background, "A load beside the measured one: 'URL --rate 500', with flags of run")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("WORDS");
  add_outputs(*made, line.run.outputs, {.documents = true, .requests = true});

  made = add(app, line, "compare", "Two ways to the same place, in turns on one schedule",
             "--space my-space --rate 200 --duration 30s", [&line] { return compare(line.compare); });
  made->add_option("URLS", line.compare.urls, "A and B; what B costs more than A is told")->expected(0, 2)->type_name("");
  add_load_flags(*made, line.compare.load, {.url = false, .amount = true, .targets = false});
  add_space(*made, line.compare.space, line.compare.state);
  made->add_option("--fail-if", line.compare.fail_if, "p99>+1ms: exit code 99 when it is surely so")->type_name("LIMIT");
  add_outputs(*made, line.compare.outputs, {.documents = true, .requests = true});

  made = add(app, line, "capacity", "The highest rate that holds its objectives",
             "http://127.0.0.1:8080/ --slo 'p99<100ms' --slo 'errors<0.1%'", [&line] { return capacity(line.capacity); });
  add_load_flags(*made, line.capacity.load, {.url = true, .amount = false, .targets = true});
  add_space(*made, line.capacity.space, line.capacity.state);
  made->add_option("--from", line.capacity.from, "The first rate (50)")->type_name("RATE");
  made->add_option("--max-rate", line.capacity.most, "No more than this (100k)")->type_name("RATE");
  made->add_option("--trial", line.capacity.trial, "The first trials take so long (3s)")->type_name("TIME");
  made->add_option("--longest-trial", line.capacity.longest_trial, "And the deciding ones (15s)")->type_name("TIME");
  made->add_option("--precision", line.capacity.precision, "Until the interval is this narrow (5%)")->type_name("PERCENT");
  add_outputs(*made, line.capacity.outputs);
}

void add_space_commands(CLI::App& app, CommandLine& line) {
  auto* made = add(app, line, "wake", "How fast a sleeping Space answers", "--space my-space --trials 20 --burst 1,10,50",
                   [&line] { return wake(line.wake); });
  add_space(*made, line.wake.space, line.wake.state);
  made->add_option("--trials", line.wake.trials, "So many for each size of burst (20)")->type_name("N");
  made->add_option("--burst", line.wake.burst, "Visitors at the same moment: 1,10,50 (1)")->type_name("N,N");
  made->add_option("--rest", line.wake.rest, "Woken from: frozen or stopped (frozen)")->type_name("HOW");
  made->add_option("--timeout", line.wake.timeout, "For each answer (60s)")->type_name("TIME");
  add_outputs(*made, line.wake.outputs, {.documents = false, .requests = false});

  made = add(app, line, "replay", "An access log again, with its own timing", "access.log http://127.0.0.1:8080/ --speed 2",
             [&line] { return replay(line.replay); });
  made->add_option("LOG", line.replay.log, "Of the gateway, or in the common log format; - is standard input")
      ->required()
      ->type_name("");
  add_load_flags(*made, line.replay.load, {.url = true, .amount = false, .targets = false});
  add_space(*made, line.replay.space, line.replay.state);
  made->add_option("--speed", line.replay.speed, "So many times as fast (1.0)")->type_name("N");
  made->add_option("--only", line.replay.only, "These methods (GET,HEAD)")->type_name("METHODS");
  made->add_flag("--unsafe-methods", line.replay.unsafe_methods, "All of them: POST and DELETE change things");
  made->add_option("--affinity", line.replay.affinity, "client: each in the log has connections of its own; or none (client)")
      ->type_name("WHOSE");
  made->add_option("--from", line.replay.from, "From this time on: 2026-01-31T12:00:00Z")->type_name("TIME");
  made->add_option("--to", line.replay.to, "Until then")->type_name("TIME");
  add_outputs(*made, line.replay.outputs, {.documents = true, .requests = true});

  made = add(app, line, "deploy", "Load while a command deploys: what visitors see of it",
             "--space my-space --rate 200 -- spaceport up -d my-space", [&line] { return deploy(line.deploy); });
  add_load_flags(*made, line.deploy.load, {.url = false, .amount = true, .targets = false});
  made->add_option("--url", line.deploy.load.url, "Where to, instead of a Space")->type_name("URL");
  add_space(*made, line.deploy.space, line.deploy.state);
  made->add_option("--before", line.deploy.before, "Load in front of the command (2s)")->type_name("TIME");
  made->add_option("--after", line.deploy.after, "And behind it (3s)")->type_name("TIME");
  made->add_option("COMMAND", line.deploy.command, "Behind --")->required()->expected(1, 1000)->type_name("");
  add_outputs(*made, line.deploy.outputs, {.documents = true, .requests = true});
}

void add_reports(CLI::App& app, CommandLine& line) {
  auto* made = add(app, line, "report", "Results that were kept, once more; those of several machines add up",
                   "a.json b.json --html both.html", [&line] { return report_files(line.report); });
  made->add_option("FILES", line.report.files, "Of --json")->required()->expected(1, 1000)->type_name("");
  add_outputs(*made, line.report.outputs);

  made = add(app, line, "diff", "What has changed between two results", "base.json new.json --fail-if 'p99>+10%'",
             [&line] { return diff(line.diff); });
  made->add_option("BASE", line.diff.base, "Before")->required()->type_name("");
  made->add_option("NEW", line.diff.now, "After")->required()->type_name("");
  made->add_option("--fail-if", line.diff.fail_if, "p99>+10%, errors>+0.1%, rate<-5%: exit code 99")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("LIMIT");
}

void add_servers(CLI::App& app, CommandLine& line) {
  auto& s = line.serve;
  auto* made = add(app, line, "serve", "A server whose latency is known",
                   "--listen 127.0.0.1:8080 --service-time 20ms --stall 4s:2s", [&line] { return serve(line.serve); });
  made->add_option("--listen", s.listen, "HOST:PORT (127.0.0.1:8080); port 0 is any")->type_name("ADDRESS");
  made->add_option("--unix-socket", s.unix_socket, "Listen there instead")->type_name("PATH");
  made->add_option("--certificate", s.certificate, "PEM: TLS, with h2 and http/1.1")->type_name("FILE");
  made->add_option("--private-key", s.private_key, "Its key")->type_name("FILE");
  made->add_option("--service-time", s.service_time, "Each answer takes so long; with --sigma the median (0)")
      ->type_name("TIME");
  made->add_option("--sigma", s.sigma, "Lognormal: the deviation of the logarithm")->type_name("N");
  made->add_option("--delay", s.delay, "A mix: 150us:10,2ms:5, the rest at once")->type_name("TIME:PERCENT,...");
  made->add_option("--delay-each", s.each, "So much more for each other request in service")->type_name("TIME");
  made->add_option("--stall", s.stalls, "AFTER:FOR, counted from the first request: 4s:2s")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("TIMES");
  made->add_option("--status", s.statuses, "503:5 is 5 % of answers")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("STATUS:PERCENT");
  made->add_option("--resets", s.resets, "Connections reset instead of an answer")->type_name("PERCENT");
  made->add_option("--truncated", s.truncated, "Answers that end inside their body")->type_name("PERCENT");
  made->add_option("--close", s.close, "Connections closed behind an answer")->type_name("PERCENT");
  made->add_option("--size", s.size, "Of bodies (1k)")->type_name("SIZE");
  made->add_option("--body-takes", s.body_takes, "Bodies come in pieces over so long")->type_name("TIME");
  made->add_option("--event-interval", s.event_interval, "Of server-sent events (100ms)")->type_name("TIME");
  made->add_option("--events", s.events, "So many (10)")->type_name("N");
  made->add_option("--delays", s.delays, "Write the delays that were given to this file")->type_name("FILE");
  made->add_option("--seed", s.seed, "Of everything random (1)")->type_name("N");
  made->add_option("--duration", s.duration, "End by itself after so long")->type_name("TIME");

  made = add(app, line, "selftest", "What this machine can measure: lateness, round trip, own highest rate", "",
             [&line] { return selftest(line.selftest); });
  made->add_option("--json", line.selftest.json, "Kept for reports")->type_name("FILE");
  made->add_option("--duration", line.selftest.duration, "Of each of its parts (2s)")->type_name("TIME");
}

void add_all(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", std::string("spaceport-bench ") + SPACEPORT_VERSION);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.require_subcommand(1);
  app.footer("About one of them, with an example: spaceport-bench COMMAND --help");
  add_loads(app, line);
  add_space_commands(app, line);
  add_reports(app, line);
  add_servers(app, line);
}

int explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const auto rest = app.remaining(true);
  std::string what = error.what();
  if (!rest.empty() && rest.front().starts_with('-')) {
    what = about_option(chosen.empty() ? app : *chosen.front(), rest.front().substr(0, rest.front().find('=')));
  } else if (!rest.empty() && chosen.empty()) {
    std::vector<std::string> names = {"scenario"};
    for (const auto* each : app.get_subcommands({})) names.push_back(each->get_name());
    what = fmt::format("there is no command `{}`{}", rest.front(), did_you_mean(rest.front(), names));
  } else if (!rest.empty()) {
    what = fmt::format("`{}` is one word too many", rest.front());
  }
  const auto help = chosen.empty() ? std::string("spaceport-bench --help")
                                   : fmt::format("spaceport-bench {} --help", chosen.front()->get_name());
  std::cerr << "spaceport-bench: " << what << "\n  next: `" << help << "` lists what there is\n";
  return static_cast<int>(Exit::usage);
}

}  // namespace

std::optional<int> read_command_line(CommandLine& line, int count, char** arguments) {
  if (count <= 1) {
    std::cout << overview;
    return static_cast<int>(Exit::ok);
  }
  std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.front() == "scenario") words = words_of_scenario({words.begin() + 1, words.end()});
  CLI::App app{"spaceport-bench measures what serves HTTP, and says when its own numbers cannot be believed.",
               "spaceport-bench"};
  add_all(app, line);
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return explain(app, error);
  }
  return std::nullopt;
}

}  // namespace loadtest::command
