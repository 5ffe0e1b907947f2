#pragma once
// What people see: plain lines, or colours when it is a terminal. And what they type without echo.

#include <string>
#include <string_view>
#include <utility>

#include "runtime/state/secret_box.hpp"
#include "runtime/state/trouble.hpp"

namespace runtime::cli {

bool is_terminal(int descriptor);
/// Does the terminal understand more than lines (TERM)?
bool moves_cursor();
enum class Colour : unsigned char { plain, good, bad, dim, strong };
std::string paint(std::string_view text, Colour colour);

/// On standard error, as text for people whatever the output is: what went wrong and the next step.
void complain(const state::Trouble& trouble);

/// `K=V`, or `K` whose value is in our environment. Throws Trouble.
std::pair<std::string, std::string> assignment(const std::string& text);
/// From the environment, else asked for on the terminal without echo. Throws Trouble when neither is possible, and
/// Interrupted, the echo being back.
state::SecretValue secret_value(const std::string& name);

}  // namespace runtime::cli
