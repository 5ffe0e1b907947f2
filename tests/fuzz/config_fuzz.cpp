// Hostile gateway and node files: no crash, no hang, problems bounded, and every place inside the file.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/gateway_file.hpp"
#include "config/node_file.hpp"
#include "config/yaml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto gateway = config::read_gateway_file(text, "gateway.yaml");
  const auto node = config::read_node_file(text, "spaceport.yaml");
  for (const auto* problems : {&gateway.problems, &node.problems}) {
    if (problems->size() > config::Report::problems_max + 1) std::abort();
    for (const auto& problem : *problems) {
      if (problem.line > size + 2 || problem.column > size + 2) std::abort();
    }
  }
  return 0;
}
