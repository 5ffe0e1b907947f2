#pragma once
// Questions that were asked before: a YAML file that says with which flags.

#include <string>
#include <vector>

namespace loadtest::command {

/// `[FILE, more words...]` to the words of the command line that the file stands for. Words that follow the file come last, and the last
/// of two flags counts. `{target}` in the file is the first word that follows it, `{other}` the second. Throws Mistake: `file:line:column: message`.
std::vector<std::string> words_of_scenario(const std::vector<std::string>& words);

}  // namespace loadtest::command
