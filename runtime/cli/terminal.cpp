#include "runtime/cli/terminal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "runtime/cli/interrupt.hpp"

namespace runtime::cli {

using state::Kind;
using state::Trouble;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

bool moves_cursor() {
  const std::string kind = environment("TERM");
  return !kind.empty() && kind != "dumb";
}

std::string paint(std::string_view text, Colour colour) {
  // https://no-color.org: set, and not empty.
  static const bool colours = is_terminal(STDOUT_FILENO) && moves_cursor() && environment("NO_COLOR").empty();
  if (!colours || colour == Colour::plain) return std::string(text);
  const char* code = colour == Colour::good ? "32" : colour == Colour::bad ? "31" : colour == Colour::dim ? "2" : "1";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void complain(const Trouble& trouble) {
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

namespace {

// Waits for a line, or its end: a signal that comes before read(2) has begun would not end it. False: a signal came first.
bool line_or(const Interrupt& interrupt) {
  if (std::cin.rdbuf()->in_avail() > 0) return true;
  std::array<pollfd, 2> watched{{{STDIN_FILENO, POLLIN, 0}, {interrupt.descriptor(), POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
  return watched[1].revents == 0;
}

}  // namespace

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
  const Interrupt interrupt;
  termios before{};
  ::tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::cerr << name << ": ";
  std::string value;
  if (line_or(interrupt)) std::getline(std::cin, value);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << '\n';
  if (interrupt.signal() != 0) {
    state::wipe(value);
    throw Interrupted{interrupt.signal()};
  }
  state::SecretValue made(value);
  state::wipe(value);
  return made;
}

}  // namespace runtime::cli
