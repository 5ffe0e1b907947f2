#include "loadtest/command/app.hpp"

#include <iostream>

#include "loadtest/command/command_line.hpp"
#include "loadtest/command/mistake.hpp"

namespace loadtest::command {

int run_program(int count, char** arguments) {
  try {
    CommandLine line;
    if (const auto done = read_command_line(line, count, arguments)) return *done;
    return line.chosen();
  } catch (const Mistake& mistake) {
    std::cerr << "spaceport-bench: " << mistake.what() << "\n";
    if (!mistake.next().empty()) std::cerr << "  next: " << mistake.next() << "\n";
    return static_cast<int>(mistake.code());
  } catch (const std::exception& error) {
    std::cerr << "spaceport-bench: " << error.what() << "\n  next: this is a bug; please report it\n";
    return static_cast<int>(Exit::failed);
  }
}

}  // namespace loadtest::command
