#include "gateway/net/frame_pool.hpp"

#include <array>
#include <cstdint>
#include <new>

// Under AddressSanitizer each frame comes from the heap, so that one that is used after its end is noticed.
#if defined(__SANITIZE_ADDRESS__)
#define SPACEPORT_FRAMES_FROM_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SPACEPORT_FRAMES_FROM_HEAP 1
#endif
#endif

namespace gw::net {
namespace {

constexpr std::size_t largest = 2048;
constexpr std::size_t classes = largest / frame_step;
// Of one size: the frames of some hundred requests at a time. What a burst needs beyond it goes back to the heap.
constexpr std::size_t most_kept = 256 * 1024;

constexpr std::size_t class_of(std::size_t size) noexcept { return (size - 1) / frame_step; }
constexpr std::size_t size_of(std::size_t index) noexcept { return (index + 1) * frame_step; }

struct Free {
  Free* next;
};

/// Plain data: frames are given back until the very end of a thread.
struct Lists {
  std::array<Free*, classes> first;
  std::array<std::uint32_t, classes> count;
  bool closed;
};

thread_local constinit Lists lists{};

/// Empties the lists when the thread ends.
struct Closer {
  Closer() noexcept = default;
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;
  ~Closer() {
    lists.closed = true;
    for (Free* free : lists.first) {
      while (free != nullptr) {
        Free* const next = free->next;
        ::operator delete(free);
        free = next;
      }
    }
    lists.first = {};
  }
  void touch() const noexcept {}
};

thread_local const Closer closer;

#ifdef SPACEPORT_FRAMES_FROM_HEAP
constexpr bool from_heap = true;
#else
constexpr bool from_heap = false;
#endif

void* make_frame(std::size_t size) {
  closer.touch();  // so that it exists, and ends with the thread
  return ::operator new(size <= largest ? size_of(class_of(size)) : size);
}

}  // namespace

void* take_frame(std::size_t size) {
  if (from_heap || size > largest) return make_frame(size);
  const auto index = class_of(size);
  Free* const free = lists.first[index];
  if (free == nullptr) return make_frame(size);
  lists.first[index] = free->next;
  --lists.count[index];
  return free;
}

void give_back_frame(void* frame, std::size_t size) noexcept {
  if (from_heap || size > largest || lists.closed || lists.count[class_of(size)] >= most_kept / size_of(class_of(size)))
    return ::operator delete(frame);
  const auto index = class_of(size);
  lists.first[index] = new (frame) Free{lists.first[index]};
  ++lists.count[index];
}

}  // namespace gw::net
