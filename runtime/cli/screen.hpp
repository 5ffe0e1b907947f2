#pragma once
// Draws over its own last drawing. The thin part: what is drawn is decided elsewhere.

#include <string>

#include "runtime/cli/live_view.hpp"

namespace runtime::cli {

class Screen {
 public:
  /// `descriptor` is a terminal.
  explicit Screen(int descriptor) : descriptor_(descriptor) {}

  struct Size {
    std::size_t columns;
    std::size_t rows;
  };
  /// As it is now: people resize their windows.
  Size size() const;

  /// `settled` for good, and below it `live` in the place of the last one.
  void draw(const Lines& settled, const Lines& live);
  /// Takes what was live away: the cursor stands where other text may follow.
  void clear() { draw({}, {}); }

 private:
  int descriptor_;
  std::size_t drawn_ = 0;  ///< lines of the last live part
  std::string last_;       ///< what they were
};

}  // namespace runtime::cli
