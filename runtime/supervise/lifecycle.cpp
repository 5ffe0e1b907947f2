#include "runtime/supervise/lifecycle.hpp"

namespace runtime::supervise {
namespace {

// Nothing of the Space shall run. A build is wasted work in each of these wants.
Action decide_stopped(Want want, const Observed& observed) noexcept {
  if (observed.image == Image::building) return Action::cancel_build;
  if (observed.next != Next::none) return Action::discard_next;
  if (observed.serving != Serving::none) return Action::stop_serving;
  return want == Want::deleted ? Action::erase : Action::nothing;
}

// First the traffic, then the containers: a request that comes at this moment must meet a gateway that holds it.
Action decide_sleeping(const Observed& observed) noexcept {
  if (observed.image == Image::building) return Action::cancel_build;
  if (observed.next != Next::none) return Action::discard_next;
  if (observed.serving == Serving::none) return Action::nothing;
  if (observed.power == Power::awake) return Action::quiesce;
  if (observed.rest == Rest::stopped) return Action::stop_serving;
  return observed.power == Power::quiet ? Action::freeze : Action::nothing;
}

Action decide_image(const Observed& observed) noexcept {
  if (observed.source != Source::good) return Action::nothing;
  switch (observed.image) {
    case Image::none:
      return Action::build;
    case Image::building:
    case Image::failed:
      return Action::nothing;
    case Image::built:
      return observed.starts == Starts::allowed ? Action::start_next : Action::nothing;
  }
  return Action::nothing;
}

Stage stage_behind_serving(const Observed& observed) noexcept {
  if (observed.source != Source::good) return Stage::running;
  switch (observed.image) {
    case Image::none:
    case Image::building:
      return Stage::running_building;
    case Image::failed:
      return Stage::running;
    case Image::built:
      break;
  }
  const bool hopeless = observed.next == Next::failed || observed.starts == Starts::given_up;
  return hopeless ? Stage::running : Stage::running_app_starting;
}

Stage stage_alone(const Observed& observed) noexcept {
  if (observed.source == Source::no_app_file) return Stage::no_app_file;
  if (observed.source == Source::bad_config) return Stage::config_error;
  switch (observed.image) {
    case Image::none:
    case Image::building:
      return Stage::building;
    case Image::failed:
      return Stage::build_error;
    case Image::built:
      break;
  }
  const bool hopeless = observed.next == Next::failed || observed.starts == Starts::given_up;
  return hopeless ? Stage::runtime_error : Stage::app_starting;
}

Action decide_running(const Observed& observed) noexcept {
  // Visitors wait for this one.
  if (observed.power != Power::awake && observed.serving != Serving::none) return Action::wake;
  // A container that cannot serve, or that nobody needs, goes first: there is never more than one beside the serving one.
  if (observed.next == Next::failed) return Action::discard_next;
  if (observed.next != Next::none && (observed.serving == Serving::wanted || observed.image != Image::built)) {
    return Action::discard_next;
  }
  if (observed.next == Next::ready) return Action::switch_over;
  if (observed.next == Next::starting || observed.serving == Serving::wanted) return Action::nothing;
  return decide_image(observed);
}

Action decide_by_want(Want want, const Observed& observed) noexcept {
  switch (want) {
    case Want::running:
      return decide_running(observed);
    case Want::sleeping:
      return decide_sleeping(observed);
    case Want::paused:
    case Want::deleted:
      break;
  }
  return decide_stopped(want, observed);
}

// A step that fails for want of an engine would be mistaken for a fault of the Space. A build is only told to end.
Action possible(Action action, Engine engine) noexcept {
  const bool waits = engine == Engine::gone && action != Action::cancel_build;
  return waits ? Action::nothing : action;
}

}  // namespace

Action decide(Want want, const Observed& observed) noexcept {
  return possible(decide_by_want(want, observed), observed.engine);
}

Action decide_surplus(const Observed& observed, bool covered) noexcept {
  if (observed.next != Next::none) return possible(Action::discard_next, observed.engine);
  if (observed.serving == Serving::none || !covered) return Action::nothing;
  return possible(Action::stop_serving, observed.engine);
}

Stage stage(Want want, const Observed& observed) noexcept {
  switch (want) {
    case Want::deleted:
      return Stage::deleting;
    case Want::paused:
      return Stage::paused;
    case Want::sleeping:
      return Stage::sleeping;
    case Want::running:
      break;
  }
  switch (observed.serving) {
    case Serving::wanted:
      return Stage::running;
    case Serving::older:
      return stage_behind_serving(observed);
    case Serving::none:
      return stage_alone(observed);
  }
  return Stage::runtime_error;
}

std::string_view name(Action action) noexcept {
  switch (action) {
    case Action::nothing:
      return "nothing";
    case Action::build:
      return "build";
    case Action::cancel_build:
      return "cancel_build";
    case Action::start_next:
      return "start_next";
    case Action::discard_next:
      return "discard_next";
    case Action::switch_over:
      return "switch_over";
    case Action::quiesce:
      return "quiesce";
    case Action::freeze:
      return "freeze";
    case Action::wake:
      return "wake";
    case Action::stop_serving:
      return "stop_serving";
    case Action::erase:
      return "erase";
  }
  return "nothing";
}

std::string_view name(Stage stage) noexcept {
  switch (stage) {
    case Stage::no_app_file:
      return "NO_APP_FILE";
    case Stage::config_error:
      return "CONFIG_ERROR";
    case Stage::building:
      return "BUILDING";
    case Stage::build_error:
      return "BUILD_ERROR";
    case Stage::app_starting:
      return "APP_STARTING";
    case Stage::running:
      return "RUNNING";
    case Stage::running_building:
      return "RUNNING_BUILDING";
    case Stage::running_app_starting:
      return "RUNNING_APP_STARTING";
    case Stage::runtime_error:
      return "RUNTIME_ERROR";
    case Stage::sleeping:
      return "SLEEPING";
    case Stage::paused:
      return "PAUSED";
    case Stage::deleting:
      return "DELETING";
  }
  return "RUNTIME_ERROR";
}

bool intermediate(Stage stage) noexcept {
  switch (stage) {
    case Stage::building:
    case Stage::app_starting:
    case Stage::running_building:
    case Stage::running_app_starting:
    case Stage::deleting:
      return true;
    default:
      return false;
  }
}

}  // namespace runtime::supervise
