#include "runtime/cli/screen.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace runtime::cli {
namespace {

// In one piece, so that no terminal shows half a drawing. A terminal that is gone is no error of ours.
void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const Line& line : lines) text += paint(line.text, line.colour) + "\n";
  return text;
}

}  // namespace

Screen::Size Screen::size() const {
  constexpr Size usual{80, 24};
  winsize now{};
  if (::ioctl(descriptor_, TIOCGWINSZ, &now) != 0 || now.ws_col == 0 || now.ws_row == 0) return usual;
  return {now.ws_col, now.ws_row};
}

void Screen::draw(const Lines& settled, const Lines& live) {
  std::string fresh = text_of(live);
  if (settled.empty() && fresh == last_) return;
  std::string out;
  if (drawn_ != 0) out += fmt::format("\x1b[{}A", drawn_);
  // What the person typed, `^C` for example, stands on the cursor's line too.
  out += "\r\x1b[J" + text_of(settled) + fresh;
  write_all(descriptor_, out);
  drawn_ = live.size();
  last_ = std::move(fresh);
}

}  // namespace runtime::cli
