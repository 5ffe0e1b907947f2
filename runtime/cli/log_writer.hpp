#pragma once
// Output of apps and builds on its way to standard output.

#include <string>
#include <string_view>

namespace runtime::cli {

class LogWriter {
 public:
  enum class Form : unsigned char {
    raw,    ///< as it came
    clean,  ///< without what a terminal would obey (see printable.hpp)
    json,   ///< `{"event": "output", "line": …}` for each line
  };
  explicit LogWriter(Form form) : form_(form) {}
  /// What is left of a line without an end is written too.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// False: nobody reads what we write.
  bool feed(std::string_view bytes);

 private:
  void write(std::string_view line) const;

  Form form_;
  std::string partial_;
};

}  // namespace runtime::cli
