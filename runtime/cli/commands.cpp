// The small commands: one request each.

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <iostream>

#include "config/names.hpp"
#include "config/units.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/follow.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/progress_view.hpp"
#include "runtime/cli/terminal.hpp"
#include "runtime/supervise/process.hpp"

namespace runtime::cli {

namespace json = boost::json;
using state::Kind;
using state::Trouble;

namespace {

std::string text(const json::value& of, const char* key) {
  const auto* found = of.as_object().if_contains(key);
  if (found == nullptr) return {};
  return found->is_string() ? std::string(found->as_string()) : json::serialize(*found);
}

int progress(const Common& common, const Client::Request& request) {
  ProgressView view(ProgressView::form(common.json));
  const Client client(common.layout().api_socket());
  const bool complete = client.stream(
      request, [&](std::string_view bytes) { return view.feed(bytes); }, [&] { view.tick(); });
  view.end();
  return complete && !view.failed() ? 0 : 1;
}

// What a change answers to programs; people see that nothing went wrong.
void done(const Common& common, const char* what, const std::vector<std::string>& names) {
  json::array all;
  for (const auto& name : names) all.emplace_back(name.substr(0, name.find('=')));
  if (common.json) std::cout << json::serialize(json::object{{what, all}}) << '\n';
}

std::string gibibytes(const json::value& bytes) {
  constexpr double gibibyte = 1 << 30;
  return fmt::format("{:.4g} GiB", bytes.to_number<double>() / gibibyte);
}

// `/data: 0.25 of 1 GiB used`
std::string volume_text(const json::value& volume) {
  const auto& used = volume.at("used_bytes");
  const auto& size = volume.at("size_bytes");
  std::string text(volume.at("path").as_string());
  if (const auto& source = volume.at("source").as_string(); !source.empty()) text += fmt::format(" ({})", std::string(source));
  if (!used.is_null())
    text += fmt::format(": {} of {} used", gibibytes(used), gibibytes(size));
  else if (!size.is_null())
    text += ": " + gibibytes(size);
  return volume.at("read_only").as_bool() ? text + ", read-only" : text;
}

// `sha256:0123456789ab…` as people compare it.
std::string short_image(const std::string& image) {
  constexpr std::size_t digits = 12;
  const auto colon = image.find(':');
  return image.empty() ? "-" : image.substr(colon == image.npos ? 0 : colon + 1, digits);
}

// How long ago, in the largest unit that says enough.
std::string ago(std::int64_t since) {
  const std::int64_t seconds = std::max<std::int64_t>(0, std::time(nullptr) - since);
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (since == 0) return "-";
  if (seconds < 2 * minute) return fmt::format("{}s", seconds);
  if (seconds < 2 * hour) return fmt::format("{}m", seconds / minute);
  return seconds < 2 * day ? fmt::format("{}h", seconds / hour) : fmt::format("{}d", seconds / day);
}

json::value ask(const Common& common, const Client::Request& request) {
  return Client(common.layout().api_socket()).call(request);
}

}  // namespace

std::string space_path(const std::string& space) {
  const std::string name = space.find('/') == space.npos ? "local/" + space : space;
  if (auto fault = config::check_space_name(name)) {
    throw Trouble(Kind::bad_input, fmt::format("`{}` cannot be the name of a Space: {}", space, *fault),
                  "`spaceport ls` shows what there is");
  }
  return "/v1/spaces/" + name;
}

int list(const Common& common) {
  const json::value all = ask(common, {"GET", "/v1/spaces", {}, {}});
  if (common.json) return std::cout << json::serialize(all) << '\n', 0;
  std::size_t width = 5;
  for (const auto& space : all.as_array()) width = std::max(width, text(space, "id").size());
  std::cout << fmt::format("{:{}}  {:20}  {:>5}  {:12}  {}\n", "SPACE", width, "STAGE", "SINCE", "IMAGE", "URL");
  for (const auto& space : all.as_array()) {
    std::cout << fmt::format("{:{}}  {:20}  {:>5}  {:12}  {}\n", text(space, "id"), width, text(space, "stage"),
                             ago(space.at("since").as_int64()), short_image(text(space, "image")), text(space, "url"));
  }
  return 0;
}

int show(const Common& common, const std::string& space) {
  const json::value one = ask(common, {"GET", space_path(space), {}, {}});
  if (common.json) return std::cout << json::serialize(one) << '\n', 0;
  for (const auto& [key, value] : one.as_object()) {
    if (key == "volumes") {
      for (const auto& volume : value.as_array()) std::cout << fmt::format("{:14} {}\n", "volume", volume_text(volume));
      continue;
    }
    std::cout << fmt::format("{:14} {}\n", std::string(key), text(one, std::string(key).c_str()));
  }
  return 0;
}

int logs(const Common& common, const LogsOptions& options) {
  const std::string tail = options.tail.empty() ? "all" : options.tail;
  const std::string path = space_path(options.space);
  const bool obeyed = options.build && is_terminal(STDOUT_FILENO);
  LogWriter writer(common.json ? LogWriter::Form::json : obeyed ? LogWriter::Form::clean : LogWriter::Form::raw);
  const Client client(common.layout().api_socket());
  if (options.follow && !options.build) return follow_app(client, path, writer, tail) ? 0 : 1;
  std::string query = "?tail=" + tail;
  if (options.follow) query += "&follow=1";
  if (options.build) query += "&build=1";
  client.stream({"GET", path + "/logs", query, {}}, [&](std::string_view bytes) { return writer.feed(bytes); });
  return 0;
}

int hardware(const Common& common, const std::string& space, const std::string& flavor) {
  const std::string path = space_path(space) + "/hardware";
  if (!flavor.empty()) return progress(common, {"PUT", path, {}, json::serialize(json::object{{"hardware", flavor}})});
  const json::value now = ask(common, {"GET", path, {}, {}});
  if (common.json) return std::cout << json::serialize(now) << '\n', 0;
  const std::string has = text(now, "hardware");
  std::cout << fmt::format("{:2}{:14} {:>5} {:>10} {:>5}\n", "", "FLAVOR", "CPUS", "MEMORY", "GPUS");
  for (const auto& each : now.at("flavors").as_array()) {
    std::cout << fmt::format("{:2}{:14} {:>5} {:>10} {:>5}\n", text(each, "name") == has ? "*" : "", text(each, "name"),
                             text(each, "cpus"), gibibytes(each.at("memory_bytes")), text(each, "gpus"));
  }
  const auto counted = [](const std::string& number, const char* word) {
    return fmt::format("{} {}{}", number, word, number == "1" ? "" : "s");
  };
  std::cout << fmt::format("{} has {}, {} of memory and {} here{}\n", space, counted(text(now, "cpus"), "CPU"),
                           gibibytes(now.at("memory_bytes")), counted(text(now, "gpus"), "GPU"),
                           has.empty() ? " (the node's defaults: it named no flavor)" : "");
  return 0;
}

int deployments(const Common& common, const std::string& space) {
  const json::value all = ask(common, {"GET", space_path(space) + "/deployments", {}, {}});
  if (common.json) return std::cout << json::serialize(all) << '\n', 0;
  std::cout << fmt::format("{:>6}  {:>5}  {:9}  {:12}  {}\n", "NUMBER", "AGE", "STATUS", "IMAGE", "");
  for (const auto& one : all.as_array()) {
    std::string about = one.at("serves").as_bool() ? "serves" : "";
    if (const std::string of = text(one, "image_of"); !of.empty()) about += (about.empty() ? "image of " : ", image of ") + of;
    const std::string error = text(one, "error");
    if (about.empty()) about = error.substr(0, error.find('\n'));
    std::cout << fmt::format("{:>6}  {:>5}  {:9}  {:12}  {}\n", text(one, "n"), ago(one.at("created").as_int64()),
                             text(one, "status"), short_image(text(one, "image")), about);
  }
  return 0;
}

int rollback(const Common& common, const std::string& space, std::int64_t deployment) {
  json::object body;
  if (deployment != 0) body["deployment"] = deployment;
  return progress(common, {"POST", space_path(space) + "/rollback", {}, json::serialize(body)});
}

int restart(const Common& common, const std::string& space, bool factory) {
  return progress(common, {"POST", space_path(space) + "/restart", factory ? "?factory=1" : "", {}});
}

int cancel(const Common& common, const std::string& space) {
  const json::value left = ask(common, {"POST", space_path(space) + "/cancel", "?keep=1", {}});
  if (!left.at("given_up").as_bool()) {
    throw Trouble(Kind::conflict, fmt::format("nothing of {} is being built or started", space),
                  fmt::format("`spaceport show {}` shows what it does; `spaceport pause {}` stops it", space, space));
  }
  std::cout << (common.json ? json::serialize(left) : text(left, "stage")) << '\n';
  return 0;
}

int remove(const Common& common, const std::string& space, bool data) {
  return progress(common, {"DELETE", space_path(space), data ? "?data=1" : "", {}});
}

int wake(const Common& common, const std::string& space) {
  return progress(common, {"POST", space_path(space) + "/wake", {}, {}});
}

int pause(const Common& common, const std::string& space) {
  const json::value one = ask(common, {"POST", space_path(space) + "/pause", {}, {}});
  std::cout << (common.json ? json::serialize(one) : text(one, "stage")) << '\n';
  return 0;
}

int events(const Common& common, const std::string& space) {
  const json::value all = ask(common, {"GET", space_path(space) + "/events", {}, {}});
  if (common.json) return std::cout << json::serialize(all) << '\n', 0;
  const auto& list = all.as_array();
  for (auto event = list.rbegin(); event != list.rend(); ++event) {
    const std::time_t at = event->at("at").as_int64();
    const std::string what = text(*event, "text");
    std::cout << fmt::format("{:%Y-%m-%d %H:%M:%S}  {:20}  {}\n", fmt::localtime(at), text(*event, "event"),
                             what.substr(0, what.find('\n')));
  }
  return 0;
}

int sleep(const Common& common, const std::string& space, const std::string& time) {
  Client::Request request{"GET", space_path(space) + "/sleep", {}, {}};
  if (time == "now") {
    request.method = "POST";
  } else if (!time.empty()) {
    request.method = "PUT";
    request.body = json::serialize(json::object{{"after", time}});
  }
  const json::value now = ask(common, std::move(request));
  if (common.json) return std::cout << json::serialize(now) << '\n', 0;
  if (time == "now") return std::cout << text(now, "stage") << '\n', 0;
  const std::chrono::seconds after(now.at("sleep_after").as_int64());
  std::cout << (after.count() == 0 ? fmt::format("{} never sleeps", space)
                                   : fmt::format("{} sleeps after {} without visitors", space, config::to_string(after)));
  std::cout << (now.at("default").as_bool() ? " (the node's default)\n" : "\n");
  return 0;
}

int replicas(const Common& common, const std::string& space, const std::string& number) {
  Client::Request request{"GET", space_path(space) + "/replicas", {}, {}};
  if (!number.empty()) {
    request.method = "PUT";
    request.body = "{\"replicas\": " + number + "}";
  }
  const json::value now = ask(common, std::move(request));
  if (common.json) return std::cout << json::serialize(now) << '\n', 0;
  std::cout << fmt::format("{} of {} replicas of {} serve\n", text(now, "serving"), text(now, "wanted"), space);
  return 0;
}

int open(const Common& common, const std::string& space) {
  const std::string url = text(ask(common, {"GET", space_path(space), {}, {}}), "url");
  std::cout << (common.json ? json::serialize(json::object{{"url", url}}) : url) << std::endl;
  const bool desktop = std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
  if (desktop && !common.json) ::execlp("xdg-open", "xdg-open", url.c_str(), nullptr);
  return 0;
}

int variables(const Common& common, const std::string& space, const std::string& action,
              const std::vector<std::string>& items) {
  const std::string path = space_path(space) + "/variables";
  if (action.empty()) {
    const json::value all = ask(common, {"GET", path, {}, {}});
    if (common.json) return std::cout << json::serialize(all) << '\n', 0;
    for (const auto& [key, value] : all.as_object()) std::cout << key << '=' << std::string(value.as_string()) << '\n';
    return 0;
  }
  if (items.empty()) throw Trouble(Kind::bad_input, "nothing to " + action, "write K=V, or the name to unset");
  json::object body;
  for (const auto& item : items) {
    if (action == "unset") {
      ask(common, {"DELETE", path + "/" + item, {}, {}});
      continue;
    }
    auto [key, value] = assignment(item);
    body[key] = value;
  }
  if (action == "set") ask(common, {"PUT", path, {}, json::serialize(body)});
  done(common, action.c_str(), items);
  return 0;
}

int secrets(const Common& common, const std::string& space, const std::string& action, const std::vector<std::string>& items) {
  // A Space of that name is still reached as local/rotate-key.
  if (space == "rotate-key" && action.empty()) {
    const json::value done = ask(common, {"POST", "/v1/secrets/rotate-key", {}, {}});
    std::cout << (common.json ? json::serialize(done) : "every secret is sealed with a new key") << '\n';
    return 0;
  }
  const std::string path = space_path(space) + "/secrets";
  if (action.empty()) {
    const json::value all = ask(common, {"GET", path, {}, {}});
    if (common.json) return std::cout << json::serialize(all) << '\n', 0;
    for (const auto& key : all.as_array()) std::cout << std::string(key.as_string()) << '\n';
    return 0;
  }
  if (items.empty()) throw Trouble(Kind::bad_input, "nothing to " + action, "write the name of the secret");
  json::object body;
  for (const auto& item : items) {
    if (action == "unset")
      ask(common, {"DELETE", path + "/" + item, {}, {}});
    else
      body[item] = secret_value(item).reveal();
  }
  if (action == "set") ask(common, {"PUT", path, {}, json::serialize(body)});
  done(common, action.c_str(), items);
  return 0;
}

int become(const std::string& program, const std::vector<std::string>& arguments) {
  const std::string path = supervise::sibling_program(program).string();
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(path.c_str(), argv.data());
  throw Trouble(Kind::unavailable, fmt::format("{} is not there", path), "build or install it beside spaceport", path);
}

}  // namespace runtime::cli
