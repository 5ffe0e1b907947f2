#pragma once
// The attributes that users give to files (`user.*`, xattr(7)). Those of the system (capabilities, access lists) are rights, and not kept.

struct archive_entry;

namespace runtime::storage {

/// Those of `fd` become those of the entry.
void add_attributes(int fd, archive_entry* entry);

/// Those of the entry become those of `fd`. What the file system does not take is left out.
void set_attributes(int fd, archive_entry* entry);

}  // namespace runtime::storage
