#pragma once
// Loop devices (loop(4)): a file as a block device. They are let go by the kernel as soon as nobody uses them any more, so that none
// outlives what it was for, whoever crashes. Blocks for a moment.

#include <cstdint>
#include <filesystem>
#include <string>

#include "gateway/net/descriptor.hpp"

namespace runtime::storage {

struct LoopDevice {
  gw::net::Descriptor held;  ///< keeps it attached; empty: there is none, and `problem` says why
  std::string path;          ///< `/dev/loop3`
  std::string problem;
};

/// Why there can be none here; empty: there can.
std::string no_loop_devices();

/// The device behind which the file already is; empty where it is behind none.
LoopDevice find_loop_device(const std::filesystem::path& image);

/// The same, or a free one. A file behind two devices would be damaged: only one process at a time may call this.
LoopDevice attach_loop_device(const std::filesystem::path& image);

/// The file has grown: so does the device.
bool renew_capacity(const LoopDevice& device);

}  // namespace runtime::storage
