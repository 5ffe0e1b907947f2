#pragma once
// An error for a person: what went wrong, where, and what to do next. The control plane throws it; the API turns it into
// application/problem+json and the command line prints it. Never holds the value of a secret.

#include <cstdint>
#include <stdexcept>
#include <string>

namespace runtime::state {

/// What kind of trouble it is; decides the status of the API's answer and nothing else.
enum class Kind : std::uint8_t {
  bad_input,    ///< what was asked for is wrong (400)
  forbidden,    ///< whoever asks may not (403)
  not_found,    ///< it does not exist (404)
  bad_method,   ///< it exists, but nothing of the kind can be done with it (405)
  conflict,     ///< it collides with something that exists or goes on (409)
  unavailable,  ///< something that we need does not answer: the engine, the disk, the gateway (503)
  internal,     ///< a bug of ours (500)
};

class Trouble : public std::runtime_error {
 public:
  /// `what` is a whole sentence, `next` the step that a person should take (may be empty), `where` a file, a socket or
  /// `file:line:column` (may be empty).
  Trouble(Kind kind, const std::string& what, std::string next = {}, std::string where = {})
      : std::runtime_error(what), kind_(kind), next_(std::move(next)), where_(std::move(where)) {}

  Kind kind() const noexcept { return kind_; }
  const std::string& next() const noexcept { return next_; }
  const std::string& where() const noexcept { return where_; }

 private:
  Kind kind_;
  std::string next_;
  std::string where_;
};

}  // namespace runtime::state
