#include "runtime/supervise/space.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <ctime>
#include <filesystem>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/data_volume.hpp"
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
  life_.set_replicas(static_cast<std::size_t>(record_.replicas));
  fit_slots();
  if (record_.desired == state::Desired::paused) life_.set_want(Want::paused);
  if (record_.desired == state::Desired::sleeping) life_.set_want(Want::sleeping);
}

Space::~Space() = default;

std::string Space::message() const {
  if (!message_.empty() || life_.engine() == Engine::answers) return message_;
  return "the container engine does not answer; what needs it waits";
}

bool Space::knows(const std::string& container) const {
  const auto all = containers();
  return leaving_.contains(container) ||
         std::any_of(all.begin(), all.end(), [&](const engine::Container& one) { return one.id == container; });
}

void Space::engine(Engine engine) {
  life_.engine(engine);
  changed();
}

std::optional<engine::Container> Space::shown_container() const {
  if (const Replica* first = serving()) return first->container;
  for (const auto& slot : slots_)
    if (slot.next && !slot.next->container.id.empty()) return slot.next->container;
  return std::nullopt;
}

std::vector<engine::Container> Space::containers() const {
  std::vector<engine::Container> all;
  for (const auto& slot : slots_) {
    if (slot.serving) all.push_back(slot.serving->container);
    if (slot.next && !slot.next->container.id.empty()) all.push_back(slot.next->container);
  }
  return all;
}

const Replica* Space::serving() const noexcept {
  for (const auto& slot : slots_)
    if (slot.serving) return &*slot.serving;
  return nullptr;
}

std::size_t Space::serving_count() const {
  return static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.serving; }));
}

bool Space::starts() const noexcept {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.next; });
}

bool Space::comes_up() const { return serving() != nullptr ? life_.power() != Power::awake : intermediate(stage()); }

bool Space::adopt(engine::Container container, std::int64_t deployment) {
  const auto found = context_.database.deployment(record_.id, deployment);
  const auto wanted = slots_.begin() + static_cast<std::ptrdiff_t>(life_.replicas());
  const auto free = std::find_if(slots_.begin(), wanted, [](const Slot& slot) { return !slot.serving; });
  if (!found || free == wanted) return false;
  auto card = config::read_front_matter(found->readme, "README.md").value;
  // One that was still coming up would take the place of the one that serves.
  if (!listens(container.pid, card.app_port).value_or(false)) return false;
  if (const auto given = container.labels.find(gpus_label); given != container.labels.end())
    context_.gpus.adopt(split_ids(given->second), container.id);
  // One that an unchanged version went on with still has the label of the version before.
  const bool kept = !deployment_.image.empty() && is_as_planned({container, deployment, card, {}, true}, planned_mark());
  if (kept) deployment = deployment_.n;
  const bool frozen = container.status == "paused";
  life_.adopt(static_cast<std::size_t>(free - slots_.begin()), deployment == deployment_.n, frozen);
  if (frozen) {
    frozen_since_ = BackOff::Clock::now();
    context_.swap_out.frozen(container.id, container.pid);
  }
  free->serving = Replica{without_environment(std::move(container)), deployment, std::move(card), {}, true};
  free->serving->warning = reach_warning(free->serving->container.pid);
  return true;
}

bool Space::ended(const std::string& container, bool out_of_memory) {
  const auto is = [&](const std::optional<Replica>& replica) { return replica && replica->container.id == container; };
  for (std::size_t i = 0; i != slots_.size(); ++i) {
    if (is(slots_[i].next)) {
      changed();  // its job is looking at it
      return true;
    }
    if (!is(slots_[i].serving)) continue;
    // What was to follow it does not come: it is this version that goes on.
    if (life_.hopeless() && slots_[i].serving->deployment != deployment_.n) fall_back(slots_[i].serving->deployment);
    slots_[i].serving.reset();
    const Verdict verdict = life_.serving_ended(i, BackOff::Clock::now());
    ++jobs_;
    context_.worker.spawn(crash_job(container, out_of_memory, verdict));
    changed();
    return true;
  }
  return false;
}

void Space::fall_back(std::int64_t deployment) {
  const auto left = context_.database.deployment(id(), deployment);
  if (!left || left->image.empty()) return;
  deployment_ = *left;
  card_ = config::read_front_matter(deployment_.readme, "README.md").value;
  life_.go_back(true);
}

