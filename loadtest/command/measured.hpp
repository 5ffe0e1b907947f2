#pragma once
// From what the generator has seen to what a report needs.

#include <string>
#include <vector>

#include "loadtest/drive/run.hpp"
#include "loadtest/measure/result.hpp"
#include "loadtest/plan/slo.hpp"

namespace loadtest::command {

/// What is known of a run besides its numbers.
struct About {
  std::string title;
  boost::json::object settings;
  std::vector<plan::Slo> objectives;
  std::vector<std::pair<std::string, std::string>> labels;
};

/// One result per lane of `run`, with its verdict and its objectives.
std::vector<measure::Result> results_of(const drive::Plan& plan, drive::Run run, const About& about);

}  // namespace loadtest::command
