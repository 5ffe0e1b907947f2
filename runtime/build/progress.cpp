#include "runtime/build/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace runtime::build {
namespace {

constexpr std::size_t tail_lines = 6;

/// No control character of a build may move a person's cursor.
std::string printable(std::string_view text, std::size_t columns) {
  std::string out;
  for (const char c : text) {
    if (out.size() >= columns) break;
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) out += c;
    if (c == '\t') out += ' ';
  }
  return out;
}

}  // namespace

std::string plain_line(const StepEvent& event, const Steps& steps) {
  const auto& step = steps[event.step];
  switch (event.kind) {
    case StepEvent::Kind::named:
    case StepEvent::Kind::progress:
      return {};
    case StepEvent::Kind::started:
      return fmt::format("#{} {}\n", step.number, step.name);
    case StepEvent::Kind::log:
      return fmt::format("#{} | {}\n", step.number, printable(event.line, 4096));
    case StepEvent::Kind::done:
      return fmt::format("#{} {} {:.1f}s DONE\n", step.number, step.name, step.seconds());
    case StepEvent::Kind::cached:
      return fmt::format("#{} {} CACHED\n", step.number, step.name);
    case StepEvent::Kind::failed:
      return fmt::format("#{} {} ERROR {}\n", step.number, step.name, step.error);
  }
  return {};
}

void LiveView::note(const StepEvent& event) {
  if (event.kind != StepEvent::Kind::log) return;
  if (event.step != tail_step_) tail_.clear();
  tail_step_ = event.step;
  tail_.push_back(event.line);
  if (tail_.size() > tail_lines) tail_.erase(tail_.begin());
}

std::string LiveView::draw(const Steps& steps, EngineTime now) {
  std::vector<std::string> lines;
  const auto columns = columns_ > 12 ? columns_ - 12 : 1;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    if (step.name.empty() || step.state == Step::State::waiting) continue;
    const auto name = printable(step.name, columns);
    switch (step.state) {
      case Step::State::waiting:
        break;
      case Step::State::cached:
        lines.push_back(fmt::format(" \x1b[2m= {} cached\x1b[0m", name));
        break;
      case Step::State::done:
        lines.push_back(fmt::format(" \x1b[32m+\x1b[0m {} {:.1f}s", name, step.seconds()));
        break;
      case Step::State::failed:
        lines.push_back(fmt::format(" \x1b[31mx\x1b[0m {} failed", name));
        break;
      case Step::State::running: {
        const auto seconds = now > step.started ? static_cast<double>(now - step.started) / 1e9 : 0.0;
        lines.push_back(fmt::format(" \x1b[36m>\x1b[0m {} {:.1f}s", name, seconds));
        if (i == tail_step_)
          for (const auto& line : tail_) lines.push_back(fmt::format("   \x1b[2m{}\x1b[0m", printable(line, columns)));
        break;
      }
    }
  }
  // Only what fits can be drawn over again.
  if (const auto most = std::max<std::size_t>(rows_, 2) - 1; lines.size() > most)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  std::string out;
  if (drawn_ != 0) out += fmt::format("\x1b[{}A", drawn_);
  out += "\r\x1b[J";
  for (const auto& line : lines) out += line + "\n";
  drawn_ = lines.size();
  return out;
}

}  // namespace runtime::build
