#pragma once
// What is said of words that nobody knows.

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace loadtest::command {

/// `: did you mean "x"?` of the nearest candidate; empty: there is none.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// Of an option that a command does not have.
std::string about_option(const CLI::App& command, std::string_view option);

}  // namespace loadtest::command
