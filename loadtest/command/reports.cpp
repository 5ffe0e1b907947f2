// `report` and `diff`: results that were kept.

#include <fmt/format.h>

#include <iostream>

#include "loadtest/command/commands.hpp"
#include "loadtest/command/files.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/command/perform.hpp"
#include "loadtest/measure/validity.hpp"
#include "loadtest/report/diff.hpp"
#include "loadtest/report/objectives.hpp"

namespace loadtest::command {
namespace {

measure::Document document_of(const std::string& path) {
  auto read = measure::read_document(read_file(path, "report"));
  if (!read) throw Mistake(fmt::format("{}: {}", path, read.message), "give a file that --json has written");
  return std::move(*read.value);
}

measure::Result result_of(const std::string& path) {
  auto read = measure::read_result(read_file(path, "report"));
  if (!read) throw Mistake(fmt::format("{}: {}", path, read.message), "give a file that `run --json` has written");
  return std::move(*read.value);
}

/// The objectives of several results: not known before they are asked anew, which needs the flags they were made from.
void judge_anew(measure::Result& all) {
  std::vector<plan::Slo> objectives;
  for (const auto& one : all.objectives) {
    if (auto slo = plan::parse_slo(one.text)) objectives.push_back(std::move(*slo.value));
  }
  all.objectives = report::evaluate(objectives, all);
  all.verdict = measure::judge(all);
}

}  // namespace

int report_files(const ReportOptions& options) {
  check(options.outputs);
  auto first = document_of(options.files.front());
  if (options.files.size() == 1) {
    write(options.outputs, first);
    return static_cast<int>(Exit::ok);
  }
  auto* all = std::get_if<measure::Result>(&first);
  if (all == nullptr) throw Mistake(fmt::format("{}: is not of a single run: only those add up", options.files.front()));
  for (std::size_t i = 1; i < options.files.size(); ++i) all->merge(result_of(options.files[i]));
  judge_anew(*all);
  write(options.outputs, first);
  return static_cast<int>(exit_of(std::get<measure::Result>(first)));
}

int diff(const DiffOptions& options) {
  std::vector<report::Limit> limits;
  for (const auto& text : options.fail_if) {
    auto limit = report::parse_limit(text);
    if (!limit) throw Mistake(fmt::format("--fail-if {}: {}", text, limit.message));
    limits.push_back(std::move(*limit.value));
  }
  const auto base = result_of(options.base);
  const auto now = result_of(options.now);
  const auto outcomes = report::judge_change(base, now, limits);
  std::cout << report::text_of_diff(base, now, outcomes, wants_colour()) << std::flush;
  return static_cast<int>(report::none_broken(outcomes) ? Exit::ok : Exit::broken);
}

}  // namespace loadtest::command
