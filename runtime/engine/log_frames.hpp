#pragma once
// The engine's multiplexed log stream: 1 byte stream, 3 zero bytes, u32 big-endian length, data. Pure.

#include <string>
#include <string_view>

#include "runtime/engine/types.hpp"

namespace runtime::engine {

class LogFrames {
 public:
  /// Hands the pieces in `bytes` to `sink`; frames may be cut anywhere. False when the sink wants no more.
  bool feed(std::string_view bytes, const LogSink& sink);
  /// The bytes were not frames (a container with a terminal has none): everything is handed over as it is.
  bool raw() const noexcept { return raw_; }

 private:
  std::string header_;
  std::size_t left_ = 0;
  LogStream stream_ = LogStream::standard_output;
  bool raw_ = false;
};

}  // namespace runtime::engine
