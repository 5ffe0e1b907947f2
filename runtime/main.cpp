#include "runtime/cli/app.hpp"

int main(int count, char** arguments) { return runtime::cli::run(count, arguments); }
