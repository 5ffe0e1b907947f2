#include "runtime/storage/planter.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "config/units.hpp"
#include "runtime/isolation/disk_use.hpp"
#include "runtime/storage/attributes.hpp"
#include "runtime/storage/beneath.hpp"

namespace runtime::storage {
namespace {

using gw::net::Descriptor;
using Trouble = Planter::Trouble;

/// Of the bits of a mode those that say who may do what; nothing runs as somebody else.
constexpr mode_t kept_mode = 0777 | S_ISVTX;

[[noreturn]] void fail(const std::string& path) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  if (full) throw Trouble{fmt::format("there is no room left for `{}`", shown(path)), true, false};
  if (error == ELOOP || error == ENOTDIR) {
    throw Trouble{fmt::format("on the way to `{}` there is a link or a file, and nothing is written through one", shown(path))};
  }
  throw Trouble{fmt::format("`{}` cannot be written: {}", shown(path), std::strerror(error))};
}

[[noreturn]] void in_the_way(const std::string& path) {
  throw Trouble{fmt::format("`{}` is there already", shown(path)), false, true};
}

timespec modified_of(archive_entry* entry) {
  if (archive_entry_mtime_is_set(entry) == 0) return {0, UTIME_NOW};
  return {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
}

bool set_modified(int folder, const char* name, timespec modified, int flags) {
  const timespec times[2] = {{0, UTIME_NOW}, modified};
  return ::utimensat(folder, name, times, flags) == 0;
}

// Data that the entry says it brings: a file with holes brings less than its size.
std::uint64_t data_size(archive_entry* entry) {
  if (archive_entry_sparse_reset(entry) == 0)
    return static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_size(entry)));
  std::uint64_t sum = 0;
  la_int64_t offset = 0;
  la_int64_t size = 0;
  while (archive_entry_sparse_next(entry, &offset, &size) == ARCHIVE_OK)
    sum += static_cast<std::uint64_t>(std::max<la_int64_t>(0, size));
  return sum;
}

bool below(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
}

}  // namespace

Descriptor Planter::parent_of(const std::string& path) {
  auto opened = open_beneath(root_, folder_of(path), O_RDONLY | O_DIRECTORY);
  if (opened) return opened;
  if (errno != ENOENT) fail(path);
  return make_parent(path);
}

// Archives may leave folders out.
Descriptor Planter::make_parent(const std::string& path) {
  const std::string wanted = folder_of(path);
  for (std::size_t end = wanted.find('/');; end = wanted.find('/', end + 1)) {
    const std::string part = wanted.substr(0, end);
    const auto around = open_beneath(root_, folder_of(part), O_RDONLY | O_DIRECTORY);
    if (!around) fail(path);
    const bool made = ::mkdirat(around.get(), name_of(part).c_str(), 0755) == 0;
    if (!made && errno != EEXIST) fail(path);
    if (made) give(around.get(), name_of(part), part);
    if (end == wanted.npos) break;
  }
  auto opened = open_beneath(root_, wanted, O_RDONLY | O_DIRECTORY);
  if (!opened) fail(path);
  return opened;
}

void Planter::give(int folder, const std::string& name, const std::string& path) const {
  if (::fchownat(folder, name.c_str(), options_.owner, options_.owner, AT_SYMLINK_NOFOLLOW) != 0) fail(path);
}

void Planter::place(const std::string& path, const std::function<int(int parent, const char* name)>& put) {
  const Descriptor parent = parent_of(path);
  const std::string name = name_of(path);
  if (put(parent.get(), name.c_str()) == 0) return;
  if (errno != EEXIST) fail(path);
  if (!options_.replace) in_the_way(path);
  // Another name first, then in its place: there is always one of the two.
  const std::string other = fmt::format(".spaceport-import-{}-{}", ::getpid(), ++serial_);
  if (put(parent.get(), other.c_str()) != 0) fail(path);
  if (::renameat(parent.get(), other.c_str(), parent.get(), name.c_str()) == 0) {
    // Two names of one file are left as they are, by rename(2).
    ::unlinkat(parent.get(), other.c_str(), 0);
    return;
  }
  const int error = errno;
  ::unlinkat(parent.get(), other.c_str(), 0);
  if (error == EISDIR || error == ENOTEMPTY || error == EEXIST) {
    throw Trouble{fmt::format("`{}` is a folder, which is not replaced by something else", shown(path)), false, false};
  }
  errno = error;
  fail(path);
}

void Planter::folder(const std::string& path, archive_entry* entry) {
  leave_folders(path);
  if (path.empty()) return;  // the root is what it is
  const Descriptor parent = parent_of(path);
  const std::string name = name_of(path);
  bool made = ::mkdirat(parent.get(), name.c_str(), 0700) == 0;
  auto opened = open_beneath(parent.get(), name, O_RDONLY | O_DIRECTORY);
  if (!opened && (errno == ENOTDIR || errno == ELOOP)) {
    if (!options_.replace) throw Trouble{fmt::format("`{}` is there already, and is no folder", shown(path)), false, true};
    made = ::unlinkat(parent.get(), name.c_str(), 0) == 0 && ::mkdirat(parent.get(), name.c_str(), 0700) == 0;
    opened = open_beneath(parent.get(), name, O_RDONLY | O_DIRECTORY);
  }
  if (!opened) fail(path);
  if (made) take_room(0);
  // One that was there before keeps what its owner has given it, unless it is replaced.
  if (!made && !options_.replace) return;
  set_attributes(opened.get(), entry);
  if (::fchown(opened.get(), options_.owner, options_.owner) != 0 ||
      ::fchmod(opened.get(), archive_entry_perm(entry) & kept_mode) != 0) {
    fail(path);
  }
  entered_.push_back({path, modified_of(entry)});
}

