// spaceport-gateway: the public ingress. This file knows the command line only.

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "gateway/control/check.hpp"
#include "gateway/control/explain_command.hpp"
#include "gateway/control/gateway.hpp"
#include "gateway/control/reload_command.hpp"
#include "gateway/control/successor.hpp"

int main(int argc, char** argv) {
  CLI::App app{"The public ingress of many Spaces: routes each host name and path to the port behind it."};
  app.set_version_flag("--version", SPACEPORT_VERSION);
  app.require_subcommand(1);
  std::string file;
  std::string url;
  std::string method = "GET";
  std::string successor;

  auto* run = app.add_subcommand(
      "run", "Serve FILE until SIGTERM. SIGHUP reads it again; SIGUSR2 starts the program anew on the same sockets.");
  run->add_option("FILE", file, "the gateway file (YAML)")->required();
  run->add_option(
      "--successor", successor,
      "take the place of a gateway that runs: the admin socket to be fed on; nobody is accepted before that is complete");
  auto* check = app.add_subcommand("check", "Print every problem of FILE; exit 1 if there is an error.");
  check->add_option("FILE", file, "the gateway file (YAML)")->required();
  auto* explain = app.add_subcommand("explain", "Say which route a URL takes, why, and what was nearly chosen.");
  explain->add_option("FILE", file, "the gateway file (YAML)")->required();
  explain->add_option("URL", url, "http://host/path")->required();
  explain->add_option("-X,--request", method, "the method")->capture_default_str();
  auto* reload = app.add_subcommand("reload", "Make the running gateway read FILE again.");
  reload->add_option("FILE", file, "the gateway file (YAML)")->required();
  CLI11_PARSE(app, argc, argv);

  if (*check) return gw::control::check_command(file, std::cout, std::cerr);
  if (*explain) return gw::control::explain_command(file, url, method, std::cout, std::cerr);
  if (*reload) return gw::control::reload_command(file, std::cout, std::cerr);
  return gw::control::Gateway(file, {gw::control::own_program(argv[0]), successor}).run();
}
