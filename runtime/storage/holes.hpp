#pragma once
// Where a file has data, and where it has nothing.

#include <cstdint>
#include <optional>
#include <vector>

namespace runtime::storage {

struct DataPart {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  friend bool operator==(const DataPart&, const DataPart&) = default;
};

/// As many as their list takes less in an archive than an importer reads of one.
inline constexpr std::size_t most_parts = 100'000;

/// The data of a file of `size`, in order; nothing: it is in more than `most_parts` pieces.
std::optional<std::vector<DataPart>> data_of(int fd, std::uint64_t size);

/// Is there less data than file?
bool has_holes(const std::vector<DataPart>& parts, std::uint64_t size);

}  // namespace runtime::storage
