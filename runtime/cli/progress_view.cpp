#include "runtime/cli/progress_view.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "runtime/cli/printable.hpp"
#include "runtime/cli/terminal.hpp"

namespace runtime::cli {
namespace {

namespace json = boost::json;

std::string text(const json::object& event, const char* key) {
  const auto* found = event.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

// Each line by itself: a line end is the one control character that is meant.
std::string printable_lines(const std::string& all) {
  std::string out;
  for (std::size_t at = 0; at < all.size();) {
    const auto end = std::min(all.find('\n', at), all.size());
    out += printable(std::string_view(all).substr(at, end - at)) + "\n";
    at = end + 1;
  }
  if (!all.ends_with('\n') && !out.empty()) out.pop_back();
  return out;
}

}  // namespace

ProgressView::Form ProgressView::form(bool as_json) {
  if (as_json) return Form::json;
  return is_terminal(STDOUT_FILENO) && moves_cursor() ? Form::live : Form::plain;
}

bool ProgressView::feed(std::string_view bytes) {
  partial_ += bytes;
  for (auto end = partial_.find('\n'); end != partial_.npos; end = partial_.find('\n')) {
    const std::string line = partial_.substr(0, end);
    partial_.erase(0, end + 1);
    boost::system::error_code error;
    const json::value event = json::parse(line, error);
    if (error || !event.is_object()) continue;
    if (form_ == Form::json && event.as_object().at("event") != "waiting") std::cout << line << std::endl;
    show(event.as_object());
  }
  if (form_ == Form::live) tick();
  return std::cout.good();
}

void ProgressView::tick() {
  if (form_ != Form::live) return;
  const auto size = screen_.size();
  screen_.draw(view_.take_settled(size.columns), view_.live(std::chrono::steady_clock::now(), size.columns, size.rows - 1));
}

void ProgressView::end() {
  if (form_ != Form::live) return;
  screen_.draw(view_.take_settled(screen_.size().columns), {});
}

// What a file or a pipe gets is as the build wrote it; a terminal would obey it.
std::string ProgressView::clean(const json::object& event, const char* key) const {
  static const bool terminal = is_terminal(STDOUT_FILENO);
  const std::string found = text(event, key);
  return terminal ? printable_lines(found) : found;
}

void ProgressView::show(const json::object& event) {
  const std::string kind = text(event, "event");
  if (form_ == Form::live) view_.note(event, std::chrono::steady_clock::now());
  if (kind == "stage") return show_stage(event);
  if (kind == "removed") stage_ = "REMOVED";
  if (form_ == Form::json) return;
  if (kind == "warning") {
    end();
    std::cerr << "warning: " << clean(event, "text") << '\n';
  }
  if (form_ == Form::plain) show_plain(event);
}

void ProgressView::show_stage(const json::object& event) {
  stage_ = text(event, "stage");
  if (const auto* number = event.if_contains("deployment"); number != nullptr && number->is_int64())
    deployment_ = number->as_int64();
  const std::string message = clean(event, "message");
  const bool error =
      stage_.find("ERROR") != stage_.npos || stage_ == "NO_APP_FILE" || (stage_ == "RUNNING" && !message.empty());
  failed_ = error;
  if (form_ == Form::json) return;
  const auto* intermediate = event.if_contains("intermediate");
  const bool goes_on = intermediate != nullptr && intermediate->is_bool() && intermediate->as_bool();
  if (form_ == Form::plain || !goes_on) {
    end();
    std::cout << paint(stage_, stage_ == "RUNNING" && !error ? Colour::good : error ? Colour::bad : Colour::strong);
    if (stage_ == "RUNNING" && error) std::cout << " (the old version; the new one failed)";
    std::cout << std::endl;
  }
  if (message.empty()) return;
  end();
  std::cerr << message << '\n';
  const std::string output = clean(event, "output");
  if (!output.empty()) std::cerr << "its last output:\n" << output << (output.ends_with('\n') ? "" : "\n");
}

void ProgressView::show_plain(const json::object& event) {
  const std::string kind = text(event, "event");
  if (kind == "queued" && event.contains("text")) std::cout << clean(event, "text") << std::endl;
  if (kind == "log") std::cout << "    " << paint(clean(event, "line"), Colour::dim) << std::endl;
  if (kind == "built")
    std::cout << fmt::format("built in {:.1f}s, {} of {} steps cached", event.at("seconds").to_number<double>(),
                             event.at("cached").to_number<long>(), event.at("steps").to_number<long>())
              << std::endl;
  if (kind != "step") return;
  const std::string state = text(event, "state");
  const std::string name = clean(event, "name");
  if (state == "running" && step_ != name) std::cout << "--> " << name << std::endl;
  if (state == "done")
    std::cout << fmt::format("    DONE {:.1f}s  {}", event.at("seconds").to_number<double>(), name) << std::endl;
  if (state == "cached") std::cout << "--> " << name << "  CACHED" << std::endl;
  if (state == "failed") std::cout << paint("    ERROR " + clean(event, "error"), Colour::bad) << std::endl;
  step_ = name;
}

}  // namespace runtime::cli
