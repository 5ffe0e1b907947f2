// Memory of the command and its daemon is overwritten before it is given back. Secrets pass through many hands that know nothing of them (a request's
// buffer, a JSON document, the environment of a container), each with a copy of its own; this is the one place that sees the end of all of them. What it costs is
// one pass over memory that was written anyway. The gateway, where every microsecond counts, is another program and never sees a secret.

#include <malloc.h>
#include <string.h>

#include <cstdlib>
#include <new>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they look after memory themselves
namespace {

void wipe_and_free(void* memory) noexcept {
  if (memory == nullptr) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void operator delete(void* memory) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::size_t) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { wipe_and_free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { wipe_and_free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { wipe_and_free(memory); }
#endif
