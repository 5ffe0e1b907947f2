#include "runtime/cli/terminal.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "runtime/api/reply.hpp"

namespace runtime::cli {

namespace json = boost::json;
using state::Kind;
using state::Trouble;

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

std::string paint(std::string_view text, Colour colour) {
  // https://no-color.org
  static const bool colours = is_terminal(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr;
  if (!colours || colour == Colour::plain) return std::string(text);
  const char* code = colour == Colour::good ? "32" : colour == Colour::bad ? "31" : colour == Colour::dim ? "2" : "1";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void complain(const Trouble& trouble, bool as_json) {
  if (as_json) {
    std::cerr << json::serialize(api::problem_of(trouble)) << '\n';
    return;
  }
  std::cerr << "spaceport: " << trouble.what() << '\n';
  if (!trouble.next().empty()) std::cerr << "  next: " << trouble.next() << '\n';
}

std::pair<std::string, std::string> assignment(const std::string& text) {
  const auto equals = text.find('=');
  if (equals != text.npos) return {text.substr(0, equals), text.substr(equals + 1)};
  const char* value = std::getenv(text.c_str());
  if (value == nullptr) {
    throw Trouble(Kind::bad_input, fmt::format("`{}` has no value", text), "write K=V, or set it in the environment");
  }
  return {text, value};
}

state::SecretValue secret_value(const std::string& name) {
  if (name.find('=') != name.npos) {
    throw Trouble(
        Kind::bad_input, "the value of a secret must not stand on the command line, where everybody can read it",
        fmt::format("set {0} in the environment and write --secret {0}, or use --secret-file", name.substr(0, name.find('='))));
  }
  if (const char* value = std::getenv(name.c_str())) return state::SecretValue(value);
  if (!is_terminal(STDIN_FILENO)) {
    throw Trouble(Kind::bad_input, fmt::format("the secret `{}` has no value", name),
                  fmt::format("set {} in the environment, or use --secret-file", name));
  }
  termios before{};
  ::tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::cerr << name << ": ";
  std::string value;
  std::getline(std::cin, value);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << '\n';
  state::SecretValue made(value);
  state::wipe(value);
  return made;
}

bool ProgressView::feed(std::string_view bytes) {
  partial_ += bytes;
  for (auto end = partial_.find('\n'); end != partial_.npos; end = partial_.find('\n')) {
    const std::string line = partial_.substr(0, end);
    partial_.erase(0, end + 1);
    boost::system::error_code error;
    const json::value event = json::parse(line, error);
    if (error || !event.is_object()) continue;
    if (as_json_ && event.as_object().at("event") != "waiting") std::cout << line << std::endl;
    show(event.as_object());
  }
  return true;
}

namespace {

std::string text(const json::object& event, const char* key) {
  const auto* found = event.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

}  // namespace

void ProgressView::show_stage(const json::object& event) {
  stage_ = text(event, "stage");
  const std::string message = text(event, "message");
  const bool error =
      stage_.find("ERROR") != stage_.npos || stage_ == "NO_APP_FILE" || (stage_ == "RUNNING" && !message.empty());
  failed_ = error;
  if (as_json_) return;
  std::cout << paint(stage_, stage_ == "RUNNING" && !error ? Colour::good : error ? Colour::bad : Colour::strong);
  if (stage_ == "RUNNING" && error) std::cout << " (the old version; the new one failed)";
  std::cout << std::endl;
  if (message.empty()) return;
  std::cerr << message << '\n';
  const std::string output = text(event, "output");
  if (!output.empty()) std::cerr << "its last output:\n" << output << (output.ends_with('\n') ? "" : "\n");
}

void ProgressView::show(const json::object& event) {
  const std::string kind = text(event, "event");
  if (kind == "stage") return show_stage(event);
  if (kind == "removed") stage_ = "REMOVED";
  if (as_json_) return;
  if (kind == "warning") std::cerr << "warning: " << text(event, "text") << '\n';
  if (kind == "log") std::cout << "    " << paint(text(event, "line"), Colour::dim) << std::endl;
  if (kind == "built")
    std::cout << fmt::format("built in {:.1f}s, {} of {} steps cached", event.at("seconds").to_number<double>(),
                             event.at("cached").to_number<long>(), event.at("steps").to_number<long>())
              << std::endl;
  if (kind != "step") return;
  const std::string state = text(event, "state");
  const std::string name = text(event, "name");
  if (state == "running" && step_ != name) std::cout << "--> " << name << std::endl;
  if (state == "done")
    std::cout << fmt::format("    DONE {:.1f}s  {}", event.at("seconds").to_number<double>(), name) << std::endl;
  if (state == "cached") std::cout << "--> " << name << "  CACHED" << std::endl;
  if (state == "failed") std::cout << paint("    ERROR " + text(event, "error"), Colour::bad) << std::endl;
  step_ = name;
}

}  // namespace runtime::cli
