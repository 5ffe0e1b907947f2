#pragma once
// Text of strangers (build output, names of steps) on its way to a terminal. Pure.

#include <string>
#include <string_view>

namespace runtime::cli {

/// Without anything that a terminal would obey: control characters, escape sequences, marks that turn the direction of
/// writing. A tab is a space; what stands before a carriage return was written over. Bytes that are no UTF-8 become `?`.
std::string printable(std::string_view text);

/// How many columns a terminal needs for it, at most. Of printable text.
std::size_t columns_of(std::string_view text);

/// Cut to `columns`; `…` stands for what is missing. Of printable text.
std::string fit(std::string_view text, std::size_t columns);

}  // namespace runtime::cli
