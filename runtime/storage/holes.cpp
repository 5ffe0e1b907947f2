#include "runtime/storage/holes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace runtime::storage {

std::optional<std::vector<DataPart>> data_of(int fd, std::uint64_t size) {
  std::vector<DataPart> parts;
  const auto end = static_cast<off_t>(size);
  for (off_t at = 0; at < end;) {
    const off_t data = ::lseek(fd, at, SEEK_DATA);
    if (data < 0 || data >= end) break;  // only a hole is left
    off_t hole = ::lseek(fd, data, SEEK_HOLE);
    hole = hole < 0 ? end : std::min(hole, end);
    if (hole <= data) break;  // it was cut off meanwhile
    if (parts.size() == most_parts) return std::nullopt;
    parts.push_back({static_cast<std::uint64_t>(data), static_cast<std::uint64_t>(hole - data)});
    at = hole;
  }
  // A list needs one member at least.
  if (parts.empty() && size != 0) parts.push_back({0, 0});
  return parts;
}

bool has_holes(const std::vector<DataPart>& parts, std::uint64_t size) {
  std::uint64_t data = 0;
  for (const auto& part : parts) data += part.size;
  return data < size;
}

}  // namespace runtime::storage
