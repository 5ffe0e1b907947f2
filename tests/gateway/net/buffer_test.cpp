#include "gateway/net/buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(BufferPool, a_worker_sweeps_its_own) {
  test::Loop loop;
  take(loop.worker.buffers(), 100).clear();
  EXPECT_EQ(100u, loop.worker.buffers().warm());
  EXPECT_TRUE(loop.until([&] { return loop.worker.buffers().warm() < 20; }));
}

}  // namespace
}  // namespace gw::net
