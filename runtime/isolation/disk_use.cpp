#include "runtime/isolation/disk_use.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "gateway/net/descriptor.hpp"

namespace runtime::isolation {
namespace {

using gw::net::Descriptor;

// Folders that are still to be entered, by their handles (open_by_handle_at(2)): no path can be too long for it, none is followed
// to somewhere else, and one that was moved meanwhile is found where it is. A stack in one piece of memory, some 15 bytes each.
class Folders {
 public:
  bool push(int parent, const char* name) {
    Handle handle;
    int mount = 0;
    handle.head()->handle_bytes = MAX_HANDLE_SZ;
    if (::name_to_handle_at(parent, name, handle.head(), &mount, 0) != 0) return false;
    const auto size = static_cast<unsigned char>(handle.head()->handle_bytes);
    const int type = handle.head()->handle_type;
    packed_.append(reinterpret_cast<const char*>(handle.head()->f_handle), size);
    packed_.append(reinterpret_cast<const char*>(&type), sizeof type);
    packed_ += static_cast<char>(size);
    return true;
  }

  /// Opens the last one; an empty descriptor when it is gone.
  Descriptor pop(int mount) {
    Handle handle;
    handle.head()->handle_bytes = take<unsigned char>();
    handle.head()->handle_type = take<int>();
    const auto size = handle.head()->handle_bytes;
    std::memcpy(handle.head()->f_handle, packed_.data() + packed_.size() - size, size);
    packed_.erase(packed_.size() - size);
    return Descriptor(::open_by_handle_at(mount, handle.head(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  }

  bool empty() const noexcept { return packed_.empty(); }

 private:
  struct Handle {
    alignas(file_handle) char bytes[sizeof(file_handle) + MAX_HANDLE_SZ];
    file_handle* head() { return reinterpret_cast<file_handle*>(bytes); }
  };

  template <class T>
  T take() {
    T out;
    std::memcpy(&out, packed_.data() + packed_.size() - sizeof out, sizeof out);
    packed_.erase(packed_.size() - sizeof out);
    return out;
  }

  std::string packed_;
};

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

std::uint64_t weight(const struct stat& status) {
  constexpr std::uint64_t block = 512;
  const auto blocks = static_cast<std::uint64_t>(status.st_blocks) * block;
  // A file with several names is one file: each name carries its share.
  const auto names = S_ISDIR(status.st_mode) ? 1 : std::max<std::uint64_t>(1, status.st_nlink);
  return std::max(blocks / names, least_for_a_file / names);
}

}  // namespace

std::optional<std::uint64_t> disk_use(const std::string& folder, std::uint64_t enough) {
  const Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat top {};
  Folders left;
  if (!root || ::fstat(root.get(), &top) != 0 || !left.push(root.get(), ".")) return std::nullopt;
  std::uint64_t total = 0;
  while (!left.empty() && total <= enough) {
    Descriptor opened = left.pop(root.get());
    if (!opened) continue;
    const int fd = opened.get();
    const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(fd));
    if (!entries) continue;
    opened.release();
    while (total <= enough) {
      const dirent* entry = ::readdir(entries.get());
      if (entry == nullptr) break;
      if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
      struct stat status {};
      if (::fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || status.st_dev != top.st_dev) continue;
      total += weight(status);
      if (S_ISDIR(status.st_mode)) left.push(fd, entry->d_name);
    }
  }
  return total;
}

}  // namespace runtime::isolation
