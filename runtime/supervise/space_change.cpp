// What the owner of a Space changes: another deployment and its undoing, settings, what is wanted.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/space.hpp"

namespace runtime::supervise {

void Space::deploy(state::SpaceRecord record, const std::string& readme, bool no_cache, bool followed, Settings before) {
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
  followed_ = followed;
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
  set_replicas(record_.replicas);
}

std::string Space::planned_mark() {
  try {
    return plan(0).mark;
  } catch (const state::Trouble& trouble) {
    spdlog::error("{}: {}", record_.id, trouble.what());
    return {};
  }
}

bool Space::is_as_planned(const Replica& replica, const std::string& mark) {
  const auto label = replica.container.labels.find(plan_label);
  return label != replica.container.labels.end() && label->second == mark;
}

// Routes, headers and titles in README.md, or a change that was undone: the containers are as they would be made now.
void Space::keep_what_is_the_same() {
  const std::string mark = serving() == nullptr ? std::string() : planned_mark();
  if (mark.empty() || unmount_first_) return;
  for (const auto& slot : slots_)
    if (slot.serving && !is_as_planned(*slot.serving, mark)) return;
  for (auto& slot : slots_) {
    if (!slot.serving) continue;
    slot.serving->card = card_;
    slot.serving->deployment = deployment_.n;
  }
  life_.keep();
  before_.reset();
  deployment_.status = state::DeploymentStatus::serving;
  context_.database.save_deployment(deployment_);
  note("KEPT", "nothing has changed that a running container could not take over");
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
  const auto left =
      serving() != nullptr ? context_.database.deployment(id(), serving()->deployment) : context_.database.latest_image(id());
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
  if (want != Want::running) awaited_ = false;
  changed();
}

void Space::set_sleep_after(std::int64_t seconds) {
  record_.sleep_after = seconds;
  context_.database.save_space(record_);
  changed();  // the gateway is told
}

void Space::set_replicas(std::int64_t replicas) {
  record_.replicas = replicas;
  context_.database.save_space(record_);
  life_.set_replicas(static_cast<std::size_t>(replicas));
  fit_slots();
  changed();
}

}  // namespace runtime::supervise
