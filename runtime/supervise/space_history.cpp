// What a Space keeps of its earlier deployments, and how it goes back to one.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/history.hpp"
#include "runtime/supervise/space.hpp"

namespace runtime::supervise {

void Space::roll_back(const state::DeploymentRecord& to) {
  if (!before_) before_ = Settings{record_, {}, {}};
  const std::int64_t n = context_.database.add_rollback(to);
  deployment_ = *context_.database.deployment(id(), n);
  card_ = config::read_front_matter(deployment_.readme, "README.md").value;
  if (build_ != nullptr) build_->cancel();
  message_.clear();
  note("rollback", fmt::format("deployment {} is the image of deployment {}", n, deployment_.origin));
  life_.roll_back();
  set_want(Want::running);
}

// Behind a build and behind every change of what serves. What the engine does not let go of yet is tried again the next time.
Task<> Space::tidy_job() {
  std::set<std::int64_t> in_use{deployment_.n};
  for (const auto& slot : slots_) {
    if (slot.serving) in_use.insert(slot.serving->deployment);
    if (slot.next) in_use.insert(slot.next->deployment);
  }
  auto& database = context_.database;
  try {
    const Tidying old = tidy(database.deployments(id()), in_use, context_.node.keep_images);
    for (const std::int64_t n : old.images) {
      auto record = database.deployment(id(), n);
      if (!record || stopping_) continue;
      if (record->origin == 0) {
        const auto removed = co_await context_.engine.remove_image(tag(n), false);
        if (!removed && !removed.error().not_found()) continue;
      }
      record->image.clear();
      database.save_deployment(*record);
    }
    for (const std::int64_t n : old.records) {
      co_await context_.engine.remove_image(tag(n), false);
      std::error_code gone;
      std::filesystem::remove(build_log_of(n), gone);
      database.erase_deployment(id(), n);
    }
  } catch (const state::Trouble& trouble) {
    spdlog::warn("{}: what is old stays: {}", id(), trouble.what());
  }
  --jobs_;
  changed();
}

void Space::begin_to_tidy() {
  if (stopping_ || life_.want() == Want::deleted) return;
  ++jobs_;
  context_.worker.spawn(tidy_job());
}

}  // namespace runtime::supervise
