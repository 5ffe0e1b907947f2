#pragma once
// One run, watched.

#include <optional>
#include <vector>

#include "loadtest/command/background.hpp"
#include "loadtest/command/interrupt.hpp"
#include "loadtest/command/measured.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/command/request_file.hpp"
#include "loadtest/command/scrape.hpp"
#include "loadtest/command/usage.hpp"

namespace loadtest::command {

struct Performance {
  drive::Plan plan;
  About about;
  bool abort_on_fail = false;
  bool progress = true;
  std::vector<Background> background;   ///< what runs beside it
  std::vector<Consumer> consumers;      ///< of this machine, besides the generator
  RequestFile* requests = nullptr;      ///< null: they are not wanted one by one
  Scrape* scrape = nullptr;             ///< null: nobody asks for the numbers while it runs
  std::optional<measure::Floor> floor;  ///< of this machine, for the report
};

/// Runs it and shows how it goes; one result per lane. Throws Mistake with Exit::unreachable when nobody could be reached.
std::vector<measure::Result> perform(const Performance& what, const Interrupt& interrupt);

/// What a single run says to whoever started it.
Exit exit_of(const measure::Result& result) noexcept;

}  // namespace loadtest::command
