#pragma once
// Memory for bytes in flight. Small buffers are whole pages of a pool of their thread: what idle connections give back goes
// back to the system, which a heap with long-lived neighbours between the buffers would never do.

#include <cstddef>
#include <utility>

namespace gw::net {

/// Owns a buffer, or none. Must be destroyed on the thread that made it.
class Buffer {
 public:
  /// The size that the pool serves: one page.
  static constexpr std::size_t small = 4 * 1024;

  Buffer() noexcept = default;
  /// `size` bytes, not initialised; empty when there is no memory.
  explicit Buffer(std::size_t size) noexcept;
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
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
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace gw::net
