#include "runtime/supervise/supervisor.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/history.hpp"

namespace runtime::supervise {

using state::Kind;
using state::Trouble;

Supervisor::Supervisor(Context& context)
    : context_(context),
      network_(context),
      engine_(context, spaces_, network_),
      idleness_(context, spaces_),
      guard_(context, spaces_, engine_, network_) {}

Space& Supervisor::take(state::SpaceRecord record) {
  Space& space = spaces_.add(std::make_unique<Space>(context_, std::move(record)));
  if (engine_.gone()) space.engine(Engine::gone);
  return space;
}

Task<> Supervisor::counted(Task<> work) {
  ++running_;
  co_await std::move(work);
  --running_;
}

void Supervisor::drive(Space& space) { context_.worker.spawn(counted(run(&space))); }

Task<> Supervisor::run(Space* space) {
  const std::string id = space->id();
  co_await space->drive();
  if (space->erased()) spaces_.erase(id);
}

Space& Supervisor::deploy(const Wish& wish) {
  auto& database = context_.database;
  check_settings(database, wish);
  const std::string readme = checked_readme(wish.folder);
  Space* known = spaces_.find(wish.id);
  if (known != nullptr && known->stage() == Stage::deleting) {
    throw Trouble(Kind::conflict, wish.id + " is being removed", "try again in a moment");
  }
  state::SpaceRecord record = record_with(wish, readme, context_);
  Settings before = settings_before(database, wish);
  // From here on only the disk can fail, and it leaves the old record in place.
  database.save_space(record);
  for (const auto& [key, value] : wish.variables) database.set_variable(wish.id, key, value);
  for (const auto& [key, value] : wish.secrets) database.set_secret(wish.id, key, value);
  record = *database.space(wish.id);
  Space& space = known != nullptr ? *known : take(record);
  space.deploy(record, readme, wish.no_cache, wish.wake, std::move(before));
  if (wish.wake) space.set_want(Want::running);
  if (known == nullptr) drive(space);
  return space;
}

Space& Supervisor::redeploy(const std::string& id, bool no_cache) {
  Space& found = space(id);
  Wish wish;
  wish.id = id;
  wish.folder = found.record().source;
  wish.no_cache = no_cache;
  return deploy(wish);
}

void Supervisor::settings_changed(const std::string& id) {
  Space& found = space(id);
  if (found.stage() == Stage::deleting) return;
  // A build of the folder would bring back what was gone back from.
  if (found.rolled_back()) {
    if (found.record().desired == state::Desired::running) found.restart();
    return;
  }
  Wish wish;
  wish.id = id;
  wish.folder = found.record().source;
  wish.wake = false;
  try {
    deploy(wish);
  } catch (const Trouble& trouble) {
    spdlog::warn("{}: its image stays as it is, because {}", id, trouble.what());
    if (found.record().desired == state::Desired::running) found.restart();
  }
}

Space& Supervisor::roll_back(const std::string& id, std::int64_t deployment) {
  Space& found = space(id);
  if (found.stage() == Stage::deleting)
    throw Trouble(Kind::conflict, id + " is being removed", "nothing is left to go back to");
  found.roll_back(rollback_target(context_.database.deployments(id), found.wanted(), deployment));
  return found;
}

Task<boost::json::object> Supervisor::go_back(std::string id, std::int64_t deployment, bool keep) {
  Space& meant = space(id);
  const bool given_up = (deployment == 0 || meant.deployment() == deployment) && meant.go_back(keep);
  // Looked up anew each time: it may be erased meanwhile.
  constexpr std::chrono::milliseconds look{20};
  constexpr std::chrono::seconds patience{30};
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto busy = [&] {
    const Space* const found = spaces_.find(id);
    return found != nullptr && (!found->at_rest() || found->stage() == Stage::deleting);
  };
  while (given_up && busy() && std::chrono::steady_clock::now() < until) co_await pause_for(context_.worker, look);
  boost::json::object left{{"event", "removed"}, {"space", id}};
  if (const Space* const found = spaces_.find(id)) left = found->stage_event();
  left["given_up"] = given_up;
  co_return left;
}

bool Supervisor::set_hardware(const std::string& id, const std::string& flavor) {
  Space& found = space(id);
  check_flavor(flavor, context_.node);
  state::SpaceRecord record = found.record();
  if (record.hardware == flavor) return false;
  record.hardware = flavor;
  context_.database.save_space(record);
  return found.set_hardware(std::move(record));
}

// A gateway that is too busy to answer is asked again; of one that has ended again its successor is told.
Task<> Supervisor::feed_all() {
  constexpr unsigned tries = 5;
  for (unsigned i = 0; i != tries; ++i) {
    const bool told = co_await context_.gateway.send_all();
    if (told) co_return;
    co_await pause_for(context_.worker, std::chrono::milliseconds(100));
  }
  spdlog::error("the gateway was not told of the Spaces: it does not answer");
}

Task<> Supervisor::attach_all() {
  for (Space* space : spaces_.all()) {
    for (const auto& container : space->containers()) {
      if (auto problem = context_.endpoints.attach(container)) spdlog::warn("{}: {}", space->id(), *problem);
    }
  }
  co_return;
}

Task<VolumeUse::Known> Supervisor::volume_use(const std::string& id) {
  std::vector<SpaceMount> mounts;
  for (const Space* space : spaces_.all()) {
    if (!id.empty() && space->id() != id) continue;
    for (auto& mount : space->mounts()) mounts.push_back(std::move(mount));
  }
  std::string ours = fmt::format("{}={}", instance_label, context_.database.instance());
  return context_.volume_use.look(std::move(mounts), std::move(ours));
}

Task<std::vector<SpaceUse>> Supervisor::use() {
  const auto traffic = co_await context_.gateway.traffic();
  std::vector<SpaceUse> all;
  for (const Space* space : spaces_.all()) {
    SpaceUse use;
    use.space = space;
    for (const auto& container : space->containers()) use.usage += usage_of(container.pid).value_or(Usage{});
    if (const auto counted = traffic.find(space->id()); counted != traffic.end()) use.traffic = counted->second;
    use.mounts = space->mounts();
    all.push_back(std::move(use));
  }
  co_return all;
}

Task<> Supervisor::begin() {
  for (auto& record : context_.database.spaces()) take(record);
  co_await engine_.reconcile();
  // Before the drivers begin: a gateway that has just started waits for the word that it knows all Spaces.
  for (const Space* space : spaces_.all()) context_.gateway.remember(space->id(), space->site());
  co_await feed_all();
  // After a restart of the machine all are started, a few at a time: those that were used last first.
  auto all = spaces_.all();
  std::stable_sort(all.begin(), all.end(),
                   [](const Space* a, const Space* b) { return a->record().last_used > b->record().last_used; });
  for (Space* space : all) drive(*space);
  context_.worker.spawn(counted(engine_.follow()));
  context_.gateway.when_succeeded([this] { idleness_.gateway_succeeded(); });
  context_.worker.spawn(counted(idleness_.hear_gateway()));
  context_.worker.spawn(counted(idleness_.keep_rest()));
  context_.worker.spawn(counted(guard_.keep()));
}

Task<> Supervisor::stop(bool containers_too) {
  engine_.stop();
  guard_.stop();
  co_await idleness_.stop();
  context_.events.close();
  for (Space* space : spaces_.all()) space->stop(containers_too);
  // An app has 10 seconds to end; a job that hangs on a hanging engine does not keep us.
  constexpr std::chrono::milliseconds look{10};
  constexpr std::chrono::seconds patience{15};
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!idle() && std::chrono::steady_clock::now() < until) co_await pause_for(context_.worker, look);
  if (engine_.answers()) co_await network_.remove();
}

}  // namespace runtime::supervise
