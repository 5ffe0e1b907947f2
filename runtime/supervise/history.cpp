#include "runtime/supervise/history.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/state/trouble.hpp"

namespace runtime::supervise {

using state::DeploymentRecord;
using state::Kind;
using state::Trouble;

Tidying tidy(const Deployments& history, const std::set<std::int64_t>& in_use, unsigned images) {
  std::set<std::string> kept;
  for (const auto& one : history)
    if (!one.image.empty() && in_use.contains(one.n)) kept.insert(one.image);
  for (const auto& one : history)
    if (!one.image.empty() && kept.size() < images) kept.insert(one.image);
  std::set<std::int64_t> builders;
  Tidying out;
  for (std::size_t i = 0; i != history.size(); ++i) {
    const DeploymentRecord& one = history[i];
    const bool with_image = !one.image.empty() && kept.contains(one.image);
    const bool recent = i < kept_records || in_use.contains(one.n);
    // The name of a kept image is that of whoever built it.
    if (with_image && recent) builders.insert(one.origin != 0 ? one.origin : one.n);
    if (!one.image.empty() && !with_image) out.images.push_back(one.n);
    if (!recent && !builders.contains(one.n)) out.records.push_back(one.n);
  }
  return out;
}

namespace {

std::string numbers_of(const Deployments& history) {
  std::string text;
  for (const auto& one : history)
    if (!one.image.empty()) text += fmt::format("{}{}", text.empty() ? "" : ", ", one.n);
  return text.empty() ? "no image is kept" : "images are kept of " + text;
}

}  // namespace

DeploymentRecord rollback_target(const Deployments& history, const DeploymentRecord& now, std::int64_t n) {
  const std::string next = fmt::format("`spaceport deployments {}` shows what there is; {}", now.space, numbers_of(history));
  const auto found = std::find_if(history.begin(), history.end(), [&](const DeploymentRecord& one) {
    const bool before = one.status == state::DeploymentStatus::serving && !one.image.empty() && one.image != now.image;
    return n == 0 ? before : one.n == n;
  });
  if (found == history.end() && n == 0)
    throw Trouble(Kind::conflict, fmt::format("{} has no earlier version that has served and whose image is kept", now.space),
                  next);
  if (found == history.end()) throw Trouble(Kind::not_found, fmt::format("{} has no deployment {}", now.space, n), next);
  if (found->image.empty()) {
    const bool failed = found->status == state::DeploymentStatus::failed;
    throw Trouble(Kind::conflict,
                  fmt::format("deployment {} of {} has no image: {}", n, now.space,
                              failed ? "its build failed" : "it is not kept any more"),
                  next);
  }
  if (found->n == now.n)
    throw Trouble(Kind::conflict, fmt::format("deployment {} of {} is the wanted one already", n, now.space), next);
  return *found;
}

}  // namespace runtime::supervise
