#include "gateway/net/buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "gateway/net/worker.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

class Counting final : public BufferPool::Sweeper {
 public:
  void begin() noexcept override { ++begun; }
  int begun = 0;
};

std::vector<Buffer> take(BufferPool& pool, std::size_t count) {
  std::vector<Buffer> taken;
  for (std::size_t i = 0; i != count; ++i) {
    taken.emplace_back(pool, Buffer::small);
    taken.back().get()[0] = 'x';
  }
  return taken;
}

TEST(BufferPool, pages_that_were_needed_since_the_last_sweep_stay) {
  BufferPool pool;
  Counting sweeper;
  pool.swept_by(sweeper);
  take(pool, 100).clear();
  EXPECT_EQ(1, sweeper.begun);
  EXPECT_EQ(100u, pool.warm());
  // A moment ago all of them were in use.
  EXPECT_TRUE(pool.sweep());
  EXPECT_EQ(100u, pool.warm());
  // Since then forty at a time.
  take(pool, 40).clear();
  EXPECT_TRUE(pool.sweep());
  EXPECT_EQ(40u, pool.warm());
}

TEST(BufferPool, what_nobody_needs_goes_back_to_the_system) {
  BufferPool pool;
  auto taken = take(pool, 100);
  std::vector<char*> pages;
  for (const auto& buffer : taken) pages.push_back(buffer.get());
  taken.clear();
  pool.sweep();
  EXPECT_FALSE(pool.sweep());
  const auto kept = pool.warm();
  EXPECT_LT(kept, 20u);
  // A page without memory reads as zeros.
  std::size_t emptied = 0;
  for (const char* page : pages) emptied += *page == 0 ? 1 : 0;
  EXPECT_EQ(100u - kept, emptied);
  // And all can be used again: none are made.
  for (const auto& buffer : take(pool, 100)) EXPECT_EQ(1, std::count(pages.begin(), pages.end(), buffer.get()));
}

/// Does the system keep `page` out of huge pages, or know of none?
bool never_huge(const char* page) {
  if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled")) return true;
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%zx-%zx ", &begin, &end) == 2)
      here = reinterpret_cast<std::uintptr_t>(page) - begin < end - begin;
    if (here && line.starts_with("VmFlags:")) return line.find(" nh") != std::string::npos;
  }
  return false;
}

TEST(BufferPool, memory_comes_by_the_page) {
  for (const std::size_t size : {BufferPool::page_size, 6 * BufferPool::page_size}) {
    BufferPool pool(size);
    char* const page = pool.take();
    EXPECT_TRUE(never_huge(page));
    pool.give_back(page);
  }
}

TEST(BufferPool, blocks_of_several_pages_are_given_back_whole) {
  constexpr std::size_t size = 3 * BufferPool::page_size;
  BufferPool pool(size);
  std::vector<char*> blocks;
  // More than a slab of them; each is written to from its first to its last byte.
  for (int i = 0; i != 100; ++i) {
    blocks.push_back(pool.take());
    std::memset(blocks.back(), i + 1, size);
  }
  for (int i = 0; i != 100; ++i) EXPECT_EQ(size, static_cast<std::size_t>(std::count(blocks[i], blocks[i] + size, i + 1)));
  for (char* block : blocks) pool.give_back(block);
  pool.sweep();
  pool.sweep();
  std::size_t emptied = 0;
  for (const char* block : blocks) emptied += std::count(block, block + size, 0) == size ? 1 : 0;
  EXPECT_EQ(100u - pool.warm(), emptied);
  EXPECT_GT(emptied, 80u);
}

TEST(BufferPool, a_worker_sweeps_its_own) {
  test::Loop loop;
  take(loop.worker.buffers(), 100).clear();
  EXPECT_EQ(100u, loop.worker.buffers().warm());
  EXPECT_TRUE(loop.until([&] { return loop.worker.buffers().warm() < 20; }));
  std::vector<char*> blocks;
  for (int i = 0; i != 100; ++i) blocks.push_back(loop.worker.blocks().take());
  for (char* block : blocks) loop.worker.blocks().give_back(block);
  EXPECT_EQ(100u, loop.worker.blocks().warm());
  EXPECT_TRUE(loop.until([&] { return loop.worker.blocks().warm() < 20; }));
}

}  // namespace
}  // namespace gw::net
