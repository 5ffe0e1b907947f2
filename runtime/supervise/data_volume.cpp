#include "runtime/supervise/data_volume.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <set>

#include "runtime/state/trouble.hpp"
#include "runtime/storage/image.hpp"
#include "runtime/supervise/replica_plan.hpp"

namespace runtime::supervise {
namespace {

constexpr unsigned space_user = 1000;

std::string text_of(const engine::Error& error) {
  return error.hint.empty() ? error.message : error.message + "\n" + error.hint;
}

std::string volume_of(const Context& context, const std::string& space) {
  return volume_name(context.database.instance(), space);
}

// Made by an engine that remembers another place: what it has is a name, the data lie with us.
Task<> forget_if_moved(Context& context, const engine::Volume& volume, const std::string& device) {
  const auto remembered = volume.driver_options.find("device");
  if (remembered == volume.driver_options.end() || remembered->second == device) co_return;
  co_await context.engine.remove_volume(volume.name);
}

}  // namespace

unsigned outside_uid(const engine::Info& machine, unsigned inside) {
  const auto remaps = [](const std::string& option) { return option.starts_with("name=userns"); };
  if (std::none_of(machine.security.begin(), machine.security.end(), remaps)) return inside;
  const std::string folder = std::filesystem::path(machine.root_dir).filename();
  unsigned first = 0;
  const auto [end, error] = std::from_chars(folder.data(), folder.data() + folder.size(), first);
  const bool named = error == std::errc() && end != folder.data() + folder.size() && *end == '.';
  return named ? first + inside : inside;
}

bool rootless(const engine::Info& machine) {
  const auto says = [](const std::string& option) { return option.starts_with("name=rootless"); };
  return std::any_of(machine.security.begin(), machine.security.end(), says);
}

std::string why_plain(const Context& context) {
  if (context.node.defaults.volumes == "plain") return "spaceport.yaml says `volumes: plain`";
  return storage::SizedVolumes::unavailable(context.engine.capabilities().local, rootless(context.machine));
}

SpaceMount data_mount(const Context& context, const state::SpaceRecord& space) {
  return {"/data", volume_of(context, space.id), {}, {}, space.storage_bytes, false, false};
}

Task<DataVolume> prepare_mount(Context& context, std::string space, SpaceMount mount) {
  DataVolume out;
  if (mount.volume.empty()) {
    std::error_code error;
    const bool there = !context.engine.capabilities().local || std::filesystem::is_directory(mount.folder, error);
    if (!there)
      out.problem = fmt::format("the folder {} of the volume `{}` is not there\nmake it, or change spaceport.yaml",
                                mount.folder, mount.source);
    co_return out;
  }
  engine::VolumeSpec spec;
  spec.name = mount.volume;
  spec.labels = {{instance_label, context.database.instance()}};
  if (!mount.shared) spec.labels[space_label] = space;
  const unsigned owner = outside_uid(context.machine, space_user);
  auto there = co_await context.engine.inspect_volume(spec.name);
  const std::string plain = why_plain(context);
  // One that is plain stays so: its data are in it. One that is sized cannot be anything else.
  const bool was_sized = context.volumes.size_of(spec.name).has_value();
  const bool is_plain = there && there->driver_options.empty();
  out.sized = !is_plain && (was_sized || plain.empty());
  if (out.sized) {
    const std::string device = context.volumes.device_of(spec.name).string();
    auto ready = co_await context.volumes.attach(spec.name, mount.size, owner);
    out.problem = ready.problem;
    out.hold = ready.hold;
    if (!out.problem.empty()) co_return out;
    spec.driver_options = {{"type", "ext4"}, {"device", device}, {"o", "nosuid,nodev,discard"}};
    if (there) co_await forget_if_moved(context, *there, device);
  }
  auto volume = co_await context.engine.create_volume(spec);
  if (!volume) {
    out.problem = text_of(volume.error());
    co_return out;
  }
  out.mountpoint = volume->mountpoint;
  context.volume_use.mounted(spec.name, out.mountpoint);
  if (::chown(out.mountpoint.c_str(), owner, owner) != 0) {
    out.problem = fmt::format("{} cannot be given to uid {}: {}: {}\nrun serve as root", mount.path, owner, out.mountpoint,
                              std::strerror(errno));
  }
  co_return out;
}

Task<std::string> grow_mount(Context& context, std::string space, SpaceMount mount) {
  const DataVolume data = co_await prepare_mount(context, std::move(space), mount);
  if (!data.problem.empty() || !data.sized) co_return data.problem;
  co_return co_await context.volumes.grow(mount.volume, data.mountpoint);
}

Task<std::string> settle_mount(Context& context, std::string space, SpaceMount mount) {
  if (mount.volume.empty()) co_return std::string();
  const DataVolume data = co_await prepare_mount(context, space, mount);
  if (!data.problem.empty() || !data.sized) co_return data.problem;
  const std::string problem = co_await context.volumes.grow(mount.volume, data.mountpoint);
  // It is as good as it was: no reason not to serve.
  if (!problem.empty())
    spdlog::warn("{}: {} takes its new size when the Space starts after a pause: {}", space, mount.path, problem);
  co_return std::string();
}

Task<std::string> remove_volumes(Context& context, std::string space) {
  const std::vector<std::string> labels{fmt::format("{}={}", space_label, space),
                                        fmt::format("{}={}", instance_label, context.database.instance())};
  // An engine may have forgotten the volume, and the file be there all the same.
  std::set<std::string> names{volume_of(context, space)};
  auto found = co_await context.engine.list_volumes(labels);
  if (!found) co_return found.error().message;
  for (const auto& one : *found) names.insert(one.name);
  std::string problem;
  for (const auto& name : names) {
    auto removed = co_await context.engine.remove_volume(name);
    if (!removed && !removed.error().not_found()) {
      problem = removed.error().message;
      continue;
    }
    context.volumes.remove(name);
    context.volume_use.forget(name);
  }
  co_return problem;
}

void check_storage_grows(const Context& context, const std::string& space, std::uint64_t wanted) {
  const auto now = context.volumes.size_of(volume_of(context, space));
  if (!now || wanted == 0 || storage::image_size(wanted) >= *now) return;
  throw state::Trouble(
      state::Kind::bad_input,
      fmt::format("--storage {} is less than the {} that /data of {} has, and it can only grow",
                  config::to_string(config::Bytes{wanted}), config::to_string(config::Bytes{*now}), space),
      fmt::format("leave --storage out; to begin anew, `spaceport rm {} --data` removes it with all that is in it", space));
}

}  // namespace runtime::supervise
