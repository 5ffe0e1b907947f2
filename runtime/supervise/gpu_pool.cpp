#include "runtime/supervise/gpu_pool.hpp"

#include <algorithm>
#include <filesystem>

namespace runtime::supervise {

// What is named must be free as a whole; of a number the first that are free.
std::vector<std::string> GpuPool::pick(const Gpus& wanted, const std::map<std::string, std::string>& held) const {
  std::vector<std::string> picked;
  const auto& candidates = wanted.ids.empty() ? ids_ : wanted.ids;
  for (const auto& id : candidates) {
    const bool ours = std::find(ids_.begin(), ids_.end(), id) != ids_.end();
    if (ours && !held.contains(id)) picked.push_back(id);
  }
  const std::size_t need = wanted.ids.empty() ? (wanted.all ? ids_.size() : wanted.count) : wanted.ids.size();
  if (picked.size() < need) return {};
  picked.resize(need);
  return picked;
}

std::optional<std::vector<std::string>> GpuPool::take(const Gpus& wanted, const std::string& holder) {
  auto picked = pick(wanted, held_);
  if (picked.empty()) return std::nullopt;
  for (const auto& id : picked) held_[id] = holder;
  return picked;
}

bool GpuPool::can_ever(const Gpus& wanted) const { return !pick(wanted, {}).empty(); }

bool GpuPool::would_fit_without(const Gpus& wanted, const std::string& holder) const {
  auto held = held_;
  std::erase_if(held, [&](const auto& one) { return one.second == holder; });
  return !pick(wanted, held).empty();
}

void GpuPool::adopt(const std::vector<std::string>& ids, const std::string& holder) {
  for (const auto& id : ids) held_[id] = holder;
}

void GpuPool::rename(const std::string& from, const std::string& to) {
  for (auto& [id, holder] : held_)
    if (holder == from) holder = to;
}

void GpuPool::release(const std::string& holder) {
  std::erase_if(held_, [&](const auto& one) { return one.second == holder; });
}

std::vector<std::string> gpus_of_this_machine(const std::string& folder) {
  std::error_code none;
  std::vector<std::string> ids;
  // One folder for each, named by its address on the bus; the driver numbers them in that order.
  for (auto at = std::filesystem::directory_iterator(folder, none); !none && at != std::filesystem::directory_iterator(); ++at)
    ids.push_back(std::to_string(ids.size()));
  return ids;
}

std::string join_ids(const std::vector<std::string>& ids) {
  std::string text;
  for (const auto& id : ids) text += (text.empty() ? "" : ",") + id;
  return text;
}

std::vector<std::string> split_ids(std::string_view text) {
  std::vector<std::string> ids;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    ids.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return ids;
}

}  // namespace runtime::supervise
