#pragma once
// Volumes that hold as much as was asked for and no more: file systems in files of the state folder, which the engine mounts through
// loop devices. Main thread; what blocks is done beside it.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/net/task.hpp"
#include "gateway/net/worker.hpp"
#include "runtime/storage/loop_device.hpp"

namespace runtime::storage {

class SizedVolumes {
 public:
  SizedVolumes(gw::net::Worker& worker, std::filesystem::path folder) : worker_(worker), folder_(std::move(folder)) {}

  /// Why there are none on this machine; empty: there are. `local`: the engine shares our kernel; `rootless`: it may not mount.
  static std::string unavailable(bool local, bool rootless);

  /// Keeps the device until the engine has mounted it; from then on the mount does.
  using Hold = std::shared_ptr<LoopDevice>;
  struct Ready {
    Hold hold;
    std::string problem;
  };
  /// Makes the volume where it is not there yet, larger where it is smaller, and attaches it. Call it before each start.
  gw::net::Task<Ready> attach(std::string name, std::uint64_t size, uid_t owner);
  /// What the engine mounts: a link to whichever device it is this time. The engine remembers the name for years.
  std::filesystem::path device_of(const std::string& name) const { return folder_ / (name + ".device"); }
  /// The file system that the engine has mounted at `mountpoint` takes all of its file. Answers what is wrong.
  gw::net::Task<std::string> grow(std::string name, std::string mountpoint);

  /// Is it there, and smaller than `size`, or has its file grown and its file system not?
  bool falls_short(const std::string& name, std::uint64_t size) const;
  /// Is it mounted, or about to be?
  bool in_use(const std::string& name) const { return static_cast<bool>(find_loop_device(image_of(name)).held); }

  /// How large it is; nothing: there is no such volume.
  std::optional<std::uint64_t> size_of(const std::string& name) const;
  /// What can be put into it, and how much of that is in use. Blocks for a moment; on any thread. Nothing: it is not known.
  struct Use {
    std::uint64_t room = 0;
    std::uint64_t used = 0;
    friend bool operator==(const Use&, const Use&) = default;
  };
  /// `mountpoint`: where the engine mounts it when it is used; may be empty.
  std::optional<Use> use_of(const std::string& name, const std::string& mountpoint) const;
  /// Forgets it with all that is in it. The engine must have let it go.
  void remove(const std::string& name) const;

 private:
  std::filesystem::path image_of(const std::string& name) const { return folder_ / (name + ".ext4"); }

  gw::net::Worker& worker_;
  std::filesystem::path folder_;
  /// Two replicas that start at once would put one file behind two devices. Held beside the main thread only.
  std::shared_ptr<std::mutex> one_at_a_time_ = std::make_shared<std::mutex>();
};

}  // namespace runtime::storage
