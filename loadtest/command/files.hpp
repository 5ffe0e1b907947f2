#pragma once
// Files that people name on the command line. `-` is standard input, or output.

#include <string>
#include <string_view>

namespace loadtest::command {

/// The whole of it, at most 256 MiB. Throws Mistake; `flag` says who wanted it.
std::string read_file(const std::string& path, std::string_view flag);
/// `@FILE`: its content; else the text itself.
std::string text_or_file(const std::string& text, std::string_view flag);
/// Writes beside it first and moves it there, so that nobody sees half of it. Throws Mistake (Exit::failed).
void write_file(const std::string& path, std::string_view text, std::string_view flag);
/// Fails now and not after the run when that file cannot be written. Throws Mistake.
void check_writable(const std::string& path, std::string_view flag);

}  // namespace loadtest::command