void Planter::link(const std::string& path, const std::string& target, archive_entry* entry) {
  leave_folders(path);
  if (target.empty()) throw Trouble{fmt::format("the link `{}` leads nowhere", shown(path))};
  take_room(0);
  place(path, [&](int parent, const char* name) {
    if (::symlinkat(target.c_str(), parent, name) != 0) return -1;
    give(parent, name, path);
    set_modified(parent, name, modified_of(entry), AT_SYMLINK_NOFOLLOW);
    return 0;
  });
}

void Planter::second_name(const std::string& path, const std::string& target) {
  leave_folders(path);
  const Descriptor first = open_beneath(root_, target, O_PATH | O_NOFOLLOW);
  struct stat status {};
  if (!first || ::fstat(first.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Trouble{fmt::format("`{}` is another name for `{}`, which is no file here", shown(path), shown(target))};
  }
  const std::string itself = fmt::format("/proc/self/fd/{}", first.get());
  place(path,
        [&](int parent, const char* name) { return ::linkat(AT_FDCWD, itself.c_str(), parent, name, AT_SYMLINK_FOLLOW); });
}

std::uint64_t Planter::file(const std::string& path, archive_entry* entry, const NextPart& next) {
  leave_folders(path);
  if (path.empty()) throw Trouble{"a file has no name"};
  check_room(path, data_size(entry));
  const Descriptor parent = parent_of(path);
  struct stat there {};
  if (!options_.replace && ::fstatat(parent.get(), name_of(path).c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) in_the_way(path);
  // Without a name until it is whole: whatever ends us, nothing half is left.
  const Descriptor made(::openat(parent.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!made) fail(path);
  const auto bytes = fill(made.get(), path, next);
  const la_int64_t size = std::max<la_int64_t>(0, archive_entry_size(entry));
  if (::ftruncate(made.get(), size) != 0) fail(path);
  set_attributes(made.get(), entry);
  if (::fchown(made.get(), options_.owner, options_.owner) != 0 ||
      ::fchmod(made.get(), archive_entry_perm(entry) & kept_mode) != 0) {
    fail(path);
  }
  const timespec times[2] = {{0, UTIME_NOW}, modified_of(entry)};
  ::futimens(made.get(), times);
  const std::string itself = fmt::format("/proc/self/fd/{}", made.get());
  place(path,
        [&](int folder, const char* name) { return ::linkat(AT_FDCWD, itself.c_str(), folder, name, AT_SYMLINK_FOLLOW); });
  return bytes;
}

std::uint64_t Planter::fill(int file, const std::string& path, const NextPart& next) {
  std::uint64_t written = 0;
  take_room(0);
  for (Part part; next(part);) {
    if (room_) take_room(part.bytes.size());
    while (!part.bytes.empty()) {
      const auto n = ::pwrite(file, part.bytes.data(), part.bytes.size(), static_cast<off_t>(part.offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path);
      part.bytes.remove_prefix(static_cast<std::size_t>(n));
      part.offset += static_cast<std::uint64_t>(n);
      written += static_cast<std::uint64_t>(n);
    }
  }
  return written;
}

// Said before anything of it is written, where it says how large it is.
void Planter::check_room(const std::string& path, std::uint64_t bytes) const {
  struct statfs seen {};
  std::uint64_t left = room_.value_or(UINT64_MAX);
  if (::fstatfs(root_, &seen) == 0)
    left = std::min(left, static_cast<std::uint64_t>(seen.f_bavail) * static_cast<std::uint64_t>(seen.f_bsize));
  if (bytes <= left) return;
  throw Trouble{fmt::format("`{}` has {} bytes, and there is room for {}", shown(path), bytes, left), true, false};
}

// Where the file system is not bounded itself. What has no data takes an inode.
void Planter::take_room(std::uint64_t bytes) {
  if (!room_) return;
  const std::uint64_t taken = std::max(bytes, bytes == 0 ? isolation::least_for_a_file : 0);
  if (taken > *room_) throw Trouble{"there is no room left", true, false};
  *room_ -= taken;
}

// A folder gets its time when nothing more is put into it: that would change it.
void Planter::leave_folders(const std::string& path) {
  while (!entered_.empty() && !below(path, entered_.back().path)) {
    set_times(entered_.back());
    entered_.pop_back();
  }
}

void Planter::set_times(const Times& times) const {
  if (const auto opened = open_beneath(root_, times.path, O_RDONLY | O_DIRECTORY)) {
    const timespec both[2] = {{0, UTIME_NOW}, times.modified};
    ::futimens(opened.get(), both);
  }
}

void Planter::settle() {
  leave_folders("");
  if (::syncfs(root_) != 0)
    throw Trouble{fmt::format("the disk does not take it: {}", std::strerror(errno)), errno == ENOSPC, false};
}

}  // namespace runtime::storage
