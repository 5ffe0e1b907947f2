// Hostile README files: no crash, no hang, and a card without errors keeps what it promises.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/front_matter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = config::read_front_matter(text, "README.md");
  if (config::has_errors(result.problems)) return 0;
  const auto& card = result.value;
  if (card.sdk != "docker" || card.app_port < 1025) std::abort();
  for (const auto& route : card.routes) {
    if (route.port == 0 || !route.path.starts_with('/')) std::abort();
  }
  return 0;
}
