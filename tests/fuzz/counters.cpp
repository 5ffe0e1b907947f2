// What libFuzzer sees of code that GCC compiled: where it has been. GCC calls one function at every branch, libFuzzer has dropped that
// function and reads counters instead; the linker's --wrap leads the calls here (CMakeLists.txt).

#include <cstddef>
#include <cstdint>
#include <limits>

namespace {

// The largest of our fuzz programs has 14,000 places; libFuzzer reads all counters after every input.
constexpr unsigned bits = 16;

__attribute__((section("__libfuzzer_extra_counters"), used)) std::uint8_t counters[std::size_t{1} << bits];

}  // namespace

extern "C" void __wrap___sanitizer_cov_trace_pc() noexcept {
  // Addresses lie close together: Fibonacci hashing spreads them.
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) * 0x9E3779B97F4A7C15ULL >> (64 - bits);
  if (counters[place] != std::numeric_limits<std::uint8_t>::max()) ++counters[place];
}

// GCC reports comparisons of floating-point numbers too; libFuzzer learns nothing from them.
extern "C" void __sanitizer_cov_trace_cmpf(float, float) noexcept {}
extern "C" void __sanitizer_cov_trace_cmpd(double, double) noexcept {}
