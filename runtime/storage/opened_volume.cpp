#include "runtime/storage/opened_volume.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace runtime::storage {
namespace {

using gw::net::Descriptor;

#ifndef MOUNT_ATTR_NOSYMFOLLOW
constexpr unsigned MOUNT_ATTR_NOSYMFOLLOW = 0x00200000;
#endif

OpenedVolume wrong(const std::filesystem::path& what) {
  return {{}, fmt::format("{} cannot be opened: {}", what.string(), std::strerror(errno))};
}

}  // namespace

OpenedVolume open_device(const std::filesystem::path& device) {
  const Descriptor context(::fsopen("ext4", FSOPEN_CLOEXEC));
  // The options that the engine mounts it with: who comes first decides for both.
  const bool made = context && ::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", device.c_str(), 0) == 0 &&
                    ::fsconfig(context.get(), FSCONFIG_SET_FLAG, "discard", nullptr, 0) == 0 &&
                    ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
  if (!made) return wrong(device);
  const Descriptor mounted(::fsmount(context.get(), FSMOUNT_CLOEXEC,
                                     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW));
  if (!mounted) return wrong(device);
  OpenedVolume out{Descriptor(::openat(mounted.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), {}};
  return out.root ? std::move(out) : wrong(device);
}

OpenedVolume open_folder(const std::filesystem::path& folder) {
  OpenedVolume out{Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)), {}};
  return out.root ? std::move(out) : wrong(folder);
}

}  // namespace runtime::storage
