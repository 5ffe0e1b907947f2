// Starting the containers of a Space: a job beside its driver.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "runtime/build/mask.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/data_volume.hpp"
#include "runtime/supervise/space.hpp"

namespace runtime::supervise {
namespace {

std::string text_of(const engine::Error& error) {
  return error.hint.empty() ? error.message : error.message + "\n" + error.hint;
}

constexpr std::string_view waits_for_gpus = "it waits for GPUs: ";

std::string in_words(const Gpus& gpus) {
  if (!gpus.ids.empty()) return "GPU " + join_ids(gpus.ids);
  return gpus.all ? "all GPUs" : fmt::format("{} GPU{}", gpus.count, gpus.count == 1 ? "" : "s");
}

// How long a container that comes up may keep others from doing so (`starts: {parallel: N}`).
constexpr std::chrono::seconds turn_of_a_start{20};

}  // namespace

ReplicaPlan Space::plan(std::size_t slot) {
  ReplicaPlan plan;
  plan.instance = context_.database.instance();
  plan.space = record_;
  plan.card = card_;
  plan.deployment = deployment_.n;
  plan.slot = slot;
  plan.serial = static_cast<std::uint64_t>(std::time(nullptr)) * 100 + ++serial_ % 100;
  plan.image = deployment_.image;
  plan.domain = context_.node.domain;
  plan.variables = context_.database.variables(record_.id);
  plan.secrets = context_.database.secrets(record_.id);
  plan.limits = limits_of(record_.hardware, context_.node, context_.machine);
  plan.gpus = parse_gpus(record_.gpus, record_.hardware, context_.node).value_or(Gpus{});
  auto mounts = mounts_of(plan.instance, record_, card_, context_.node);
  if (!mounts.problem.empty()) throw state::Trouble(state::Kind::conflict, "README.md:" + mounts.problem);
  plan.mounts = std::move(mounts.all);
  plan.network = context_.node.defaults.network == "bridge" ? network_name(plan.instance) : context_.node.defaults.network;
  plan.publish = context_.endpoints.publishes();
  plan.defaults = context_.node.defaults;
  std::string secret = identity(plan);
  plan.mark = context_.box.mark(secret);
  state::wipe(secret);
  // Behind the mark: nothing has to restart because a runtime was installed.
  const auto& runtimes = context_.machine.runtimes;
  plan.nvidia_runtime = std::find(runtimes.begin(), runtimes.end(), "nvidia") != runtimes.end();
  return plan;
}

// Answers why not; nothing: it is the next one of its slot.
Task<std::string> Space::create_container(ReplicaPlan plan, std::size_t slot, Life::Ticket ticket) {
  engine::ContainerSpec spec = container_spec(plan);
  ++creating_;
  auto id = co_await context_.engine.create(std::move(spec));
  --creating_;
  if (!id) co_return text_of(id.error());
  if (!life_.start_wanted(ticket)) {
    leaving_.insert(*id);
    co_await remove_container(*id);
    co_return std::string("it is not wanted any more");
  }
  auto& next = slots_[slot].next.emplace();
  next.container.id = *id;
  next.deployment = plan.deployment;
  context_.gpus.rename(holder_of(ticket), *id);
  next.card = plan.card;
  co_return std::string();
}

Task<std::string> Space::start_container(ReplicaPlan plan, std::size_t slot, Life::Ticket ticket) {
  const std::vector<SpaceMount> mounts = plan.mounts;
  std::vector<DataVolume> volumes;
  for (const auto& mount : mounts) {
    DataVolume made = co_await prepare_mount(context_, record_.id, mount);
    if (!made.problem.empty()) co_return made.problem;
    volumes.push_back(std::move(made));
  }
  if (auto problem = co_await create_container(std::move(plan), slot, ticket); !problem.empty()) co_return problem;
  const std::string id = slots_[slot].next->container.id;
  auto started = co_await context_.engine.start(id);
  if (!started) co_return text_of(started.error());
  for (const auto& mount : mounts)
    if (auto problem = co_await settle_mount(context_, record_.id, mount); !problem.empty()) co_return problem;
  auto container = co_await context_.engine.inspect(id);
  if (!container) co_return text_of(container.error());
  auto& next = slots_[slot].next;
  if (!next || next->container.id != id) co_return std::string("it is not wanted any more");
  next->container = without_environment(*container);
  if (!container->running()) co_return co_await why_it_ended(id);
  co_return co_await attach(*container);
}

// An app that ends at once is gone a moment before the engine has noticed it; and a dialer that has died is back in a moment, so
// that this is no fault of the Space.
Task<std::string> Space::attach(engine::Container container) {
  constexpr std::chrono::milliseconds look{50};
  constexpr std::chrono::seconds patience{20};
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto problem = context_.endpoints.attach(container);
    if (!problem) co_return std::string();
    const auto again = co_await context_.engine.inspect(container.id);
    if (again && !again->running()) co_return co_await why_it_ended(container.id);
    if (std::chrono::steady_clock::now() >= until || stopping_) co_return *problem;
    co_await pause_for(context_.worker, look);
  }
}

