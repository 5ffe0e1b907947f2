#pragma once
// .dockerignore with Docker's own meaning: patterns of Go's filepath.Match plus `**`, `!` takes back, the last match
// decides, a pattern that matches a folder matches all below. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace runtime::build {

class Dockerignore {
 public:
  /// Reads the file's text. Lines that begin with `#` and empty lines say nothing; a lone `!` is a mistake that is told in
  /// `problems` as `line: message`.
  static Dockerignore parse(std::string_view text, std::vector<std::string>* problems = nullptr);

  /// Is the file or folder at `path` (relative, with `/`, without a leading one) left out?
  bool excludes(std::string_view path) const;
  /// Could something below the folder `path` be taken back by a `!` line? If not, an excluded folder need not be walked.
  bool may_take_back_below(std::string_view path) const;
  bool empty() const noexcept { return patterns_.empty(); }

 private:
  struct Pattern {
    std::vector<std::string> segments;
    bool takes_back = false;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace runtime::build
