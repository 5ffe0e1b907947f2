#pragma once
// Files that list what is to be asked: in the formats that people have already.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/units.hpp"
#include "config/yaml.hpp"
#include "loadtest/measure/sample.hpp"
#include "loadtest/plan/target.hpp"

namespace loadtest::plan {

enum class TargetFormat : std::uint8_t {
  urls,     ///< a URL or a path on each line; `#` begins a comment
  http,     ///< vegeta's: `METHOD URL`, field lines, `@FILE` for a body, an empty line between
  json,     ///< vegeta's: a JSON object on each line, bodies in base64
  har,      ///< an HTTP archive, as browsers export it
  curl,     ///< command lines, as browsers copy them; `\` at its end continues a line
  clf,      ///< common or combined log format
  gateway,  ///< the access log of spaceport-gateway
};
/// `urls`, `http`, ...; nothing for another word.
std::optional<TargetFormat> target_format(std::string_view name);
/// What the text looks like.
TargetFormat guess_format(std::string_view text);

/// A target and when it was asked for.
struct TimedTarget {
  Target target;
  measure::Nanoseconds at = measure::never;  ///< since 1970; of formats that tell
  std::uint16_t status = 0;                  ///< likewise: what was answered then
  std::string client;                        ///< likewise: who asked, by address
};

/// What the lines of a file do not say themselves.
struct TargetDefaults {
  Target target;  ///< its origin for paths without one, its fields and its body for requests without these
  bool has_origin = false;
  bool keep_origin = false;  ///< everything goes to `target.origin`; the origin that a line names becomes its Host
  std::function<config::Parsed<std::string>(const std::string& path)> read_file;  ///< for bodies
};

/// All targets of `text`, at most a million. Whatever is wrong is in the report, with its line; the list is then not to be used.
std::vector<TimedTarget> read_targets(std::string_view text, TargetFormat format, const TargetDefaults& defaults,
                                      config::Report& report);

/// Takes one target from pieces that a file names. Used by the readers of the formats.
class TargetMaker {
 public:
  TargetMaker(const TargetDefaults& defaults, config::Report& report) : defaults_(defaults), report_(report) {}

  struct Piece {
    std::size_t line = 0;
    std::string method;  ///< empty: the default
    std::string url;     ///< or a path
    std::vector<std::pair<std::string, std::string>> fields;
    std::optional<std::string> body;
    measure::Nanoseconds at = measure::never;
    std::uint16_t status = 0;
    std::string client;
  };
  /// Checks it and adds it; what is wrong goes into the report.
  void add(Piece piece);
  void wrong(std::size_t line, std::string message) {
    good_ = false;
    report_.add(line, 0, std::move(message), false);
  }
  bool good() const noexcept { return good_; }
  /// Reads a file that holds a body.
  std::optional<std::string> file(std::size_t line, const std::string& path);
  /// Enough is wrong, or there are too many: no need to read on.
  bool full() const noexcept { return report_.full() || targets_.size() >= most; }
  std::vector<TimedTarget> take() { return std::move(targets_); }

  static constexpr std::size_t most = 1'000'000;

 private:
  bool place(const Piece& piece, Target& target);

  const TargetDefaults& defaults_;
  config::Report& report_;
  std::vector<TimedTarget> targets_;
  bool good_ = true;
};

// The readers, one for each format. Each is given the whole text.
void read_urls(std::string_view text, TargetMaker& maker);
void read_http(std::string_view text, TargetMaker& maker);
void read_json_lines(std::string_view text, TargetMaker& maker);
void read_har(std::string_view text, TargetMaker& maker);
void read_curl(std::string_view text, TargetMaker& maker);
void read_clf(std::string_view text, TargetMaker& maker);
void read_gateway_log(std::string_view text, TargetMaker& maker);

/// Is it a token (RFC 9110 §5.6.2), as methods and names of fields are?
bool is_token(std::string_view text) noexcept;
/// Are they the same name of a field, whatever their case?
bool same_name(std::string_view one, std::string_view two) noexcept;
/// Does it name a field that is called so, whatever the case?
bool has(const Target& target, std::string_view name) noexcept;
/// Reads `Name: value`; nothing when it is not a field line.
std::optional<std::pair<std::string, std::string>> parse_field(std::string_view line);

/// Of a log: was it a request for something? `OPTIONS *` and CONNECT ask the server itself, and cannot be asked of an app again.
bool may_be_asked(std::string_view method, std::string_view target) noexcept;

/// Takes the next line off, without its CR and LF.
std::string_view take_line(std::string_view& text) noexcept;
/// Without white space at both ends.
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace loadtest::plan