Task<std::string> Space::await_ready(std::size_t slot, Life::Ticket ticket, std::optional<Turns::Turn>& turn) {
  // It may have been discarded while the dialer was waited for.
  if (!slots_[slot].next) co_return "it is not wanted any more";
  const std::string id = slots_[slot].next->container.id;
  const std::int64_t pid = slots_[slot].next->container.pid;
  const auto began = std::chrono::steady_clock::now();
  const auto limit = card_.startup_duration_timeout;
  for (unsigned attempt = 0; std::chrono::steady_clock::now() - began < limit; ++attempt) {
    if (stopping_ || !slots_[slot].next || !life_.start_wanted(ticket)) co_return "it is not wanted any more";
    // What loads a model for minutes leaves the processor to the next one long before it answers.
    if (std::chrono::steady_clock::now() - began > turn_of_a_start) turn.reset();
    const auto listening = listens(pid, card_.app_port);
    if (!listening) co_return co_await why_it_ended(id);
    if (*listening) {
      slots_[slot].next->warning = reach_warning(pid);
      co_return std::string();
    }
    co_await pause_for(context_.worker, probe_interval(attempt));
  }
  co_return fmt::format(
      "nothing listens on port {} after {}: let the app listen there (app_port in README.md), or raise "
      "startup_duration_timeout",
      card_.app_port, config::to_string(limit));
}

std::string Space::reach_warning(std::int64_t pid) const {
  std::string ports;
  if (!context_.endpoints.publishes()) return ports;
  for (const std::uint16_t port : reachable_ports(card_))
    if (listens_on_loopback_only(pid, port)) ports += fmt::format("{}127.0.0.1:{}", ports.empty() ? "" : " and ", port);
  if (ports.empty()) return ports;
  return fmt::format(
      "the app listens on {} only, which published ports do not reach: let it listen on 0.0.0.0, or run serve as root beside "
      "a local engine (containers are published because {})",
      ports, context_.endpoints.reason());
}

// Takes the GPUs for a start; answers why it cannot, when the start need not wait for them any more.
Task<std::string> Space::take_gpus(ReplicaPlan& plan, std::size_t slot, Life::Ticket ticket) {
  constexpr std::chrono::milliseconds look{200};
  auto& pool = context_.gpus;
  if (!plan.gpus.any() || !pool.known()) co_return std::string();
  if (!pool.can_ever(plan.gpus)) {
    co_return fmt::format(
        "not enough hardware capacity: it wants {}, this node has {}\nchoose other hardware: `spaceport hardware {}`",
        in_words(plan.gpus), pool.size(), record_.id);
  }
  for (;;) {
    if (!life_.start_wanted(ticket) || stopping_) co_return "it is not wanted any more";
    if (auto taken = pool.take(plan.gpus, holder_of(ticket))) {
      plan.gpus = Gpus{false, 0, std::move(*taken)};
      if (message_.starts_with(waits_for_gpus)) message_.clear();
      co_return std::string();
    }
    // The version before has what the new one needs: only one of them can run.
    const auto& serving = slots_[slot].serving;
    if (serving && pool.would_fit_without(plan.gpus, serving->container.id)) {
      co_await make_room(slot, "needs its GPUs");
      continue;
    }
    message_ =
        fmt::format("{}it wants {}, and {} of {} are free", waits_for_gpus, in_words(plan.gpus), pool.free(), pool.size());
    changed();
    co_await pause_for(context_.worker, look);
  }
}

