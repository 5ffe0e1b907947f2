#include "runtime/cli/live_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/cli/printable.hpp"

namespace runtime::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t tail_drawn = 5;
constexpr std::size_t tail_kept = 20;  // shown when the step fails

std::string text(const json::object& event, const char* key) {
  const auto* found = event.if_contains(key);
  return found != nullptr && found->is_string() ? printable(found->as_string()) : std::string();
}

double number(const json::object& event, const char* key) {
  const auto* found = event.if_contains(key);
  return found != nullptr && found->is_number() ? found->to_number<double>() : 0;
}

std::string seconds(double time) { return fmt::format("{:.1f}s", time); }

std::string seconds(LiveView::Time from, LiveView::Time to) {
  return seconds(std::max(0.0, std::chrono::duration<double>(to - from).count()));
}

}  // namespace

Line LiveView::drawn(const Row& row, std::size_t columns) {
  // The last column stays free: some terminals wrap when it is written.
  const std::size_t width = std::max<std::size_t>(columns, 2) - 1;
  const std::size_t right = columns_of(row.right);
  if (right == 0) return {fit(row.left, width), row.colour};
  if (right + 1 >= width) return {fit(row.right, width), row.colour};
  std::string left = fit(row.left, width - right - 1);
  left.append(width - right - columns_of(left), ' ');
  return {left + row.right, row.colour};
}

void LiveView::settle(std::string left, std::string right, Colour colour) {
  settled_.push_back({std::move(left), std::move(right), colour});
}

void LiveView::note(const json::object& event, Time now) {
  const std::string kind = text(event, "event");
  if (kind == "stage") return note_stage(event, now);
  if (kind == "step") return note_step(event, now);
  if (kind == "queued") queued_ = text(event, "text");
  if (kind == "log") {
    const auto of = static_cast<std::int64_t>(number(event, "number"));
    const auto step = std::find_if(running_.begin(), running_.end(), [&](const Step& each) { return each.number == of; });
    if (step == running_.end()) return;
    step->tail.push_back(text(event, "line"));
    if (step->tail.size() > tail_kept) step->tail.pop_front();
  }
  if (kind == "built") {
    settle(fmt::format("built in {}, {:.0f} of {:.0f} steps cached", seconds(number(event, "seconds")), number(event, "cached"),
                       number(event, "steps")),
           {}, Colour::plain);
  }
  if (kind == "removed") stage_.clear();
}

void LiveView::note_stage(const json::object& event, Time now) {
  const std::string stage = text(event, "stage");
  if (stage == stage_) return;
  queued_.clear();
  // Nobody tells the end of steps that were under way when a build was broken off.
  const bool builds = stage.ends_with("BUILDING");
  for (const Step& step : running_)
    if (!builds) settle(" => CANCELED " + step.name, seconds(step.since, now), Colour::dim);
  if (!builds) running_.clear();
  if (stage_.ends_with("STARTING")) settle(stage_, seconds(since_, now), Colour::plain);
  const auto* goes_on = event.if_contains("intermediate");
  stage_ = goes_on != nullptr && goes_on->is_bool() && goes_on->as_bool() ? stage : std::string();
  since_ = now;
}

void LiveView::note_step(const json::object& event, Time now) {
  const auto of = static_cast<std::int64_t>(number(event, "number"));
  const std::string state = text(event, "state");
  const std::string name = text(event, "name");
  const auto found = std::find_if(running_.begin(), running_.end(), [&](const Step& each) { return each.number == of; });
  if (state == "running") {
    if (found == running_.end()) running_.push_back({of, name, now, {}});
    return;
  }
  const std::string took = seconds(number(event, "seconds"));
  if (state == "done") settle(" => " + name, took, Colour::plain);
  if (state == "cached") settle(" => CACHED " + name, took, Colour::dim);
  if (state == "failed") {
    settle(" => ERROR " + name, took, Colour::bad);
    if (found != running_.end())
      for (const auto& line : found->tail) settle(" => => " + line, {}, Colour::dim);
    settle("    " + text(event, "error"), {}, Colour::bad);
  }
  if (found != running_.end()) running_.erase(found);
}

Lines LiveView::take_settled(std::size_t columns) {
  Lines lines;
  for (const Row& row : settled_) lines.push_back(drawn(row, columns));
  settled_.clear();
  return lines;
}

Lines LiveView::live(Time now, std::size_t columns, std::size_t rows) const {
  Lines lines;
  if (stage_.empty() || rows == 0) return lines;
  const std::size_t most = rows - 1;  // the stage has the last one
  const bool all = running_.size() <= most;
  const std::size_t shown = all ? running_.size() : std::max<std::size_t>(most, 1) - 1;
  const std::size_t tail = shown == 0 ? 0 : std::min(tail_drawn, (most - shown) / shown);
  for (std::size_t i = 0; i != shown; ++i) {
    const Step& step = running_[i];
    lines.push_back(drawn({" => " + step.name, seconds(step.since, now), Colour::strong}, columns));
    const std::size_t count = all ? std::min(tail, step.tail.size()) : 0;
    for (auto line = step.tail.end() - static_cast<std::ptrdiff_t>(count); line != step.tail.end(); ++line)
      lines.push_back(drawn({" => => " + *line, {}, Colour::dim}, columns));
  }
  if (!all && most != 0)
    lines.push_back(drawn({fmt::format(" => and {} more", running_.size() - shown), {}, Colour::strong}, columns));
  const std::string queued = queued_.empty() ? queued_ : ", " + queued_;
  lines.push_back(drawn({stage_ + queued, seconds(since_, now), Colour::plain}, columns));
  return lines;
}

}  // namespace runtime::cli
