#pragma once
// Makes archives for tests, honest and hostile ones.

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

namespace runtime::storage::test {

class TarWriter {
 public:
  explicit TarWriter(int (*format)(archive*) = archive_write_set_format_gnutar)
      : archive_(archive_write_new()), entry_(archive_entry_new()) {
    format(archive_);
    archive_write_set_bytes_per_block(archive_, 0);
    archive_write_open2(archive_, this, nullptr, write, nullptr, nullptr);
  }
  ~TarWriter() {
    over_ = true;
    archive_entry_free(entry_);
    archive_write_free(archive_);
  }
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  TarWriter& folder(const char* name, mode_t mode = 0755) { return head(name, S_IFDIR | mode, 0); }
  TarWriter& file(const char* name, std::string_view content, mode_t mode = 0644) {
    head(name, S_IFREG | mode, content.size());
    archive_write_data(archive_, content.data(), content.size());
    return *this;
  }
  TarWriter& link(const char* name, const char* target) { return head(name, S_IFLNK | 0777, 0, target); }
  TarWriter& second_name(const char* name, const char* target) { return head(name, S_IFREG | 0644, 0, nullptr, target); }
  TarWriter& special(const char* name, mode_t type) { return head(name, type | 0666, 0); }
  /// A head that promises more than there is.
  TarWriter& promise(const char* name, std::uint64_t size) {
    archive_write_finish_entry(archive_);
    TarWriter other;
    bytes_ += other.head(name, S_IFREG | 0644, size).bytes_;
    return *this;
  }

  std::string take() {
    archive_write_close(archive_);
    return bytes_;
  }

 private:
  TarWriter& head(const char* name, mode_t mode, std::uint64_t size, const char* symlink = nullptr,
                  const char* hardlink = nullptr) {
    archive_entry_clear(entry_);
    archive_entry_set_pathname(entry_, name);
    archive_entry_set_mode(entry_, mode);
    archive_entry_set_size(entry_, static_cast<la_int64_t>(size));
    archive_entry_set_mtime(entry_, 1'000'000'000, 0);
    archive_entry_set_uid(entry_, 0);
    if (symlink != nullptr) archive_entry_set_symlink(entry_, symlink);
    if (hardlink != nullptr) archive_entry_set_hardlink(entry_, hardlink);
    archive_write_header(archive_, entry_);
    return *this;
  }
  static la_ssize_t write(archive*, void* self, const void* bytes, std::size_t size) {
    auto& writer = *static_cast<TarWriter*>(self);
    if (writer.over_) return -1;  // what was promised is not sent
    writer.bytes_.append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  }

  archive* archive_;
  archive_entry* entry_;
  std::string bytes_;
  bool over_ = false;
};

}  // namespace runtime::storage::test
