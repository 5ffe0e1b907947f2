#pragma once
// Where results go besides the terminal.

#include <CLI/CLI.hpp>
#include <string>
#include <variant>

#include "loadtest/measure/result_json.hpp"

namespace loadtest::command {

struct Outputs {
  std::string json, csv, html, interval_log, percentiles, prometheus;
  bool quiet = false;  ///< nothing on standard output but what was asked for
  bool no_progress = false;
};

void add_outputs(CLI::App& command, Outputs& outputs);

/// Before the run: can they be written? Throws Mistake.
void check(const Outputs& outputs);

/// The text report, and all files that were asked for. Throws Mistake (Exit::failed) when one cannot be written, after the others were.
void write(const Outputs& outputs, const measure::Document& document);

/// Is standard output a terminal that wants colours (NO_COLOR)?
bool wants_colour();

}  // namespace loadtest::command
