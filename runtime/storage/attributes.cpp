#include "runtime/storage/attributes.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/xattr.h>

#include <cstring>
#include <string>
#include <string_view>

namespace runtime::storage {
namespace {

bool of_a_user(std::string_view name) { return name.starts_with("user."); }

}  // namespace

void add_attributes(int fd, archive_entry* entry) {
  const ssize_t size = ::flistxattr(fd, nullptr, 0);
  if (size <= 0) return;
  std::string names(static_cast<std::size_t>(size), '\0');
  const ssize_t got = ::flistxattr(fd, names.data(), names.size());
  if (got <= 0) return;
  names.resize(static_cast<std::size_t>(got));
  for (std::size_t at = 0; at < names.size(); at += std::strlen(names.c_str() + at) + 1) {
    const char* name = names.c_str() + at;
    const ssize_t length = of_a_user(name) ? ::fgetxattr(fd, name, nullptr, 0) : -1;
    if (length < 0) continue;
    std::string value(static_cast<std::size_t>(length), '\0');
    const ssize_t read = ::fgetxattr(fd, name, value.data(), value.size());
    if (read >= 0) archive_entry_xattr_add_entry(entry, name, value.data(), static_cast<std::size_t>(read));
  }
}

void set_attributes(int fd, archive_entry* entry) {
  archive_entry_xattr_reset(entry);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
    if (name != nullptr && of_a_user(name)) ::fsetxattr(fd, name, value, size, 0);
}

}  // namespace runtime::storage
