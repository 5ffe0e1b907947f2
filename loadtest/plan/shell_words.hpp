#pragma once
// Words of a command line, as a shell takes them apart.

#include <string>
#include <string_view>
#include <vector>

#include "config/units.hpp"

namespace loadtest::plan {

/// As a POSIX shell would: quotes, backslashes; of bash also $'...'. Nothing is expanded.
config::Parsed<std::vector<std::string>> shell_words(std::string_view text);

/// The word in such quotes that `shell_words` finds it again.
std::string shell_quoted(std::string_view word);

}  // namespace loadtest::plan
