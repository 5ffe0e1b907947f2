#pragma once
// Memory for the frames of coroutines. A request makes and ends about twenty, of few sizes and in the order of a stack: a list of
// free ones for each size is a load and a store, where the heap is eighty instructions (callgrind).

#include <cstddef>

namespace gw::net {

/// `size` bytes for a coroutine's frame, from the calling thread's list. Throws std::bad_alloc.
void* take_frame(std::size_t size);
/// On any thread. `size` is what was taken.
void give_back_frame(void* frame, std::size_t size) noexcept;

}  // namespace gw::net
