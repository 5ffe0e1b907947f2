#pragma once
// What of a run comes out while it goes on: its progress, a line for each request, numbers to scrape.

#include "loadtest/command/outputs.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/command/request_file.hpp"
#include "loadtest/command/scrape.hpp"

namespace loadtest::command {

/// From before a run until its report is written. Throws Mistake when a file or an address cannot be had.
class Recording {
 public:
  /// Puts itself and the floor of this machine, which it measures if nobody has, into `performance`, whose plan is complete.
  Recording(const Outputs& outputs, Performance& performance, const Interrupt& interrupt);
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// Throws Mistake when not every line could be written. Asked behind the report, so that this one is not lost as well.
  void check() const { requests_.check(); }

 private:
  RequestFile requests_;
  Scrape scrape_;
};

}  // namespace loadtest::command
