#include "runtime/supervise/memory.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

namespace runtime::supervise {
namespace {

// `MemTotal:       24683852 kB`
std::uint64_t bytes_of(std::string_view meminfo, std::string_view key) noexcept {
  const auto found = meminfo.find(key);
  if (found == meminfo.npos) return 0;
  auto number = meminfo.substr(found + key.size());
  number.remove_prefix(std::min(number.find_first_not_of(' '), number.size()));
  std::uint64_t kibibytes = 0;
  std::from_chars(number.data(), number.data() + number.size(), kibibytes);
  return kibibytes << 10;
}

}  // namespace

Memory parse_memory(std::string_view meminfo) noexcept {
  return {bytes_of(meminfo, "MemTotal:"), bytes_of(meminfo, "MemAvailable:"), bytes_of(meminfo, "SwapFree:")};
}

Memory memory_now() {
  std::ifstream in("/proc/meminfo", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_memory(text);
}

// What cannot be read is 0 of 0, which is not less than its tenth.
bool is_short(const Memory& memory) noexcept { return memory.available < memory.total / 10; }

}  // namespace runtime::supervise
