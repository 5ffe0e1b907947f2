#include "runtime/cli/own_serve.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "runtime/supervise/process.hpp"

namespace runtime::cli {

namespace fs = std::filesystem;
using state::Kind;
using state::Trouble;

namespace {

constexpr std::chrono::milliseconds look{50};

}  // namespace

OwnServe::OwnServe(const Common& common, const UpOptions& options)
    : common_(common), options_(options), layout_(common.layout()), client_(layout_.api_socket()) {}

OwnServe::~OwnServe() { stop(); }

bool OwnServe::ended() {
  if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = 0;
  return pid_ == 0;
}

void OwnServe::begin(const Interrupt& interrupt) {
  if (client_.reachable()) return;
  std::vector<std::string> command{supervise::sibling_program("spaceport").string(), "serve"};
  if (common_.state) command.insert(command.end(), {"--state", fs::absolute(*common_.state).string()});
  if (!options_.domain.empty()) command.insert(command.end(), {"--domain", options_.domain});
  for (const auto& address : options_.listen) command.insert(command.end(), {"--listen", address});
  std::error_code error;
  fs::create_directories(layout_.logs(), error);
  const fs::path log = layout_.logs() / "serve.log";
  // In a session of its own, so that Ctrl-C reaches us alone and we stop things in order.
  pid_ = supervise::spawn_program(command, log);
  if (pid_ == 0) throw Trouble(Kind::unavailable, fmt::format("{} cannot be started", command.front()));
  constexpr int looks = 300;
  for (int i = 0; i != looks; ++i) {
    if (client_.reachable()) return;
    if (interrupt.signal() != 0) {
      stop();
      throw Interrupted{interrupt.signal()};
    }
    if (ended()) break;
    std::this_thread::sleep_for(look);
  }
  stop();
  std::ifstream in(log);
  std::string last;
  for (std::string line; std::getline(in, line);) last = line;
  throw Trouble(Kind::unavailable, fmt::format("`spaceport serve` did not start: {}", last),
                fmt::format("its log is {}; `spaceport doctor` looks for the cause", log.string()), log.string());
}

void OwnServe::stop() {
  // One that has just begun is asked as soon as it listens: only so does it end what it starts on its way.
  constexpr int looks_until_asked = 200;
  bool asked = false;
  for (int i = 0; i != looks_until_asked && !asked && !ended(); ++i) {
    try {
      client_.call({"POST", "/v1/stop", {}, {}});
      asked = true;
    } catch (const Trouble&) {
      std::this_thread::sleep_for(look);
    }
  }
  if (!asked && pid_ != 0) ::kill(pid_, SIGTERM);
  // Containers have 10 seconds to end, builds are told to.
  constexpr int looks = 600;
  for (int i = 0; i != looks && !ended(); ++i) std::this_thread::sleep_for(look);
  pid_ = 0;
}

}  // namespace runtime::cli
