#pragma once
// Where results go besides the terminal.

#include <CLI/CLI.hpp>
#include <string>
#include <variant>

#include "loadtest/measure/result_json.hpp"

namespace loadtest::command {

struct Outputs {
  std::string json, windows, html, interval_log, percentiles, prometheus;
  std::string scrape;    ///< --prometheus-listen: served while it runs
  std::string requests;  ///< --csv: written while they come, by command/request_file
  bool quiet = false;    ///< nothing on standard output but what was asked for
  bool no_progress = false;
};

/// Which of them a command has.
struct OutputSet {
  bool documents = true;  ///< all that is made of a result; else its own text and JSON
  bool requests = false;  ///< one by one
};
void add_outputs(CLI::App& command, Outputs& outputs, OutputSet which = {});

/// Before the run: can they be written? Throws Mistake.
void check(const Outputs& outputs);

/// The text report, and all files that were asked for. Throws Mistake (Exit::failed) when one cannot be written, after the others were.
void write(const Outputs& outputs, const measure::Document& document);

/// Is standard output a terminal that wants colours (NO_COLOR)?
bool wants_colour();

}  // namespace loadtest::command
