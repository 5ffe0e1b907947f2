#include "loadtest/command/space.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "loadtest/command/local_call.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/plan/url.hpp"

namespace loadtest::command {
namespace {

namespace json = boost::json;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string text(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string{};
}

/// What the API says of a mistake.
[[noreturn]] void refuse(const json::value& answer, unsigned status) {
  const auto* problem = answer.if_object();
  const auto title = problem == nullptr ? std::string{} : text(*problem, "title");
  throw Mistake(title.empty() ? fmt::format("the API answered {}", status) : title,
                problem == nullptr ? std::string{} : text(*problem, "next"), status == 404 ? Exit::usage : Exit::failed);
}

}  // namespace

Sockets sockets_of(const std::string& state_option) {
  const auto in = [](const std::filesystem::path& run) {
    return Sockets{run / "api.sock", run / "gateway.sock", run / "dialer.sock"};
  };
  if (!state_option.empty()) return in(std::filesystem::absolute(state_option).lexically_normal() / "run");
  if (::geteuid() == 0) return in("/run/spaceport");
  if (const auto run = environment("XDG_RUNTIME_DIR"); !run.empty()) return in(std::filesystem::path(run) / "spaceport");
  const auto state = environment("XDG_STATE_HOME");
  const auto home = environment("HOME");
  return in((state.empty() ? std::filesystem::path(home.empty() ? "/" : home) / ".local/state" : std::filesystem::path(state)) /
            "spaceport/run");
}

std::string full_name(const std::string& name) { return name.find('/') == std::string::npos ? "local/" + name : name; }

json::value Runtime::call(const std::string& method, const std::string& path, const json::object* body) const {
  const auto answer = local_call(sockets_.api, method, path, body == nullptr ? std::string{} : json::serialize(*body));
  if (!answer) {
    throw Mistake(fmt::format("no `spaceport serve` answers on {}", sockets_.api),
                  "start it with `spaceport serve`, or name its --state", Exit::unreachable);
  }
  boost::system::error_code error;
  json::value value = answer->body.empty() ? json::value{} : json::parse(answer->body, error);
  if (answer->status >= 300) refuse(value, answer->status);
  if (error) throw Mistake(fmt::format("the answer to {} {} is not JSON", method, path), {}, Exit::failed);
  return value;
}

Space Runtime::space(const std::string& name) const {
  const auto id = full_name(name);
  const auto value = call("GET", "/v1/spaces/" + id);
  const auto* told = value.if_object();
  if (told == nullptr) throw Mistake(fmt::format("the API says nothing of {}", id), {}, Exit::failed);
  Space space;
  space.id = id;
  space.stage = text(*told, "stage");
  space.host = text(*told, "host");
  auto url = plan::parse_url(text(*told, "url"));
  if (!url) throw Mistake(fmt::format("the address of {} is not understood: {}", id, url.message), {}, Exit::failed);
  space.target = std::move(*url.value);
  if (const auto* port = told->if_contains("app_port"); port != nullptr && port->is_int64()) {
    space.app_port = static_cast<std::uint16_t>(std::clamp<std::int64_t>(port->get_int64(), 0, 65535));
  }
  // A container of a Space is started once in its life, so its generation is 1 (ARCHITECTURE: Endpoint).
  const auto container = space.container_id = text(*told, "container");
  if (!container.empty() && text(*told, "endpoints") == "netns")
    space.container = fmt::format("netns:{}@1:{}", container, space.app_port);
  return space;
}

Space Runtime::wait_for(const std::string& name, std::initializer_list<std::string_view> stages,
                        std::chrono::seconds most) const {
  const auto until = std::chrono::steady_clock::now() + most;
  for (;;) {
    auto now = space(name);
    if (std::ranges::find(stages, now.stage) != stages.end()) return now;
    if (std::chrono::steady_clock::now() > until) {
      throw Mistake(fmt::format("{} is {} and not {}, after {} s", now.id, now.stage, fmt::join(stages, " or "), most.count()),
                    fmt::format("`spaceport show {}` says why", now.id), Exit::failed);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace loadtest::command
