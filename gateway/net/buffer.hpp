#pragma once
// Memory for bytes in flight. Small buffers are whole pages of a pool of their worker: what idle connections give back goes
// back to the system, which a heap with long-lived neighbours between the buffers would never do. It goes a while later, and only
// what nobody has needed meanwhile: a page that comes and goes costs two faults.

#include <cstddef>
#include <utility>
#include <vector>

namespace gw::net {

/// Pages of one worker, or blocks of several: of a block only those pages cost memory that somebody has written to. Must outlive all
/// buffers that are made of it.
class BufferPool {
 public:
  static constexpr std::size_t page_size = 4 * 1024;

  /// Whoever sees to it that `sweep` is called.
  class Sweeper {
   public:
    /// There are free pages: `sweep` is to be called a while from now, and again for as long as it says so.
    virtual void begin() noexcept = 0;

   protected:
    ~Sweeper() = default;
  };

  /// `block_size`: of each, a multiple of `page_size`. What makes a `Buffer` needs the pages of the default.
  explicit BufferPool(std::size_t block_size = page_size) noexcept : block_size_(block_size) {}
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  std::size_t block_size() const noexcept { return block_size_; }
  /// A page, or a block; null when there is no memory.
  char* take() noexcept;
  void give_back(char* page) noexcept;

  /// Until somebody is told of them, free pages stay. `sweeper` must outlive all calls of the pool.
  void swept_by(Sweeper& sweeper) noexcept { sweeper_ = &sweeper; }
  /// Gives back to the system the pages that were free all the time since the last call. True: call it again.
  bool sweep() noexcept;
  /// Free pages that have memory behind them.
  std::size_t warm() const noexcept { return warm_.size(); }

 private:
  char* grow() noexcept;
  std::size_t slab_size() const noexcept;

  std::size_t block_size_;
  std::vector<void*> slabs_;
  std::vector<char*> warm_;     ///< used again from the end
  std::vector<char*> cold_;     ///< without memory behind them
  std::size_t unused_ = 0;      ///< of the warm ones, at least so many since the last sweep
  Sweeper* sweeper_ = nullptr;  ///< not told while nothing is warm
};

/// Owns a buffer, or none.
class Buffer {
 public:
  /// The size that the pool serves.
  static constexpr std::size_t small = BufferPool::page_size;

  Buffer() noexcept = default;
  /// `size` bytes, not initialised; empty when there is no memory.
  Buffer(BufferPool& pool, std::size_t size) noexcept;
  Buffer(Buffer&& other) noexcept
      : pool_(other.pool_), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { reset(); }

  char* get() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  explicit operator bool() const noexcept { return data_ != nullptr; }
  void reset() noexcept;

 private:
  BufferPool* pool_ = nullptr;
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace gw::net
