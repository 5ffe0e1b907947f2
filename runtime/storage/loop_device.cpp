#include "runtime/storage/loop_device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace runtime::storage {
namespace {

using gw::net::Descriptor;
namespace fs = std::filesystem;

constexpr const char* control = "/dev/loop-control";

bool is_behind(int device, const struct stat& file) {
  loop_info64 info{};
  return ::ioctl(device, LOOP_GET_STATUS64, &info) == 0 && info.lo_inode == file.st_ino && info.lo_device == file.st_dev;
}

std::string system_words() { return std::strerror(errno); }

}  // namespace

std::string no_loop_devices() {
  const Descriptor opened(::open(control, O_RDWR | O_CLOEXEC));
  return opened ? std::string() : fmt::format("{}: {}", control, system_words());
}

LoopDevice find_loop_device(const fs::path& image) {
  struct stat file {};
  if (::stat(image.c_str(), &file) != 0) return {};
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/sys/block", none)) {
    const std::string name = entry.path().filename();
    // Those that are free have no folder `loop`.
    if (!name.starts_with("loop") || !fs::exists(entry.path() / "loop", none)) continue;
    LoopDevice found{Descriptor(::open(("/dev/" + name).c_str(), O_RDWR | O_CLOEXEC)), "/dev/" + name, {}};
    if (found.held && is_behind(found.held.get(), file)) return found;
  }
  return {};
}

LoopDevice attach_loop_device(const fs::path& image) {
  if (LoopDevice there = find_loop_device(image); there.held) return there;
  const Descriptor file(::open(image.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return {{}, {}, fmt::format("{}: {}", image.string(), system_words())};
  const Descriptor controller(::open(control, O_RDWR | O_CLOEXEC));
  if (!controller) return {{}, {}, fmt::format("{}: {}", control, system_words())};
  // Somebody else may take the one that is free between the two calls.
  constexpr int tries = 16;
  LoopDevice out;
  for (int i = 0; i != tries; ++i) {
    const int number = ::ioctl(controller.get(), LOOP_CTL_GET_FREE);
    if (number < 0) return {{}, {}, fmt::format("there is no free loop device: {}", system_words())};
    out.path = fmt::format("/dev/loop{}", number);
    out.held.reset(::open(out.path.c_str(), O_RDWR | O_CLOEXEC));
    if (!out.held) return {{}, {}, fmt::format("{}: {}", out.path, system_words())};
    loop_config config{};
    config.fd = static_cast<std::uint32_t>(file.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    std::strncpy(reinterpret_cast<char*>(config.info.lo_file_name), image.c_str(), LO_NAME_SIZE - 1);
    if (::ioctl(out.held.get(), LOOP_CONFIGURE, &config) == 0) return out;
    if (errno != EBUSY) return {{}, {}, fmt::format("{} does not take {}: {}", out.path, image.string(), system_words())};
  }
  return {{}, {}, "loop devices are taken faster than we are"};
}

bool renew_capacity(const LoopDevice& device) { return ::ioctl(device.held.get(), LOOP_SET_CAPACITY, 0) == 0; }

}  // namespace runtime::storage
