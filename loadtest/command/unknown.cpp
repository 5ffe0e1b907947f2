#include "loadtest/command/unknown.hpp"

#include <fmt/format.h>

#include <array>

#include "config/suggest.hpp"

namespace loadtest::command {
namespace {

/// Letters that mean two things in tools that people know (loadtest.md 2.1): they mean nothing here.
struct Letter {
  std::string_view flag, says;
};
constexpr std::array letters = {
    Letter{"-t", "-t is threads to wrk and h2load, and a time limit to hey and oha: write --threads N or --timeout TIME"},
    Letter{"-q", "-q is a rate to hey and oha, and silence to others: write --rate RATE or --quiet"},
    Letter{"-p", "-p is HTTP/2 streams to oha, and percentiles to fortio: write --streams N or --hgrm FILE"}};

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return config::did_you_mean(word, views);
}

std::string about_option(const CLI::App& command, std::string_view option) {
  for (const auto& letter : letters) {
    if (option.substr(0, 2) == letter.flag && option.substr(0, 2) != "--") return std::string(letter.says);
  }
  std::vector<std::string> names;
  for (const auto* known : command.get_options()) {
    for (const auto& name : known->get_lnames()) names.push_back("--" + name);
  }
  return fmt::format("there is no option `{}`{}", option, did_you_mean(option, names));
}

}  // namespace loadtest::command
