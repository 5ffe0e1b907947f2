// Where nghttp2's memory comes from, and what of it a session makes the system give.

#include "gateway/http/h2/session_memory.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "tests/gateway/http/h2/frames.hpp"

namespace gw::http::test::h2 {
namespace {

using http::h2::SessionMemory;
using net::BufferPool;

constexpr std::size_t block_size = 24 * 1024;

/// A block that has been used before, and the memory of a session that takes it.
struct Memory {
  Memory() {
    block = blocks.take();
    std::memset(block, 0xFF, block_size);
    blocks.give_back(block);
    memory.emplace(blocks);
    functions = memory->functions();
  }

  bool in_block(const void* piece) const {
    const auto* at = static_cast<const char*>(piece);
    return at >= block && at < block + block_size;
  }
  void* allocate(std::size_t size) { return functions.malloc(size, functions.mem_user_data); }
  void* zeros(std::size_t count, std::size_t size) { return functions.calloc(count, size, functions.mem_user_data); }
  void* reallocate(void* old, std::size_t size) { return functions.realloc(old, size, functions.mem_user_data); }
  void release(void* piece) { functions.free(piece, functions.mem_user_data); }

  BufferPool blocks{block_size};
  char* block = nullptr;
  std::optional<SessionMemory> memory;
  nghttp2_mem functions{};
};

bool all_are(const void* piece, std::size_t size, char what) {
  const auto* at = static_cast<const char*>(piece);
  return std::all_of(at, at + size, [&](char c) { return c == what; });
}

TEST(SessionMemory, what_is_large_lies_in_the_block_one_behind_another) {
  Memory memory;
  auto* session = static_cast<char*>(memory.zeros(1, 2'925));
  auto* table = static_cast<char*>(memory.zeros(256, 16));
  auto* frame = static_cast<char*>(memory.reallocate(nullptr, 16'394));
  EXPECT_EQ(memory.block, session);
  EXPECT_EQ(session + 2'928, table);
  EXPECT_EQ(table + 4'096, frame);
  EXPECT_TRUE(all_are(session, 2'925, 0));
  EXPECT_TRUE(all_are(table, 4'096, 0));
  // To write to its end is to stay inside.
  std::memset(frame, 1, 16'394);
  EXPECT_LE(frame + 16'394, memory.block + block_size);
}

TEST(SessionMemory, what_is_small_or_does_not_fit_lies_outside) {
  Memory memory;
  void* const small = memory.allocate(1'024);
  void* const first = memory.allocate(20'000);
  void* const second = memory.allocate(20'000);
  EXPECT_FALSE(memory.in_block(small));
  EXPECT_TRUE(memory.in_block(first));
  EXPECT_FALSE(memory.in_block(second));
  for (void* piece : {small, first, second}) memory.release(piece);
}

TEST(SessionMemory, a_session_that_is_made_takes_nothing_more_of_the_block) {
  Memory memory;
  memory.memory->complete();
  void* const later = memory.allocate(4'096);
  EXPECT_FALSE(memory.in_block(later));
  memory.release(later);
}

TEST(SessionMemory, pieces_grow_and_keep_what_is_in_them) {
  Memory memory;
  for (const std::size_t size : {24U, 120U, 128U, 129U, 192U, 200U, 1'000U, 2'000U, 2'048U, 4'000U, 30'000U}) {
    SCOPED_TRACE(size);
    void* piece = memory.allocate(size);
    std::memset(piece, 'x', size);
    piece = memory.reallocate(piece, size + 3'000);
    EXPECT_TRUE(all_are(piece, size, 'x'));
    std::memset(piece, 'x', size + 3'000);
    piece = memory.reallocate(piece, 10);
    EXPECT_TRUE(all_are(piece, 10, 'x'));
    memory.release(piece);
  }
  memory.release(nullptr);
}

TEST(SessionMemory, a_length_that_overflows_is_refused) {
  Memory memory;
  EXPECT_EQ(nullptr, memory.zeros(SIZE_MAX / 2, 4));
}

TEST(SessionMemory, the_block_goes_back_with_the_session) {
  Memory memory;
  memory.release(memory.allocate(3'000));
  EXPECT_EQ(0U, memory.blocks.warm()) << "as long as the session lives it has all of it";
  memory.memory.reset();
  EXPECT_EQ(1U, memory.blocks.warm());
}

TEST(SessionMemory, without_a_block_everything_lies_outside) {
  BufferPool none(SIZE_MAX / 128 / BufferPool::page_size * BufferPool::page_size);
  SessionMemory memory(none);
  auto functions = memory.functions();
  void* const piece = functions.malloc(4'096, functions.mem_user_data);
  ASSERT_NE(nullptr, piece);
  std::memset(piece, 1, 4'096);
  functions.free(piece, functions.mem_user_data);
}

/// Pages of the blocks behind `first` that have memory.
std::size_t resident(char* first, std::size_t blocks) {
  std::vector<unsigned char> pages(blocks * block_size / BufferPool::page_size);
  EXPECT_EQ(0, ::mincore(first, blocks * block_size, pages.data()));
  return static_cast<std::size_t>(
      std::count_if(pages.begin(), pages.end(), [](unsigned char page) { return (page & 1) != 0; }));
}

TEST(SessionMemory, a_session_that_has_answered_has_written_to_two_pages) {
  Client client;
  ASSERT_TRUE(client.alive(1));
  client.loop.settle();
  // The slab's first block was the session's.
  auto& blocks = client.loop.worker.blocks();
  EXPECT_EQ(block_size, blocks.block_size());
  std::vector<char*> others;
  for (int i = 1; i != 64; ++i) others.push_back(blocks.take());
  char* const lowest = *std::min_element(others.begin(), others.end()) - block_size;
  EXPECT_EQ(2U, resident(lowest, 64));
  for (char* block : others) blocks.give_back(block);
}

}  // namespace
}  // namespace gw::http::test::h2
