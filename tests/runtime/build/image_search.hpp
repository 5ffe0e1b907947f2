#pragma once
// Looks for a text in an image as `docker save` writes it: configuration, history and layers, packed or not.

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>
#include <string_view>

namespace runtime::build::test {

/// Does the text stand in these bytes, or in a file of the archive or packed file that they are? Looks into archives inside archives.
inline bool holds(std::string_view bytes, std::string_view text, int depth = 6) {
  if (bytes.find(text) != std::string_view::npos) return true;
  if (depth == 0) return false;
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_raw(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return false;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    const bool raw = archive_format(reader.get()) == ARCHIVE_FORMAT_RAW;
    // Bytes that are neither an archive nor packed.
    if (raw && archive_filter_count(reader.get()) == 1) return false;
    std::string content;
    std::string piece(64 * 1024, '\0');
    for (la_ssize_t size; (size = archive_read_data(reader.get(), piece.data(), piece.size())) > 0;)
      content.append(piece, 0, static_cast<std::size_t>(size));
    if (holds(content, text, depth - 1)) return true;
  }
  return false;
}

}  // namespace runtime::build::test
