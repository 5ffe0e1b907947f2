#pragma once
// What an engine call returns: a value, or an Error that a person can act on.

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace runtime::engine {

/// An error of the container engine. `message` is the engine's own text and `hint` what a person should do next.
struct Error {
  int status = 0;       ///< HTTP status of the answer; 0: the engine was not reached or the connection broke
  std::string message;  ///< one line, never holds the value of a secret
  std::string hint;     ///< may be empty

  Error() = default;
  // With constructors it is no aggregate, which since C++20 could be made from a lone number: Outcome<int> would be ambiguous.
  Error(int status_in, std::string message_in, std::string hint_in)
      : status(status_in), message(std::move(message_in)), hint(std::move(hint_in)) {}

  bool not_found() const noexcept { return status == 404; }
  bool conflict() const noexcept { return status == 409; }
  bool unreachable() const noexcept { return status == 0; }
};

template <class T = void>
using Outcome = boost::system::result<T, Error>;

/// Called by Outcome::value() on an error that nobody looked at: a bug of ours.
[[noreturn]] void throw_exception_from_error(const Error&, const boost::source_location&);

/// Puts the cause in words and names the next step for what people run into: no engine, no permission on its socket, no
/// GPU, no space left, missing image, name in use, a command that does not exist. Pure; other errors come back unchanged.
Error translate(Error error);

}  // namespace runtime::engine
