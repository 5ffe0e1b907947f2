#include "runtime/storage/superblock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "gateway/net/descriptor.hpp"

namespace runtime::storage {
namespace {

constexpr std::size_t superblock_at = 1024;
constexpr std::size_t superblock_size = 1024;

std::uint32_t little(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t out = 0;
  for (std::size_t i = size; i != 0; --i) out = out << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return out;
}

}  // namespace

// The fields of struct ext4_super_block, Documentation/filesystems/ext4/super.rst.
std::optional<FileSystem> parse_superblock(std::string_view bytes) {
  constexpr std::uint32_t magic = 0xEF53;
  constexpr std::uint32_t incompatible_64bit = 0x80;
  constexpr unsigned shift_max = 6;  // blocks of 64 KiB
  if (bytes.size() < superblock_size || little(bytes, 0x38, 2) != magic) return std::nullopt;
  const auto shift = little(bytes, 0x18, 4);
  if (shift > shift_max) return std::nullopt;
  FileSystem out;
  out.block_size = 1024ULL << shift;
  out.blocks = little(bytes, 0x04, 4);
  out.free_blocks = little(bytes, 0x0C, 4);
  if ((little(bytes, 0x60, 4) & incompatible_64bit) != 0) {
    out.blocks |= static_cast<std::uint64_t>(little(bytes, 0x150, 4)) << 32;
    out.free_blocks |= static_cast<std::uint64_t>(little(bytes, 0x158, 4)) << 32;
  }
  if (out.free_blocks > out.blocks) return std::nullopt;
  out.overhead_blocks = std::min<std::uint64_t>(little(bytes, 0x248, 4), out.blocks - out.free_blocks);
  return out;
}

std::optional<FileSystem> read_superblock(const std::filesystem::path& image) {
  const gw::net::Descriptor file(::open(image.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::array<char, superblock_size> bytes{};
  if (!file || ::pread(file.get(), bytes.data(), bytes.size(), superblock_at) != static_cast<ssize_t>(bytes.size()))
    return std::nullopt;
  return parse_superblock({bytes.data(), bytes.size()});
}

}  // namespace runtime::storage
