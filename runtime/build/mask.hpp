#pragma once
// Takes the values of secrets out of text that people will see. The second line of defence: nothing of ours puts them
// there, but a RUN step may print what it was given.

#include <string>
#include <string_view>
#include <vector>

namespace runtime::build {

class Mask {
 public:
  /// Values shorter than 4 bytes are not masked: they would blot out half of every line. Logs come by line, so each line of
  /// a longer value is masked by itself.
  void add(std::string_view value);
  std::string apply(std::string text) const;

  Mask() = default;
  Mask(const Mask&) = delete;
  Mask& operator=(const Mask&) = delete;
  /// Wipes the values.
  ~Mask();

 private:
  std::vector<std::string> values_;  ///< longest first, so that a value inside another does not leave the rest
};

}  // namespace runtime::build
