#include "gateway/http/h2/session_memory.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

#include "gateway/net/frame_pool.hpp"

namespace gw::http::h2 {
namespace {

// Two pages are full of what is larger: the session and its table. The rings of the compression tables would begin a third.
constexpr std::size_t least_in_block = 2 * 1024;
// malloc keeps smaller ones by size itself. Streams, and frames that wait, it would merge and split again, as soon as there are more than
// a few of them at a time.
constexpr std::size_t largest_small = 128;

void* make_piece(std::size_t size) noexcept {
  try {
    return size <= largest_small ? ::operator new(size) : net::take_frame(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// nghttp2 does not say how large a piece is. The heap has written it down: rounded up, but never to the next list of frames.
void give_back(void* piece) noexcept {
  const auto size = ::malloc_usable_size(piece);
  if (size < largest_small + net::frame_step) return ::operator delete(piece);
  net::give_back_frame(piece, size / net::frame_step * net::frame_step);
}

}  // namespace

struct SessionMemory::Functions {
  static SessionMemory& of(void* user) noexcept { return *static_cast<SessionMemory*>(user); }

  static void* allocate(std::size_t size, void* user) {
    void* const piece = size < least_in_block ? nullptr : of(user).take(size);
    return piece != nullptr ? piece : make_piece(size);
  }
  static void* allocate_zeros(std::size_t count, std::size_t size, void* user) {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
    void* const piece = allocate(bytes, user);
    return piece != nullptr ? std::memset(piece, 0, bytes) : nullptr;
  }
  static void* reallocate(void* old, std::size_t size, void* user) {
    void* const piece = allocate(size, user);
    if (piece == nullptr || old == nullptr) return piece;
    auto& memory = of(user);
    // Of what lies in the block nobody has written down how long it is: what is behind it is copied, too.
    const auto known = memory.owns(old) ? memory.size_from(old) : ::malloc_usable_size(old);
    std::memcpy(piece, old, std::min(size, known));
    release(old, user);
    return piece;
  }
  // A piece of the block is free when all of it is.
  static void release(void* piece, void* user) {
    if (!of(user).owns(piece)) give_back(piece);
  }
};

SessionMemory::~SessionMemory() {
  if (block_ != nullptr) blocks_.give_back(block_);
}

nghttp2_mem SessionMemory::functions() noexcept {
  return {this, Functions::allocate, Functions::release, Functions::allocate_zeros, Functions::reallocate};
}

void* SessionMemory::take(std::size_t size) noexcept {
  constexpr std::size_t alignment = alignof(std::max_align_t);
  const std::size_t whole = (size + alignment - 1) / alignment * alignment;
  if (whole > left_) return nullptr;
  char* const piece = block_ + (blocks_.block_size() - left_);
  left_ -= whole;
  return piece;
}

bool SessionMemory::owns(const void* piece) const noexcept {
  return block_ != nullptr &&
         reinterpret_cast<std::uintptr_t>(piece) - reinterpret_cast<std::uintptr_t>(block_) < blocks_.block_size();
}

// To the end of the block.
std::size_t SessionMemory::size_from(const void* piece) const noexcept {
  return static_cast<std::size_t>(block_ + blocks_.block_size() - static_cast<const char*>(piece));
}

}  // namespace gw::http::h2
