#pragma once
// What the tests of streams share beside the loop.

#include <optional>
#include <string>

#include "tests/gateway/net/loop.hpp"

namespace gw::net::test {

inline std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i != size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return bytes;
}

/// Keeps the outcome of a coroutine that runs beside the test.
template <class T>
struct Later {
  std::optional<T> value;
  void of(Loop& loop, Task<T> task) {
    auto keep = [](Later* self, Task<T> inner) -> Task<> { self->value.emplace(co_await std::move(inner)); };
    loop.worker.spawn(keep(this, std::move(task)));
  }
};

}  // namespace gw::net::test
