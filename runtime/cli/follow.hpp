#pragma once
// What an app prints, through all the containers that it has one after another.

#include <string>

#include "runtime/cli/client.hpp"
#include "runtime/cli/log_writer.hpp"

namespace runtime::cli {

/// Hands over what the app of the Space at `path` (of the API) has printed, from its last `tail` lines on ("all": everything), and goes on
/// through restarts and new versions. True: interrupted, or nobody reads; false: the Space runs no more, which was told on standard
/// error. Throws what Client throws.
bool follow_app(const Client& client, const std::string& path, LogWriter& writer, std::string tail);

}  // namespace runtime::cli
