#include "loadtest/command/recording.hpp"

#include "loadtest/command/selftest.hpp"

namespace loadtest::command {

Recording::Recording(const Outputs& outputs, Performance& performance, const Interrupt& interrupt)
    : requests_(outputs.requests, performance.plan.load.threads), scrape_(outputs.scrape) {
  performance.progress = !outputs.no_progress;
  performance.floor = floor_of_machine(interrupt);
  performance.requests = &requests_;
  performance.scrape = &scrape_;
}

}  // namespace loadtest::command
