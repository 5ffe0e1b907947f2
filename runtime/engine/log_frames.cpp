#include "runtime/engine/log_frames.hpp"

#include <algorithm>
#include <utility>

namespace runtime::engine {

bool LogFrames::feed(std::string_view bytes, const LogSink& sink) {
  constexpr std::size_t header_size = 8;
  while (!bytes.empty()) {
    if (raw_) return sink(LogStream::standard_output, bytes);
    if (left_ == 0) {
      const auto n = std::min(header_size - header_.size(), bytes.size());
      header_.append(bytes.substr(0, n));
      bytes.remove_prefix(n);
      const auto at = [this](std::size_t i) { return static_cast<unsigned char>(header_[i]); };
      if (at(0) > 2 || (header_.size() >= 4 && (at(1) != 0 || at(2) != 0 || at(3) != 0))) {
        raw_ = true;
        const std::string held = std::exchange(header_, {});
        if (!sink(LogStream::standard_output, held)) return false;
        continue;
      }
      if (header_.size() < header_size) return true;
      stream_ = at(0) == 2 ? LogStream::standard_error : LogStream::standard_output;
      left_ = (std::size_t{at(4)} << 24) | (std::size_t{at(5)} << 16) | (std::size_t{at(6)} << 8) | at(7);
      header_.clear();
      continue;
    }
    const auto n = std::min(left_, bytes.size());
    if (!sink(stream_, bytes.substr(0, n))) return false;
    bytes.remove_prefix(n);
    left_ -= n;
  }
  return true;
}

}  // namespace runtime::engine
