// `spaceport up`: a client of api.sock that starts `serve` when nobody answers.

#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <thread>

#include "config/front_matter.hpp"
#include "config/names.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/follow.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/own_serve.hpp"
#include "runtime/cli/progress_view.hpp"
#include "runtime/cli/terminal.hpp"
#include "runtime/supervise/wish.hpp"

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

std::string text(const json::value& of, const char* key) {
  const auto* found = of.is_object() ? of.as_object().if_contains(key) : nullptr;
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

// One `up` from the deployment on. Whatever interrupts it, `wind_up` leaves nothing half-started behind.
class Deployment {
 public:
  Deployment(const Common& common, const UpOptions& options, const Interrupt& interrupt, std::string name)
      : common_(common),
        options_(options),
        interrupt_(interrupt),
        client_(common.layout().api_socket(), &interrupt),
        name_(std::move(name)),
        path_("/v1/spaces/" + name_) {}

  int run(const std::string& body, OwnServe& serve);

 private:
  bool deploy(const std::string& body);
  void tell_address() const;
  int wind_up(bool ran, OwnServe& serve);
  std::string give_up(const Client& client) const;
  std::string stop(const Client& client) const;

  const Common& common_;
  const UpOptions& options_;
  const Interrupt& interrupt_;
  Client client_;
  std::string name_;
  std::string path_;
  ProgressView view_{ProgressView::form(common_.json)};
};

bool Deployment::deploy(const std::string& body) {
  const bool complete = client_.stream(
      {"POST", path_ + "/deploy", {}, body}, [this](std::string_view bytes) { return view_.feed(bytes); },
      [this] { view_.tick(); });
  view_.end();
  return complete;
}

void Deployment::tell_address() const {
  if (common_.json) return;
  const json::value space = client_.call({"GET", path_, {}, {}});
  std::cout << paint(text(space, "url"), Colour::strong) << std::endl;
}

// Ends the build or start that is under way; answers what became of the Space.
std::string Deployment::give_up(const Client& client) const {
  const std::string query = view_.deployment() == 0 ? "" : fmt::format("?deployment={}", view_.deployment());
  const json::value left = client.call({"POST", path_ + "/cancel", query, {}});
  if (text(left, "event") == "removed") return "nothing of it is left";
  // It came up at this very moment.
  const auto* number = left.as_object().if_contains("deployment");
  const bool ours = number != nullptr && number->is_int64() && number->as_int64() == view_.deployment();
  if (ours && text(left, "stage") == "RUNNING" && text(left, "message").empty()) return stop(client);
  if (text(left, "stage") == "RUNNING") return "the version before it goes on";
  return fmt::format("it is {}", text(left, "stage"));
}

std::string Deployment::stop(const Client& client) const {
  client.call({"POST", path_ + "/pause", {}, {}});
  constexpr int looks = 300;
  constexpr std::chrono::milliseconds look{50};
  for (int i = 0; i != looks; ++i) {
    if (!client.call({"GET", path_, {}, {}}).as_object().contains("container")) break;
    std::this_thread::sleep_for(look);
  }
  return "it is stopped; its /data stays";
}

int Deployment::wind_up(bool ran, OwnServe& serve) {
  const bool terminal = is_terminal(STDERR_FILENO) && moves_cursor();
  if (terminal) std::cerr << "\rstopping …" << std::flush;
  const Client client(common_.layout().api_socket());  // is not interrupted itself
  std::string left;
  try {
    left = ran ? stop(client) : give_up(client);
  } catch (const Trouble& trouble) {
    // It was never registered, or is gone already: nothing of it is left to stop.
    left = trouble.kind() == Kind::not_found ? "nothing of it is left" : trouble.what();
  }
  serve.stop();
  const int signal = interrupt_.signal();
  const std::string why = signal != 0        ? fmt::format("interrupted (SIG{})", ::sigabbrev_np(signal))
                          : std::cout.good() ? "`spaceport serve` ended in the middle of it"
                                             : "nobody reads the output";
  std::cerr << (terminal ? "\r\x1b[K" : "") << fmt::format("spaceport: {}: {}: {}\n", name_, why, left);
  return signal == 0 ? 1 : exit_code_of(signal);
}

int Deployment::run(const std::string& body, OwnServe& serve) {
  if (!deploy(body)) return wind_up(false, serve);
  // What was started for this Space alone goes with it, detached or not.
  if (view_.failed() || view_.stage() != "RUNNING") return 1;
  try {
    tell_address();
    if (options_.detach) {
      serve.let_go();
      return 0;
    }
    LogWriter writer(common_.json ? LogWriter::Form::json : LogWriter::Form::raw);
    if (!follow_app(client_, path_, writer, "all")) return 1;
  } catch (const Interrupted&) {
    // While something was asked: it ran all the same.
  }
  return wind_up(true, serve);
}

}  // namespace

int up(const Common& common, const UpOptions& options) {
  const Interrupt interrupt;
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
  OwnServe serve(common, options);
  serve.begin(interrupt);
  return Deployment(common, options, interrupt, name).run(body, serve);
}

}  // namespace runtime::cli
