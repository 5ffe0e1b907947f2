#include "loadtest/command/background.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "loadtest/command/load_flags.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/command/rails.hpp"
#include "loadtest/command/unknown.hpp"
#include "loadtest/plan/shell_words.hpp"

namespace loadtest::command {
namespace {

// Each has threads of its own.
constexpr std::size_t most_backgrounds = 16;
// No run takes longer.
constexpr measure::Nanoseconds whole_run = 24LL * 3600 * 1'000'000'000;

LoadFlags flags_of(const std::string& text) {
  auto words = plan::shell_words(text);
  if (!words) throw Mistake(words.message);
  LoadFlags flags;
  CLI::App app;
  app.set_help_flag();
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_load_flags(app, flags, {.judgement = false});
  try {
    std::reverse(words.value->begin(), words.value->end());  // CLI11 takes them from the back
    app.parse(std::move(*words.value));
  } catch (const CLI::ParseError& error) {
    const auto rest = app.remaining();
    if (rest.empty()) throw Mistake(error.what());
    throw Mistake(rest.front().starts_with('-') ? about_option(app, rest.front().substr(0, rest.front().find('=')))
                                                : fmt::format("`{}` is one word too many", rest.front()));
  }
  return flags;
}

/// Has it go on until it is told to end.
void make_endless(plan::Load& load) {
  if (load.open_loop)
    load.stages.front().duration = whole_run;
  else
    load.duration = whole_run;
}

Background background_of(const std::string& text, bool mine) {
  const LoadFlags flags = flags_of(text);
  Background made;
  made.about.settings = flags.told();
  if (!flags.warm_up.empty()) throw Mistake("--warmup is of what is measured");
  auto settings = settings_of(flags);
  if (!mine) check_is_here(settings);
  made.about.title = settings.targets.front().url();
  made.plan.load = std::move(settings.load);
  made.plan.load.warm_up = plan::WarmUp::none;
  if (flags.duration.empty() && flags.requests.empty() && flags.stages.empty()) make_endless(made.plan.load);
  made.plan.lanes.push_back({std::move(settings.targets), std::move(settings.transport), std::move(settings.expect)});
  return made;
}

}  // namespace

std::vector<Background> backgrounds_of(const std::vector<std::string>& each, bool mine) {
  if (each.size() > most_backgrounds) throw Mistake(fmt::format("--background: at most {} loads", most_backgrounds));
  std::vector<Background> made;
  for (const auto& text : each) {
    try {
      made.push_back(background_of(text, mine));
    } catch (const Mistake& mistake) {
      throw Mistake(fmt::format("--background: {}", mistake.what()), mistake.next(), mistake.code());
    }
  }
  return made;
}

boost::json::array told(const std::vector<Background>& beside) {
  boost::json::array all;
  for (const auto& one : beside) all.push_back(one.about.settings);
  return all;
}

void take_seats(drive::Plan& measured, std::vector<Background>& beside) {
  unsigned taken = measured.load.threads;
  for (auto& one : beside) {
    one.plan.seats.first = taken;
    taken += one.plan.load.threads;
  }
  measured.seats.all = taken;
  for (auto& one : beside) one.plan.seats.all = taken;
}

}  // namespace loadtest::command
