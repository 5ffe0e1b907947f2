// Two threads at one variable: ThreadSanitizer must report it, or its silence about our programs says nothing.

#include <thread>

namespace {

int shared = 0;

}  // namespace

int main() {
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
  return shared == 0 ? 1 : 0;
}
