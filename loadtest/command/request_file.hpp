#pragma once
// `--csv FILE`: a line for each request, written while they come.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "loadtest/drive/tape.hpp"

namespace loadtest::command {

/// Takes requests from the threads of the generator, which never wait for it, and writes them on a thread of its own. When the file (or the
/// pipe) is slower than they are, lines are missing, and it says how many.
class RequestFile {
 public:
  /// An empty path: nothing is written, and nothing costs anything. `patience`: how long a pipe that does not take everything is waited for at the end.
  /// Throws Mistake when it cannot be opened.
  RequestFile(std::string path, unsigned threads, std::chrono::milliseconds patience = std::chrono::seconds(5));
  ~RequestFile();
  RequestFile(const RequestFile&) = delete;
  RequestFile& operator=(const RequestFile&) = delete;

  /// For the generator; null: nobody wants them.
  drive::Tape* tape() noexcept { return tape_ ? &*tape_ : nullptr; }
  /// Writes what is left. A sentence when lines are missing, for the report.
  std::string finish();
  /// Throws Mistake (Exit::failed) when the file could not be written to its end.
  void check() const;

 private:
  void write_while_they_come(const std::stop_token& end);
  /// Takes and writes what there is; false: no more can be written.
  bool drain(const std::stop_token& end);
  bool flush(const std::stop_token& end);
  bool wait_for_room(const std::stop_token& end);

  std::string path_;
  std::chrono::milliseconds patience_;
  std::optional<drive::Tape> tape_;
  int file_ = -1;
  bool plain_ = false;                                          ///< a file of a disk: never waited for
  int error_ = 0;                                               ///< of its thread until that has ended, as all that follows
  std::optional<std::chrono::steady_clock::time_point> until_;  ///< once the run is over
  std::string pending_;
  std::uint64_t lines_ = 0;  ///< made, of which `pending_` has the last
  std::jthread thread_;
};

}  // namespace loadtest::command
