#pragma once
// The program.

namespace loadtest::command {

/// Reads the command line, does what it says, and returns the exit code.
int run_program(int count, char** arguments);

}  // namespace loadtest::command