void Space::evict(const std::string& container, const std::string& why) {
  const auto is = [&](const std::optional<Replica>& replica) { return replica && replica->container.id == container; };
  for (std::size_t i = 0; i != slots_.size(); ++i) {
    const bool serves = is(slots_[i].serving);
    if (!serves && !is(slots_[i].next)) continue;
    note("evicted", why);
    if (serves && life_.hopeless() && slots_[i].serving->deployment != deployment_.n) fall_back(slots_[i].serving->deployment);
    // An older one ends without a word: what is wanted is another.
    if (life_.evicted(i, serves)) message_ = why;
    if (serves) {
      const Replica leaving = *std::exchange(slots_[i].serving, std::nullopt);
      leaving_.insert(container);
      ++jobs_;
      context_.worker.spawn(retire_job(leaving, std::chrono::milliseconds(0)));
    }
    changed();
  }
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
  if (!intermediate(now)) {
    before_.reset();
    woken_ = false;
  }
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
  SiteView view;
  view.stage = stage();
  view.power = life_.power();
  view.woken = woken_;
  view.idle = sleeps_after();
  if (serving() != nullptr) {
    view.endpoints_of = [this](std::uint16_t port) {
      std::vector<std::string> all;
      for (const auto& slot : slots_) {
        if (!slot.serving) continue;
        if (auto endpoint = context_.endpoints.endpoint(slot.serving->container, port); !endpoint.empty())
          all.push_back(std::move(endpoint));
      }
      return all;
    };
  }
  return site_json(record_, card(), context_.node, view);
}

Task<> Space::feed() {
  fed_ = site();
  const std::string problem = co_await context_.gateway.put(record_.id, fed_);
  if (!problem.empty()) spdlog::warn("{}: {}", record_.id, problem);
}

Task<> Space::drive() {
  while (!erased_ && !(stopping_ && jobs_ == 0)) {
    tell();
    // Told first: a container that begins to serve or goes is never unknown to the gateway while we do something else.
    if (!stopping_ && site() != fed_) {
      co_await feed();
      continue;  // the world may have moved on meanwhile
    }
    // The gateway lets them in, or has sent them away because it will not come up.
    if (!comes_up()) awaited_ = false;
    const Step step = stopping_ ? Step{} : life_.next_step();
    if (step.action == Action::nothing) {
      co_await changed_.wait();
    } else {
      co_await perform(step);
    }
  }
}

Task<> Space::perform(Step step) {
  switch (step.action) {
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
      context_.worker.spawn(start_job(step.slot, life_.begin_start(step.slot)));
      break;
    case Action::discard_next: {
      life_.discard_next(step.slot);
      const auto next = std::exchange(slots_[step.slot].next, std::nullopt);
      if (next && !next->container.id.empty()) co_await remove_container(next->container.id);
      break;
    }
    case Action::switch_over:
      co_await switch_over(slots_[step.slot], step.slot);
      break;
    case Action::stop_serving:
      co_await stop_serving(step.slot);
      break;
    case Action::quiesce:
      co_await quiesce();
      break;
    case Action::freeze:
      co_await freeze();
      break;
    case Action::wake:
      co_await thaw();
      break;
    case Action::erase:
      co_await erase();
      break;
  }
}

Task<> Space::switch_over(Slot& slot, std::size_t number) {
  auto old = std::exchange(slot.serving, std::exchange(slot.next, std::nullopt));
  life_.switch_over(number);
  woken_ = false;
  if (!slot.serving->warning.empty()) {
    spdlog::warn("{}: {}", record_.id, slot.serving->warning);
    journal_.say({{"event", "warning"}, {"text", slot.serving->warning}});
  }
  message_.clear();
  last_output_.clear();
  before_.reset();
  deployment_.status = state::DeploymentStatus::serving;
  context_.database.save_deployment(deployment_);
  // Known to be on its way out before anything is waited for: nobody is to take it for a stranger.
  if (old) leaving_.insert(old->container.id);
  co_await feed();
  if (!old) co_return begin_to_tidy();
  ++jobs_;
  context_.worker.spawn(retire_job(std::move(*old), context_.node.defaults.drain));
}

Task<> Space::stop_serving(std::size_t number) {
  const Replica leaving = *std::exchange(slots_[number].serving, std::nullopt);
  const bool sleeps = life_.want() == Want::sleeping;
  life_.stop_serving(number);
  leaving_.insert(leaving.container.id);
  co_await feed();
  if (life_.want() == Want::running) {
    // One replica too many: what it is doing may come to its end.
    ++jobs_;
    context_.worker.spawn(retire_job(leaving, context_.node.defaults.drain));
    co_return;
  }
  if (sleeps) frozen_since_.reset();
  co_await remove_container(leaving.container.id);
}

Task<> Space::erase() {
  while (jobs_ != 0) co_await changed_.wait(std::chrono::seconds(1));
  const std::string mine = fmt::format("{}={}", space_label, record_.id);
  const std::string ours = fmt::format("{}={}", instance_label, context_.database.instance());
  const std::vector<std::string> labels{mine, ours};
  auto images = co_await context_.engine.list_images(labels);
  // Without an engine nothing can be removed: it is decided again, and waits until there is one.
  if (!images) {
    co_await look_for_engine();
    co_return;
  }
  co_await context_.gateway.erase(record_.id);
  if (erase_data_) {
    const std::string problem = co_await remove_volumes(context_, record_.id);
    if (!problem.empty()) spdlog::warn("{}: {}", record_.id, problem);
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
  for (const auto& slot : slots_) {
    if (!containers_too || !slot.serving || slot.serving->adopted) continue;
    ++jobs_;
    context_.worker.spawn(retire_job(*slot.serving, std::chrono::milliseconds(0)));
  }
  journal_.close();
  changed();
}

}  // namespace runtime::supervise
