#include "runtime/storage/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "config/text_check.hpp"

namespace runtime::storage {

Inside inside(std::string_view path) {
  if (path.empty()) return {{}, "is empty"};
  if (path.front() == '/') return {{}, "is an absolute path"};
  if (path.find('\0') != path.npos) return {{}, "holds a NUL byte"};
  Inside out;
  std::size_t depth = 0;
  for (std::size_t at = 0; at < path.size();) {
    const auto part = path.substr(at, std::min(path.find('/', at), path.size()) - at);
    at += part.size() + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return {{}, "leads out of it with `..`"};
    if (part.size() > NAME_MAX) return {{}, "has a name of more than 255 bytes in it"};
    if (++depth > most_depth) return {{}, "lies more than 100 folders deep"};
    if (!out.path.empty()) out.path += '/';
    out.path += part;
  }
  if (out.path.size() >= PATH_MAX) return {{}, "is longer than 4095 bytes"};
  return out;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? std::string() : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

gw::net::Descriptor open_beneath(int root, const std::string& path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  // Somebody renames a folder on the way at this very moment.
  constexpr int tries = 100;
  for (int i = 0; i != tries; ++i) {
    const long opened = ::syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof how);
    if (opened >= 0) return gw::net::Descriptor(static_cast<int>(opened));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return {};
}

std::string shown(std::string_view name) {
  constexpr std::size_t most = 200;
  std::string out = config::as_utf8(name.substr(0, most));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return name.size() > most ? out + "…" : out;
}

}  // namespace runtime::storage
