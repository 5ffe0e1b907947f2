#pragma once
// Memory for the frames of coroutines. A request makes and ends about twenty, of few sizes and in the order of a stack: a list of
// free ones for each size is a load and a store, where the heap is eighty instructions (callgrind).

#include <cstddef>

namespace gw::net {

/// Lists are of sizes so far apart: a frame has room up to the next multiple.
inline constexpr std::size_t frame_step = 64;

/// `size` bytes for a coroutine's frame, from the calling thread's list. Throws std::bad_alloc.
void* take_frame(std::size_t size);
/// On any thread. `size` is what was taken, or what that was rounded up to.
void give_back_frame(void* frame, std::size_t size) noexcept;

}  // namespace gw::net
