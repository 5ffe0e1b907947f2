#pragma once
// A load beside the one that is measured: a neighbour who makes noise, slow clients who take up connections.

#include <string>
#include <vector>

#include "loadtest/command/measured.hpp"

namespace loadtest::command {

struct Background {
  drive::Plan plan;
  About about;
};

/// What the words behind each --background mean: a URL and flags of `run`. Each goes on until it is told to end, unless it says for how
/// long. `mine`: they may go anywhere. Throws Mistake, which begins with --background.
std::vector<Background> backgrounds_of(const std::vector<std::string>& each, bool mine);

/// How they were typed, for the report.
boost::json::array told(const std::vector<Background>& beside);

/// Has all of them and the measured one keep to cores of their own.
void take_seats(drive::Plan& measured, std::vector<Background>& beside);

}  // namespace loadtest::command
