#pragma once
// The command line as a whole.

namespace runtime::cli {

/// Reads the arguments, runs the command, returns the exit code. Errors stand on standard error.
int run(int count, char** arguments);

}  // namespace runtime::cli
