#include "gateway/net/buffer.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace gw::net {
namespace {

constexpr std::size_t blocks_per_slab = 64;
// Free pages that always stay: the next request of a worker that rests takes one without a fault.
constexpr std::size_t least_warm = 16;

}  // namespace

BufferPool::~BufferPool() {
  for (void* slab : slabs_) ::munmap(slab, slab_size());
}

std::size_t BufferPool::slab_size() const noexcept { return blocks_per_slab * block_size_; }

char* BufferPool::take() noexcept {
  auto& list = warm_.empty() ? cold_ : warm_;
  if (list.empty()) return grow();
  char* page = list.back();
  list.pop_back();
  unused_ = std::min(unused_, warm_.size());
  return page;
}

void BufferPool::give_back(char* page) noexcept {
  // The lists never grow here: `grow` has made room for every page there is.
  warm_.push_back(page);
  if (warm_.size() == least_warm + 1 && sweeper_ != nullptr) sweeper_->begin();
}

bool BufferPool::sweep() noexcept {
  const std::size_t spare = warm_.size() - std::min(warm_.size(), least_warm);
  const auto end = warm_.begin() + static_cast<std::ptrdiff_t>(std::min(unused_, spare));
  std::sort(warm_.begin(), end);
  for (auto at = warm_.begin(); at != end;) {
    // Neighbours in one call.
    char* const first = *at;
    std::size_t size = 0;
    for (; at != end && *at == first + size; ++at) size += block_size_;
    ::madvise(first, size, MADV_DONTNEED);
  }
  cold_.insert(cold_.end(), warm_.begin(), end);
  warm_.erase(warm_.begin(), end);
  unused_ = warm_.size();
  return warm_.size() > least_warm;
}

char* BufferPool::grow() noexcept {
  try {
    const std::size_t pages = (slabs_.size() + 1) * blocks_per_slab;
    slabs_.reserve(slabs_.size() + 1);
    warm_.reserve(pages);
    cold_.reserve(pages);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  void* slab = ::mmap(nullptr, slab_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (slab == MAP_FAILED) return nullptr;
  // A huge page would be memory behind all pages at once, and bring back what was given away.
  ::madvise(slab, slab_size(), MADV_NOHUGEPAGE);
  slabs_.push_back(slab);
  for (std::size_t i = 1; i != blocks_per_slab; ++i) cold_.push_back(static_cast<char*>(slab) + i * block_size_);
  return static_cast<char*>(slab);
}

Buffer::Buffer(BufferPool& pool, std::size_t size) noexcept
    : pool_(&pool), data_(size == small ? pool.take() : new (std::nothrow) char[size]), size_(data_ != nullptr ? size : 0) {}

void Buffer::reset() noexcept {
  if (data_ == nullptr) return;
  if (size_ == small) {
    pool_->give_back(data_);
  } else {
    delete[] data_;
  }
  data_ = nullptr;
  size_ = 0;
}

}  // namespace gw::net
