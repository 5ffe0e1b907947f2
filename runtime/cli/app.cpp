#include "runtime/cli/app.hpp"

#include <stdlib.h>
#include <string.h>

#include <iostream>
#include <string_view>

#include "runtime/cli/command_line.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/terminal.hpp"

namespace runtime::cli {

int run(int count, char** arguments) {
  CommandLine line;
  try {
    // The siblings read their own arguments; an instance that was named is named to them too.
    const bool named = count > 3 && std::string_view(arguments[1]) == "--state";
    const int at = named ? 3 : 1;
    const std::string first = count > at ? arguments[at] : "";
    if (first == "gateway" || first == "bench") {
      if (named) ::setenv("SPACEPORT_STATE", arguments[2], 1);
      return become("spaceport-" + first, std::vector<std::string>(arguments + at + 1, arguments + count));
    }
    if (const auto done = read_command_line(line, count, arguments)) return *done;
    return line.chosen ? line.chosen() : 0;
  } catch (const state::Trouble& trouble) {
    complain(trouble);
  } catch (const Interrupted& interrupted) {
    std::cerr << "spaceport: interrupted (SIG" << ::sigabbrev_np(interrupted.signal) << "): nothing was changed\n";
    return exit_code_of(interrupted.signal);
  } catch (const std::exception& error) {
    complain(state::Trouble(state::Kind::internal, error.what(), "this is a bug; please report it"));
  }
  return 1;
}

}  // namespace runtime::cli
