#include "runtime/storage/sized_volumes.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/isolation/aside.hpp"
#include "runtime/storage/image.hpp"
#include "runtime/storage/superblock.hpp"

namespace runtime::storage {
namespace {

namespace fs = std::filesystem;
using isolation::aside;

std::optional<std::uint64_t> length_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? std::nullopt : std::optional<std::uint64_t>(size);
}

// Replaced as a whole: there is always a link to some device.
std::string point(const fs::path& link, const std::string& device) {
  const fs::path fresh = link.string() + ".new";
  std::error_code error;
  fs::remove(fresh, error);
  if (::symlink(device.c_str(), fresh.c_str()) == 0 && ::rename(fresh.c_str(), link.c_str()) == 0) return {};
  return fmt::format("{}: {}", link.string(), std::strerror(errno));
}

// Does its file have room that the file system does not know of? Also when we were stopped between the two.
bool lags_behind(const fs::path& image) {
  const auto size = length_of(image);
  const auto now = read_superblock(image);
  return size && now && now->bytes() + now->block_size <= *size;
}

std::string make_ready(const fs::path& image, std::uint64_t size, uid_t owner, bool in_use) {
  const auto before = length_of(image);
  if (!before) return make_image(image, size, owner);
  std::string problem;
  if (*before < size) problem = enlarge_image(image, size);
  if (!problem.empty() || in_use) return problem;
  return lags_behind(image) ? grow_unmounted(image) : check_image(image);
}

SizedVolumes::Ready attach_here(const fs::path& image, const fs::path& link, std::uint64_t size, uid_t owner) {
  ::mkdir(image.parent_path().c_str(), 0700);
  auto device = std::make_shared<LoopDevice>(find_loop_device(image));
  const bool in_use = static_cast<bool>(device->held);
  std::string problem = make_ready(image, size, owner, in_use);
  if (!problem.empty()) return {nullptr, problem};
  if (!in_use) *device = attach_loop_device(image);
  if (!device->held) return {nullptr, device->problem};
  if (in_use) renew_capacity(*device);
  problem = point(link, device->path);
  if (!problem.empty()) return {nullptr, problem};
  return {std::move(device), {}};
}

}  // namespace

std::string SizedVolumes::unavailable(bool local, bool rootless) {
  if (::geteuid() != 0) return "serve does not run as root";
  if (!local) return "the engine runs elsewhere";
  if (rootless) return "the engine does not run as root";
  if (auto missing = no_image_tools(); !missing.empty()) return missing;
  return no_loop_devices();
}

gw::net::Task<SizedVolumes::Ready> SizedVolumes::attach(std::string name, std::uint64_t size, uid_t owner) {
  std::function<Ready()> work = [image = image_of(name), link = device_of(name), size = image_size(size), owner,
                                 alone = one_at_a_time_] {
    const std::scoped_lock lock(*alone);
    return attach_here(image, link, size, owner);
  };
  return aside<Ready>(worker_, std::move(work));
}

gw::net::Task<std::string> SizedVolumes::grow(std::string name, std::string mountpoint) {
  if (!lags_behind(image_of(name))) co_return std::string();
  std::function<std::string()> work = [mountpoint = std::move(mountpoint), device = device_of(name),
                                       size = size_of(name).value_or(0)] { return grow_mounted(mountpoint, device, size); };
  co_return co_await aside<std::string>(worker_, std::move(work));
}

bool SizedVolumes::falls_short(const std::string& name, std::uint64_t size) const {
  const auto now = size_of(name);
  return now && (*now < image_size(size) || lags_behind(image_of(name)));
}

std::optional<std::uint64_t> SizedVolumes::size_of(const std::string& name) const { return length_of(image_of(name)); }

std::optional<SizedVolumes::Use> SizedVolumes::use_of(const std::string& name, const std::string& mountpoint) const {
  if (const auto seen = mounted_at(mountpoint, device_of(name))) return Use{seen->room(), seen->used()};
  const auto seen = read_superblock(image_of(name));
  return seen ? std::optional(Use{seen->room(), seen->used()}) : std::nullopt;
}

void SizedVolumes::remove(const std::string& name) const {
  std::error_code gone;
  fs::remove(image_of(name), gone);
  fs::remove(device_of(name), gone);
}

}  // namespace runtime::storage
