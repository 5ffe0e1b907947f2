#pragma once
// The root of a volume as a descriptor, whether a container uses it or not. Blocks.

#include <filesystem>
#include <string>

#include "gateway/net/descriptor.hpp"

namespace runtime::storage {

struct OpenedVolume {
  gw::net::Descriptor root;  ///< a folder; what is opened below it goes through `open_beneath`. Empty: `problem` says why
  std::string problem;
};

/// Mounts the file system of `device` where no path leads to, and where it is no matter whether it is mounted elsewhere too: it is
/// unmounted with the last descriptor, whoever crashes. No link of it is followed, no device in it opened.
OpenedVolume open_device(const std::filesystem::path& device);

/// The same of a folder of this machine.
OpenedVolume open_folder(const std::filesystem::path& folder);

}  // namespace runtime::storage
