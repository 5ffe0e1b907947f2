#pragma once
// What this machine can measure at best.

#include <optional>

#include "loadtest/command/interrupt.hpp"
#include "loadtest/measure/result.hpp"

namespace loadtest::command {

/// Measures it against a server of our own in another thread; takes three times `each`. Nothing: it was interrupted.
std::optional<measure::Floor> measure_floor(measure::Nanoseconds each, const Interrupt& interrupt);

/// The floor that was measured since this machine started, by this version; a short one (half a second) is made when there is none. Nothing:
/// it could not be made.
std::optional<measure::Floor> floor_of_machine(const Interrupt& interrupt);

}  // namespace loadtest::command
