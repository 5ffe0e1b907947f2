#pragma once
// Which network the steps of a build have, in the words of the engine's query. Pure.

#include <string>
#include <string_view>

namespace runtime::build {

/// `network` is the node file's word: `default`, `none` or `host`. Empty, or begins with `&`.
std::string network_query(std::string_view network, bool buildkit);

/// Why an engine cannot keep to that word; empty: it does.
std::string network_problem(std::string_view network, bool buildkit);

}  // namespace runtime::build
