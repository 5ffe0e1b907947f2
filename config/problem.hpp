#pragma once
// What is wrong with a file that a person wrote: where, what, and what to do. Everything is reported at once.

#include <cstddef>
#include <string>
#include <vector>

namespace config {

struct Problem {
  std::string file;
  std::size_t line = 0;    ///< counted from 1; 0: the file as a whole
  std::size_t column = 0;  ///< counted from 1; 0: the line as a whole
  std::string message;
  bool warning = false;  ///< the file is usable all the same

  /// `file:line:column: message`, as compilers write it.
  std::string text() const;
};

using Problems = std::vector<Problem>;

/// Is there a problem that is more than a warning?
bool has_errors(const Problems&) noexcept;

}  // namespace config
