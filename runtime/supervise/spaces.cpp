#include "runtime/supervise/spaces.hpp"

#include <fmt/format.h>

#include <string_view>

#include "config/suggest.hpp"
#include "runtime/state/trouble.hpp"

namespace runtime::supervise {
namespace {

// The nearest id, or the only Space of that name whose owner was left out or mistaken.
std::string nearest(const std::string& id, const std::vector<std::string_view>& ids) {
  if (auto hint = config::did_you_mean(id, ids); !hint.empty()) return hint;
  const auto name = [](std::string_view of) { return of.substr(of.find('/') + 1); };
  std::vector<std::string_view> same;
  for (const auto each : ids)
    if (name(each) == name(id)) same.push_back(each);
  return same.size() == 1 ? fmt::format("; did you mean \"{}\"?", same.front()) : std::string();
}

}  // namespace

Space* Spaces::find(const std::string& id) const {
  const auto found = spaces_.find(id);
  return found == spaces_.end() ? nullptr : found->second.get();
}

Space& Spaces::at(const std::string& id) const {
  if (Space* const found = find(id)) return *found;
  std::vector<std::string_view> ids;
  for (const auto& [each, space] : spaces_) ids.push_back(each);
  throw state::Trouble(state::Kind::not_found, fmt::format("there is no Space `{}`{}", id, nearest(id, ids)),
                       "`spaceport ls` shows what there is");
}

std::vector<Space*> Spaces::all() const {
  std::vector<Space*> all;
  for (const auto& [id, space] : spaces_) all.push_back(space.get());
  return all;
}

Space& Spaces::add(std::unique_ptr<Space> space) {
  auto& slot = spaces_[space->id()];
  slot = std::move(space);
  return *slot;
}

}  // namespace runtime::supervise
