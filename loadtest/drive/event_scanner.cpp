#include "loadtest/drive/event_scanner.hpp"

#include <string_view>

namespace loadtest::drive {
namespace {

constexpr std::string_view data_name = "data";

}  // namespace

void EventScanner::end_line(unsigned& events) noexcept {
  if (column_ == 0) {
    // A block without data is dropped by those who read events: comments keep connections alive.
    if (has_data_) ++events;
    has_data_ = false;
  } else if (is_data_ && column_ >= data_name.size()) {
    has_data_ = true;
  }
  column_ = 0;
  is_data_ = true;
}

unsigned EventScanner::add(std::span<const char> data) noexcept {
  unsigned events = 0;
  for (const char c : data) {
    const bool ended = after_return_;
    after_return_ = c == '\r';
    if (c == '\n' && ended) continue;
    if (c == '\n' || c == '\r') {
      end_line(events);
      continue;
    }
    if (column_ < data_name.size())
      is_data_ = is_data_ && c == data_name[column_];
    else if (column_ == data_name.size())
      is_data_ = is_data_ && c == ':';
    if (column_ <= data_name.size()) ++column_;
  }
  return events;
}

}  // namespace loadtest::drive
