#include "runtime/storage/image.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "gateway/net/descriptor.hpp"
#include "runtime/isolation/tool.hpp"

namespace runtime::storage {
namespace {

using gw::net::Descriptor;
using isolation::find_tool;
using isolation::Ran;
using isolation::run_tool_here;
namespace fs = std::filesystem;

// Not in the headers of user space: fs/ext4/ext4.h.
constexpr unsigned long resize_request = _IOW('f', 16, std::uint64_t);
constexpr std::chrono::minutes patience{5};

std::string of_file(const fs::path& file) { return fmt::format("{}: {}", file.string(), std::strerror(errno)); }

std::string of_tool(const std::string& tool, const Ran& ran) { return fmt::format("{} failed: {}", tool, ran.reason()); }

std::string fill(const fs::path& image, std::uint64_t size, uid_t owner) {
  const std::string mkfs = find_tool("mkfs.ext4");
  std::vector<std::string> command{
      mkfs, "-q", "-F", "-m", "0", "-E", fmt::format("root_owner={}:{},lazy_itable_init=0", owner, owner)};
  // The usual journal would be up to a gibibyte that is written at once.
  constexpr std::uint64_t large = 64 << 20;
  if (size >= large) command.insert(command.end(), {"-J", "size=16"});
  command.push_back(image.string());
  if (const Ran ran = run_tool_here(command, "", patience); !ran.good()) return of_tool(mkfs, ran);
  // An app may want an empty folder (a database does), and an image with a /data of its own is copied only into one.
  const std::string debugfs = find_tool("debugfs");
  const Ran ran = run_tool_here({debugfs, "-w", "-R", "rmdir lost+found", image.string()}, "", patience);
  return ran.good() ? std::string() : of_tool(debugfs, ran);
}

}  // namespace

std::uint64_t image_size(std::uint64_t wanted) noexcept {
  constexpr std::uint64_t block = 4096;
  constexpr std::uint64_t least = 1 << 20;
  return std::max(least, (wanted + block - 1) / block * block);
}

std::string no_image_tools() {
  for (const char* tool : {"mkfs.ext4", "debugfs", "e2fsck", "resize2fs"})
    if (find_tool(tool).empty()) return fmt::format("there is no {} here (Debian: e2fsprogs)", tool);
  return {};
}

std::string make_image(const fs::path& image, std::uint64_t size, uid_t owner) {
  // Under another name until it is whole: a lost machine leaves no half of one.
  const fs::path fresh = image.string() + ".new";
  std::error_code error;
  fs::remove(fresh, error);
  const Descriptor file(::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return of_file(fresh);
  std::string problem;
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) problem = of_file(fresh);
  if (problem.empty()) problem = fill(fresh, size, owner);
  if (problem.empty() && (::fsync(file.get()) != 0 || ::rename(fresh.c_str(), image.c_str()) != 0)) problem = of_file(fresh);
  if (!problem.empty()) fs::remove(fresh, error);
  return problem;
}

std::string check_image(const fs::path& image, bool whole) {
  const std::string tool = find_tool("e2fsck");
  std::vector<std::string> command{tool, "-p", image.string()};
  if (whole) command.emplace_back("-f");
  const Ran ran = run_tool_here(command, "", patience);
  constexpr int mended = 1;
  if (ran.code >= 0 && ran.code <= mended) return {};
  return fmt::format("the file system of /data is damaged: {}\nlook at it with `{} -f {}`", ran.reason(), tool, image.string());
}

std::string enlarge_image(const fs::path& image, std::uint64_t size) {
  return ::truncate(image.c_str(), static_cast<off_t>(size)) == 0 ? std::string() : of_file(image);
}

std::string grow_unmounted(const fs::path& image) {
  // It insists on a whole check before.
  if (auto problem = check_image(image, true); !problem.empty()) return problem;
  const std::string tool = find_tool("resize2fs");
  const Ran ran = run_tool_here({tool, image.string()}, "", patience);
  return ran.good() ? std::string() : of_tool(tool, ran);
}

namespace {

// The root of what is mounted at `folder`, where that is `device`; else empty, with the words for what is wrong, if anything is.
Descriptor open_mounted(const fs::path& folder, const fs::path& device, std::string& problem) {
  Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat below {};
  struct stat behind {};
  if (!opened || ::fstat(opened.get(), &below) != 0) {
    problem = of_file(folder);
    return {};
  }
  if (::stat(device.c_str(), &behind) != 0) {
    problem = of_file(device);
    return {};
  }
  return below.st_dev == behind.st_rdev ? std::move(opened) : Descriptor();
}

}  // namespace

std::optional<FileSystem> mounted_at(const fs::path& folder, const fs::path& device) {
  std::string none;
  const Descriptor opened = open_mounted(folder, device, none);
  struct statfs seen {};
  if (!opened || ::fstatfs(opened.get(), &seen) != 0) return std::nullopt;
  FileSystem out;
  out.blocks = static_cast<std::uint64_t>(seen.f_blocks);
  out.free_blocks = std::min(out.blocks, static_cast<std::uint64_t>(seen.f_bfree));
  out.block_size = static_cast<std::uint64_t>(seen.f_bsize);
  return out;
}

std::string grow_mounted(const fs::path& folder, const fs::path& device, std::uint64_t size) {
  std::string problem;
  const Descriptor opened = open_mounted(folder, device, problem);
  if (!opened) return problem;
  struct statfs seen {};
  if (::fstatfs(opened.get(), &seen) != 0) return of_file(folder);
  std::uint64_t blocks = size / static_cast<std::uint64_t>(seen.f_bsize);
  return ::ioctl(opened.get(), resize_request, &blocks) == 0 ? std::string() : of_file(folder);
}

}  // namespace runtime::storage