Task<> Space::make_room(std::size_t slot, std::string_view why) {
  const Replica leaving = *std::exchange(slots_[slot].serving, std::nullopt);
  spdlog::info("{}: stops before the next one starts, which {}", record_.id, why);
  life_.stop_serving(slot);
  leaving_.insert(leaving.container.id);
  co_await feed();
  co_await drain(leaving, context_.node.defaults.drain);
  co_await remove_container(leaving.container.id);
}

// What is mounted follows its new size at once where the kernel lets us, and no container has to start anew.
Task<> Space::grow_mounts() {
  if (serving() == nullptr) co_return;
  const auto wanted = mounts_of(context_.database.instance(), record_, card_, context_.node).all;
  for (const auto& mount : wanted) {
    if (mount.volume.empty() || !context_.volumes.falls_short(mount.volume, mount.size)) continue;
    const std::string problem = co_await grow_mount(context_, record_.id, mount);
    const std::string size = config::to_string(config::Bytes{mount.size});
    if (problem.empty()) {
      note("GROWN", fmt::format("{} has {} now, and nothing was restarted for it", mount.path, size));
      continue;
    }
    // One that others use too cannot be freed by us.
    unmount_first_ = unmount_first_ || !mount.shared;
    const char* what = mount.shared ? "it will when nobody uses it" : "the Space stops, and starts again with it";
    const std::string text = fmt::format("{} cannot grow to {} while it is used: {} ({})", mount.path, size, what, problem);
    journal_.say({{"event", "warning"}, {"text", text}});
    spdlog::warn("{}: {}", record_.id, text);
  }
}

Task<> Space::free_mounts() {
  for (std::size_t i = 0; i != slots_.size(); ++i)
    if (slots_[i].serving) co_await make_room(i, "gives /data its new size");
  constexpr std::chrono::milliseconds look{20};
  constexpr std::chrono::seconds patience{10};
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto used = [this] {
    const auto all = mounts();
    return std::any_of(all.begin(), all.end(), [this](const SpaceMount& mount) {
      return !mount.volume.empty() && !mount.shared && context_.volumes.in_use(mount.volume);
    });
  };
  while (used() && std::chrono::steady_clock::now() < until) co_await pause_for(context_.worker, look);
}

std::string Space::holder_of(Life::Ticket ticket) const { return fmt::format("{} start {}", record_.id, ticket); }

Task<> Space::start_job(std::size_t slot, Life::Ticket ticket) {
  std::string problem;
  try {
    ReplicaPlan planned = plan(slot);
    problem = co_await take_gpus(planned, slot, ticket);
    if (problem.empty() && std::exchange(unmount_first_, false)) co_await free_mounts();
    std::optional<Turns::Turn> turn;
    // Whom visitors wait for comes before those that nobody has asked for yet.
    turn.emplace(context_.starts, context_.worker, woken_ ? Turns::Place::first : Turns::Place::last);
    while (!turn->take() && life_.start_wanted(ticket) && !stopping_) co_await turn->wait(std::chrono::seconds(1));
    if (problem.empty()) problem = co_await start_container(std::move(planned), slot, ticket);
    if (problem.empty()) problem = co_await await_ready(slot, ticket, turn);
  } catch (const state::Trouble& trouble) {
    problem = trouble.what();
  }
  // What no container took.
  context_.gpus.release(holder_of(ticket));
  co_await start_ended(slot, ticket, std::move(problem));
  --jobs_;
  changed();
}

Task<> Space::start_ended(std::size_t slot, Life::Ticket ticket, std::string problem) {
  if (!problem.empty() && life_.start_wanted(ticket)) {
    co_await look_for_engine();
  }
  if (!life_.start_wanted(ticket)) co_return;
  if (stopping_ && slots_[slot].next) {
    // Half-started: nothing of it is left behind.
    co_await remove_container(slots_[slot].next->container.id);
    slots_[slot].next.reset();
    co_return;
  }
  if (problem.empty()) {
    life_.start_ready(ticket);
    co_return;
  }
  message_ = without_secrets(problem);
  const Verdict verdict = life_.start_failed(ticket, BackOff::Clock::now());
  if (verdict.kind == Verdict::Kind::given_up && life_.want() != Want::deleted) {
    deployment_.error = message_;
    context_.database.save_deployment(deployment_);
  }
  co_await back_off(verdict);
}

}  // namespace runtime::supervise
