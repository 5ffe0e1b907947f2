#pragma once
// Counts the events of a text/event-stream: a block of lines with data, ended by an empty line (HTML Standard §9.2.6). Sans-I/O.

#include <span>

namespace loadtest::drive {

class EventScanner {
 public:
  void begin() noexcept { *this = {}; }
  /// How many events end within these bytes.
  unsigned add(std::span<const char> data) noexcept;

 private:
  void end_line(unsigned& events) noexcept;

  unsigned column_ = 0;        ///< in this line, no further than the name of a field
  bool is_data_ = true;        ///< this line may still be one of data
  bool has_data_ = false;      ///< a line of this event was
  bool after_return_ = false;  ///< a CR ended the last line: a LF behind it belongs to it
};

}  // namespace loadtest::drive
