#include "runtime/storage/superblock.hpp"

#include <gmock/gmock.h>

#include <string>

namespace runtime::storage {
namespace {

void put(std::string& bytes, std::size_t at, std::uint32_t value, std::size_t size = 4) {
  for (std::size_t i = 0; i != size; ++i) bytes[at + i] = static_cast<char>(value >> 8 * i & 0xFF);
}

std::string block_of(std::uint32_t blocks, std::uint32_t free_blocks, std::uint32_t shift) {
  std::string bytes(1024, '\0');
  put(bytes, 0x38, 0xEF53, 2);
  put(bytes, 0x04, blocks);
  put(bytes, 0x0C, free_blocks);
  put(bytes, 0x18, shift);
  return bytes;
}

TEST(Superblock, says_how_large_and_how_full) {
  const auto seen = parse_superblock(block_of(1000, 400, 2));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->bytes(), 1000U * 4096);
  EXPECT_EQ(seen->used(), 600U * 4096);
}

TEST(Superblock, does_not_count_what_the_file_system_keeps_for_itself) {
  auto bytes = block_of(1000, 400, 2);
  put(bytes, 0x248, 100);
  const auto seen = parse_superblock(bytes);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->room(), 900U * 4096);
  EXPECT_EQ(seen->used(), 500U * 4096);
  put(bytes, 0x248, 4000);
  EXPECT_EQ(parse_superblock(bytes)->used(), 0U) << "more than there is";
}

TEST(Superblock, counts_further_than_32_bits_only_where_it_says_so) {
  auto bytes = block_of(5, 4, 2);
  put(bytes, 0x150, 2);
  put(bytes, 0x158, 1);
  EXPECT_EQ(parse_superblock(bytes), (FileSystem{5, 4, 4096}));
  put(bytes, 0x60, 0x80);
  EXPECT_EQ(parse_superblock(bytes), (FileSystem{(2ULL << 32) + 5, (1ULL << 32) + 4, 4096}));
}

TEST(Superblock, what_is_none_is_not_believed) {
  auto other = block_of(1000, 400, 2);
  put(other, 0x38, 0xEF54, 2);
  EXPECT_EQ(parse_superblock(other), std::nullopt);
  EXPECT_EQ(parse_superblock(block_of(1000, 1001, 2)), std::nullopt);
  EXPECT_EQ(parse_superblock(block_of(1000, 400, 7)), std::nullopt);
  EXPECT_EQ(parse_superblock(block_of(1000, 400, 2).substr(0, 1023)), std::nullopt);
  EXPECT_EQ(read_superblock("/no/such/file"), std::nullopt);
}

}  // namespace
}  // namespace runtime::storage
