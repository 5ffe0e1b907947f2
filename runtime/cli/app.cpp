#include "runtime/cli/app.hpp"

#include <string.h>

#include <iostream>

#include "runtime/cli/command_line.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/terminal.hpp"

namespace runtime::cli {

int run(int count, char** arguments) {
  CommandLine line;
  try {
    // The siblings read their own arguments.
    const std::string first = count > 1 ? arguments[1] : "";
    if (first == "gateway" || first == "bench") {
      return become("spaceport-" + first, std::vector<std::string>(arguments + 2, arguments + count));
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
