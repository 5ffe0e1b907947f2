#pragma once
// Where `serve` would keep its files, below a folder of the test.

#include "runtime/state/state_folder.hpp"
#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::state::test {

/// With the folder of its logs made.
inline Layout layout_in(const std::filesystem::path& folder) {
  Layout made = layout(folder, surroundings());
  std::filesystem::create_directories(made.logs());
  return made;
}

}  // namespace runtime::state::test
