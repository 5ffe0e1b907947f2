#include "runtime/supervise/space.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <ctime>
#include <filesystem>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/site.hpp"

namespace runtime::supervise {

namespace json = boost::json;

Space::Space(Context& context, state::SpaceRecord record)
    : context_(context), record_(std::move(record)), changed_(context.worker) {
  // What was wanted when the last `serve` ended; a failed deployment with an older image behind it lets that one serve.
  auto latest = context_.database.latest_deployment(record_.id);
  if (latest && latest->status == state::DeploymentStatus::failed && latest->image.empty()) {
    message_ = latest->error;
    if (auto image = context_.database.latest_image(record_.id)) latest = image;
  }
  if (latest) {
    deployment_ = *latest;
    card_ = config::read_front_matter(deployment_.readme, "README.md").value;
    if (!deployment_.image.empty())
      life_.found(Image::built);
    else if (deployment_.status == state::DeploymentStatus::failed)
      life_.found(Image::failed);
  }
  if (record_.desired == state::Desired::paused) life_.set_want(Want::paused);
  if (record_.desired == state::Desired::sleeping) life_.set_want(Want::sleeping);
}

Space::~Space() = default;

std::string Space::message() const {
  if (!message_.empty() || life_.engine() == Engine::answers) return message_;
  return "the container engine does not answer; what needs it waits";
}

bool Space::knows(const std::string& container) const {
  return (next_ && next_->container.id == container) || (serving_ && serving_->container.id == container) ||
         leaving_.contains(container);
}

void Space::engine(Engine engine) {
  life_.engine(engine);
  changed();
}

std::optional<engine::Container> Space::shown_container() const {
  if (next_ && !next_->container.id.empty() && !serving_) return next_->container;
  if (serving_) return serving_->container;
  return std::nullopt;
}

void Space::deploy(state::SpaceRecord record, const std::string& readme, bool no_cache, Settings before) {
  // A deployment on top of one that is still under way goes back to what was before both.
  if (!before_) {
    before_ = std::move(before);
  } else {
    before_->variables.merge(before.variables);
    before_->secrets.merge(before.secrets);
  }
  record_ = std::move(record);
  const std::int64_t n = context_.database.add_deployment(record_.id, readme);
  deployment_ = *context_.database.deployment(record_.id, n);
  card_ = config::read_front_matter(readme, "README.md").value;
  // A build of an earlier deployment ends by itself: its job sees that it is not wanted any more.
  if (build_ != nullptr) build_->cancel();
  no_cache_ = no_cache;
  message_.clear();
  life_.deploy();
  changed();
}

void Space::restore(const Settings& before) {
  auto& database = context_.database;
  for (const auto& [key, value] : before.variables) {
    if (value)
      database.set_variable(id(), key, *value);
    else
      database.unset_variable(id(), key);
  }
  for (const auto& [key, value] : before.secrets) {
    if (value)
      database.set_secret(id(), key, *value);
    else
      database.unset_secret(id(), key);
  }
  record_ = *before.record;
  database.save_space(record_);
}

bool Space::go_back(bool keep) {
  // A container that is started anew after a crash is nobody's deployment.
  if (!before_ || life_.want() != Want::running || !intermediate(stage())) return false;
  if (build_ != nullptr) build_->cancel();
  given_up_.insert(deployment_.n);
  ++discards_;
  ++jobs_;
  context_.worker.spawn(discard_image_job(deployment_.n));
  message_ =
      keep ? fmt::format("it was cancelled\n`spaceport restart --factory {}` builds it again", id()) : "it was interrupted";
  deployment_.status = state::DeploymentStatus::failed;
  deployment_.image.clear();
  deployment_.error = message_;
  context_.database.save_deployment(deployment_);
  const auto left = serving_ ? context_.database.deployment(id(), serving_->deployment) : context_.database.latest_image(id());
  life_.go_back(left.has_value());
  if (!before_->record && !keep) {
    set_want(Want::deleted);
    return true;
  }
  if (before_->record) restore(*before_);
  before_.reset();
  if (left) {
    deployment_ = *left;
    card_ = config::read_front_matter(deployment_.readme, "README.md").value;
    message_.clear();
  }
  if (record_.desired == state::Desired::paused) life_.set_want(Want::paused);
  if (record_.desired == state::Desired::sleeping) life_.set_want(Want::sleeping);
  changed();
  return true;
}

bool Space::set_hardware(state::SpaceRecord record) {
  record_ = std::move(record);
  const Stage now = stage();
  const bool runs =
      now == Stage::running || now == Stage::app_starting || now == Stage::running_app_starting || now == Stage::runtime_error;
  if (runs) restart();
  return runs;
}

void Space::restart() {
  life_.restart();
  set_want(Want::running);
}

void Space::set_want(Want want, bool erase_data) {
  erase_data_ = erase_data;
  if (want == Want::running) record_.desired = state::Desired::running;
  if (want == Want::paused) record_.desired = state::Desired::paused;
  if (want == Want::sleeping) record_.desired = state::Desired::sleeping;
  if (want != Want::deleted) context_.database.set_desired(record_.id, record_.desired);
  life_.set_want(want);
  changed();
}

void Space::adopt(engine::Container container, std::int64_t deployment) {
  const auto found = context_.database.deployment(record_.id, deployment);
  if (!found) return;
  const bool wanted = deployment == deployment_.n;
  life_.adopt(wanted);
  adopted_ = true;
  serving_ = Replica{
      without_environment(std::move(container)), deployment, config::read_front_matter(found->readme, "README.md").value, {}};
  serving_->warning = reach_warning(serving_->container.pid);
}

bool Space::ended(const std::string& container, bool out_of_memory) {
  const bool was_next = next_ && next_->container.id == container;
  const bool was_serving = serving_ && serving_->container.id == container;
  if (was_next) changed();  // its job is looking at it
  if (!was_serving) return was_next;
  serving_.reset();
  const Verdict verdict = life_.serving_ended(BackOff::Clock::now());
  ++jobs_;
  context_.worker.spawn(crash_job(container, out_of_memory, verdict));
  changed();
  return true;
}

void Space::note(std::string_view kind, const std::string& text) {
  spdlog::info("{} {}: {}", record_.id, kind, text);
  try {
    context_.database.add_event(record_.id, kind, text);
  } catch (const state::Trouble& trouble) {
    spdlog::error("{}: {}", record_.id, trouble.what());
  }
}

// A stage that lasts since before this `serve` began then: the newest event tells.
void Space::note_since(Stage now) {
  const std::string_view before = std::string_view(told_).substr(0, told_.find('\n'));
  if (before == name(now)) return;
  since_ = std::time(nullptr);
  if (!told_.empty()) return;
  const auto last = context_.database.events(id(), 1);
  if (!last.empty() && last.front().kind == name(now)) since_ = last.front().at;
}

void Space::tell() {
  const Stage now = stage();
  if (!intermediate(now)) before_.reset();
  std::string fresh = fmt::format("{}\n{}", name(now), message());
  if (fresh == told_) return;
  note_since(now);
  told_ = std::move(fresh);
  note(name(now), message());
  journal_.say(stage_event());
  context_.events.say(stage_event());
}

json::object Space::stage_event() const {
  const Stage now = stage();
  json::object event{{"event", "stage"},     {"space", record_.id},         {"stage", name(now)},
                     {"message", message()}, {"deployment", deployment_.n}, {"intermediate", intermediate(now)}};
  if (!last_output_.empty()) event["output"] = last_output_;
  return event;
}

std::string Space::site() const {
  EndpointOf endpoint_of;
  if (serving_) {
    endpoint_of = [this](std::uint16_t port) { return context_.endpoints.endpoint(serving_->container, port); };
  }
  return site_json(record_, card(), context_.node, stage(), endpoint_of);
}

Task<> Space::feed() {
  const std::string problem = co_await context_.gateway.put(record_.id, site());
  if (!problem.empty()) spdlog::warn("{}: {}", record_.id, problem);
}

Task<> Space::drive() {
  std::string fed;
  while (!erased_ && !(stopping_ && jobs_ == 0)) {
    const Action action = stopping_ ? Action::nothing : life_.next_action();
    tell();
    const std::string now = fmt::format("{} {} {}", name(stage()), message(), serving_ ? serving_->container.id : "");
    if (now != fed && action != Action::switch_over && !stopping_) {
      fed = now;
      co_await feed();
      continue;  // the world may have moved on meanwhile
    }
    if (action == Action::nothing) {
      co_await changed_.wait();
    } else {
      co_await perform(action);
    }
  }
}

Task<> Space::perform(Action action) {
  switch (action) {
    case Action::nothing:
      break;
    case Action::build:
      ++jobs_;
      context_.worker.spawn(build_job(deployment_, no_cache_, life_.begin_build()));
      break;
    case Action::cancel_build:
      if (build_ != nullptr) build_->cancel();
      life_.cancel_build();
      break;
    case Action::start_next:
      ++jobs_;
      context_.worker.spawn(start_job(life_.begin_start()));
      break;
    case Action::discard_next:
      life_.discard_next();
      if (next_) {
        const std::string container = next_->container.id;
        next_.reset();
        if (!container.empty()) co_await remove_container(container);
      }
      break;
    case Action::switch_over: {
      const std::string old = serving_ ? serving_->container.id : std::string();
      adopted_ = false;
      serving_ = std::move(next_);
      next_.reset();
      life_.switch_over();
      if (!warning().empty()) {
        spdlog::warn("{}: {}", record_.id, warning());
        journal_.say({{"event", "warning"}, {"text", warning()}});
      }
      message_.clear();
      last_output_.clear();
      deployment_.status = state::DeploymentStatus::serving;
      context_.database.save_deployment(deployment_);
      co_await feed();
      if (old.empty()) {
        begin_to_tidy();
      } else {
        ++jobs_;
        context_.worker.spawn(retire_job(old));
      }
      break;
    }
    case Action::stop_serving: {
      const std::string container = serving_->container.id;
      serving_.reset();
      life_.stop_serving();
      leaving_.insert(container);
      co_await feed();
      co_await remove_container(container);
      break;
    }
    case Action::erase:
      co_await erase();
      break;
  }
}

Task<> Space::erase() {
  while (jobs_ != 0) co_await changed_.wait(std::chrono::seconds(1));
  const std::string mine = fmt::format("{}={}", space_label, record_.id);
  const std::string ours = fmt::format("{}={}", instance_label, context_.database.instance());
  const std::vector<std::string> labels{ours, mine};
  auto images = co_await context_.engine.list_images(labels);
  // Without an engine nothing can be removed: it is decided again, and waits until there is one.
  if (!images) {
    co_await look_for_engine();
    co_return;
  }
  co_await context_.gateway.erase(record_.id);
  if (erase_data_) {
    auto removed = co_await context_.engine.remove_volume(volume_name(context_.database.instance(), record_.id));
    if (!removed && !removed.error().not_found()) spdlog::warn("{}: {}", record_.id, removed.error().message);
  }
  for (const auto& image : *images) co_await context_.engine.remove_image(image.id, true);
  for (std::int64_t n = 1; n <= deployment_.n; ++n) {
    std::error_code gone;
    std::filesystem::remove(build_log_of(n), gone);
  }
  context_.database.erase_space(record_.id);
  erased_ = true;
  journal_.say({{"event", "removed"}, {"space", record_.id}});
  context_.events.say({{"event", "removed"}, {"space", record_.id}});
  journal_.close();
}

void Space::stop(bool containers_too) {
  stopping_ = true;
  if (build_ != nullptr) build_->cancel();
  if (containers_too && serving_ && !adopted_) {
    ++jobs_;
    context_.worker.spawn(retire_job(serving_->container.id));
  }
  journal_.close();
  changed();
}

}  // namespace runtime::supervise
