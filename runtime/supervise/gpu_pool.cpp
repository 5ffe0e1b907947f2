#include "runtime/supervise/gpu_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace runtime::supervise {
namespace {

constexpr std::string_view uuid_prefix = "GPU-";

bool is_named(const Gpu& gpu, std::string_view name) {
  const bool part = name.starts_with(uuid_prefix) && name.size() > uuid_prefix.size();
  return name == gpu.number || (part && gpu.uuid.starts_with(name));
}

// `GPU UUID: \t GPU-…`, a line of the driver's file.
std::string value_of(const std::string& line, std::string_view key) {
  if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') return {};
  const auto first = line.find_first_not_of(" \t", key.size() + 1);
  return first == std::string::npos ? std::string() : line.substr(first);
}

}  // namespace

GpuPool::GpuPool(const std::vector<std::string>& ids, std::vector<Gpu> seen) : seen_(std::move(seen)) {
  for (const auto& id : ids)
    if (ours(id).empty()) ids_.push_back(id);  // a node file may name one twice, by both of its names
}

// What is named must be free as a whole; of a number the first that are free.
std::vector<std::string> GpuPool::pick(const Gpus& wanted, const std::map<std::string, std::string>& held) const {
  std::vector<std::string> picked;
  for (const auto& name : wanted.ids.empty() ? ids_ : wanted.ids) {
    const std::string id = ours(name);
    const bool twice = std::find(picked.begin(), picked.end(), id) != picked.end();
    if (!id.empty() && !twice && !held.contains(id)) picked.push_back(id);
  }
  const std::size_t need = wanted.ids.empty() ? (wanted.all ? ids_.size() : wanted.count) : wanted.ids.size();
  if (picked.size() < need) return {};
  picked.resize(need);
  return picked;
}

// By the name that we use, by the driver's other one, or by the beginning of a UUID, as NVIDIA's own tools take it.
std::string GpuPool::ours(std::string_view name) const {
  if (std::find(ids_.begin(), ids_.end(), name) != ids_.end()) return std::string(name);
  std::string found;
  for (const auto& id : ids_) {
    const auto same = std::find_if(seen_.begin(), seen_.end(), [&](const Gpu& gpu) { return is_named(gpu, id); });
    if (same == seen_.end() || !is_named(*same, name)) continue;
    if (!found.empty()) return {};
    found = id;
  }
  return found;
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
  for (const auto& id : ids)
    if (const std::string known = ours(id); !known.empty()) held_[known] = holder;
}

void GpuPool::rename(const std::string& from, const std::string& to) {
  for (auto& [id, holder] : held_)
    if (holder == from) holder = to;
}

void GpuPool::release(const std::string& holder) {
  std::erase_if(held_, [&](const auto& one) { return one.second == holder; });
}

std::vector<std::string> GpuPool::held_by(const std::string& holder) const {
  std::vector<std::string> ids;
  for (const auto& [id, by] : held_)
    if (by == holder) ids.push_back(id);
  return ids;
}

std::vector<Gpu> gpus_of_this_machine(const std::string& folder) {
  std::error_code none;
  // One folder for each, named by its address on the bus.
  std::vector<std::filesystem::path> devices;
  for (auto at = std::filesystem::directory_iterator(folder, none); !none && at != std::filesystem::directory_iterator(); ++at)
    devices.push_back(at->path());
  std::sort(devices.begin(), devices.end());
  std::vector<Gpu> gpus;
  for (const auto& device : devices) {
    Gpu gpu;
    bool excluded = false;
    std::ifstream information(device / "information");
    for (std::string line; std::getline(information, line);) {
      if (auto value = value_of(line, "GPU UUID"); !value.empty()) gpu.uuid = std::move(value);
      if (auto value = value_of(line, "Model"); !value.empty()) gpu.model = std::move(value);
      excluded = excluded || value_of(line, "GPU Excluded") == "Yes";
    }
    // What the administrator keeps from programs has no number.
    if (excluded) continue;
    if (gpu.uuid.find('?') != std::string::npos) gpu.uuid.clear();
    gpu.number = std::to_string(gpus.size());
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

GpuPool pool_of(const std::vector<std::string>& named, const std::string& folder) {
  auto seen = gpus_of_this_machine(folder);
  std::vector<std::string> ids = named;
  if (ids.empty())
    for (const auto& gpu : seen) ids.push_back(gpu.number);
  return GpuPool(ids, std::move(seen));
}

std::string in_words(const std::vector<Gpu>& gpus) {
  if (gpus.empty()) return {};
  std::string models;
  for (const auto& gpu : gpus)
    if (models.find(gpu.model) == std::string::npos) models += (models.empty() ? "" : ", ") + gpu.model;
  return fmt::format("{} GPU{}{}", gpus.size(), gpus.size() == 1 ? "" : "s", models.empty() ? "" : " (" + models + ")");
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
