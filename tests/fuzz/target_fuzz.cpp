// Normalising is idempotent and never leaves a dot segment or an empty one behind.

#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/host.hpp"
#include "gateway/http/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace gw::http;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::string authority;
  if (normalise_authority(text, authority)) {
    std::string again;
    if (!normalise_authority(authority, again) || again != authority) std::abort();
  }
  const auto target = parse_target(text);
  if (!target) return 0;
  std::string once;
  if (!normalise_path(target->path, once)) return 0;
  std::string twice;
  if (!normalise_path(once, twice) || once != twice) std::abort();
  if (once.find("//") != std::string::npos || (once + "/").find("/../") != std::string::npos) std::abort();
  return 0;
}
