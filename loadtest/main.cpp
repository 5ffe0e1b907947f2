#include "loadtest/command/app.hpp"

int main(int count, char** arguments) { return loadtest::command::run_program(count, arguments); }
