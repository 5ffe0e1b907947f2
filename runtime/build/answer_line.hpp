#pragma once
// A line of what the engine answers to a build. Pure.

#include <string>
#include <string_view>

namespace runtime::build {

/// One of them says something, or none does.
struct AnswerLine {
  std::string trace;     ///< of BuildKit, as its bytes
  std::string image_id;  ///< "sha256:..."
  std::string printed;   ///< what an engine without BuildKit tells people
  std::string error;     ///< why it failed
};

/// What is no document, and what says something else, is empty.
AnswerLine read_answer_line(std::string_view text);

}  // namespace runtime::build
