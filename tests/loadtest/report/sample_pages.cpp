// `sample_pages FOLDER`: pages and texts of results that are made up here, for the browser's test.

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/loadtest/report/reported.hpp"

int main(int argc, char** argv) {
  namespace report = loadtest::report;
  if (argc != 2) {
    std::cerr << "usage: sample_pages FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  const auto write = [&](const char* name, const loadtest::measure::Document& document) {
    std::ofstream(folder / name) << report::html_report(document);
  };
  write("run.html", report::stalled_run());
  write("empty.html", loadtest::measure::Result());
  write("comparison.html", report::gateway_against_direct());
  write("capacity.html", report::found_capacity());
  write("hostile.html", report::hostile_run());
  std::ofstream(folder / "run.txt") << report::text_report(report::stalled_run(), {.colour = false});
  std::ofstream(folder / "comparison.txt") << report::text_report(report::gateway_against_direct());
  std::ofstream(folder / "capacity.txt") << report::text_report(report::found_capacity());
  return 0;
}
