// `spaceport data`: /data, or what else a Space mounts, out as a tar archive, in from one.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>

#include "config/units.hpp"
#include "gateway/net/descriptor.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/printable.hpp"
#include "runtime/cli/terminal.hpp"

namespace runtime::cli {

namespace json = boost::json;
using gw::net::Descriptor;
using state::Kind;
using state::Trouble;

namespace {

constexpr const char* standard = "-";

std::string size_text(std::uint64_t bytes) {
  constexpr double kibi = 1024;
  double size = static_cast<double>(bytes);
  const char* unit = "bytes";
  for (const char* larger : {"KiB", "MiB", "GiB", "TiB"}) {
    if (size < kibi) break;
    size /= kibi;
    unit = larger;
  }
  return fmt::format("{:.4g} {}", size, unit);
}

std::string file_trouble(const std::string& file) { return fmt::format("{}: {}", file, std::strerror(errno)); }

// On a terminal the bytes so far, on one line that is drawn over.
class Passed {
 public:
  explicit Passed(bool quiet) : drawn_(!quiet && is_terminal(STDERR_FILENO) && moves_cursor()) {}
  ~Passed() {
    if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  }
  Passed(const Passed&) = delete;
  Passed& operator=(const Passed&) = delete;
  void add(std::size_t bytes) {
    constexpr std::uint64_t step = 4 << 20;
    const bool draw = drawn_ && (total_ == 0 || (total_ + bytes) / step != total_ / step);
    total_ += bytes;
    if (draw) std::cerr << "\r\x1b[K" << size_text(total_) << std::flush;
  }
  std::uint64_t total() const noexcept { return total_; }

 private:
  bool drawn_;
  std::uint64_t total_ = 0;
};

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// A file that is there whole or not at all; or standard output.
class Target {
 public:
  explicit Target(const std::string& name) : name_(name) {
    if (name_ == standard) return;
    partial_ = name_ + ".part";
    file_.reset(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file_) throw Trouble(Kind::bad_input, file_trouble(partial_), "choose another file with -o");
  }
  ~Target() {
    if (!partial_.empty()) ::unlink(partial_.c_str());
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  bool write(std::string_view bytes) {
    const bool done = write_all(file_ ? file_.get() : STDOUT_FILENO, bytes);
    if (!done) problem_ = file_trouble(name_ == standard ? "standard output" : partial_);
    return done;
  }
  const std::string& problem() const noexcept { return problem_; }
  void keep() {
    if (name_ == standard) return;
    if (::fsync(file_.get()) != 0 || ::rename(partial_.c_str(), name_.c_str()) != 0)
      throw Trouble(Kind::bad_input, file_trouble(name_), "choose another file with -o");
    partial_.clear();
  }

 private:
  std::string name_;
  std::string partial_;
  Descriptor file_;
  std::string problem_;
};

// A query may not hold everything that a path may.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '.' ||
                       c == '-' || c == '_';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

const std::string& mount_of(const DataOptions& options) {
  static const std::string data = "/data";
  return options.mount.empty() ? data : options.mount;
}

// Of the options that are set.
std::string query_of(const DataOptions& options) {
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, escaped(value));
  };
  add("mount", options.mount);
  add("path", options.path);
  add("replace", options.replace ? "1" : "");
  return query;
}

json::array notes_of(const std::string& text) {
  boost::system::error_code error;
  json::value notes = json::parse(text.empty() ? "[]" : text, error);
  return error || !notes.is_array() ? json::array{} : notes.as_array();
}

}  // namespace

int export_data(const Common& common, const DataOptions& options) {
  const std::string file = options.file.empty() ? standard : options.file;
  if (file == standard && is_terminal(STDOUT_FILENO)) {
    throw Trouble(Kind::bad_input, "an archive on a terminal helps nobody",
                  fmt::format("`spaceport data export {} -o data.tar`, or hand it to a program with `|`", options.space));
  }
  const std::string path = space_path(options.space) + "/data";
  const Client client(common.layout().api_socket());
  Target target(file);
  std::string notes;
  bool complete = false;
  std::uint64_t bytes = 0;
  {
    Passed passed(common.json);
    complete = client.stream(
        {"GET", path, query_of(options), {}},
        [&](std::string_view piece) {
          passed.add(piece.size());
          return target.write(piece);
        },
        {}, &notes);
    bytes = passed.total();
  }
  if (!target.problem().empty())
    throw Trouble(Kind::bad_input, target.problem(), "the archive is not whole: choose another place for it with -o");
  if (!complete)
    throw Trouble(Kind::unavailable, "the export broke off, and what has come of it is not whole",
                  "the log of `spaceport serve` says why");
  target.keep();
  const json::array left = notes_of(notes);
  if (common.json && file != standard) std::cout << json::serialize(json::object{{"bytes", bytes}, {"notes", left}}) << '\n';
  for (const auto& note : left)
    std::cerr << "spaceport: " << printable(std::string(note.is_string() ? note.as_string() : "")) << '\n';
  if (!common.json) std::cerr << fmt::format("exported {} of {}: {}\n", mount_of(options), options.space, size_text(bytes));
  return 0;
}

int import_data(const Common& common, const DataOptions& options) {
  const bool from_input = options.file == standard;
  const Descriptor opened(from_input ? -1 : ::open(options.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from_input && !opened)
    throw Trouble(Kind::bad_input, file_trouble(options.file), "give the archive, or - for standard input", options.file);
  const int source = from_input ? STDIN_FILENO : opened.get();
  std::string buffer(64 << 10, '\0');
  std::string broken;
  std::string body;
  {
    Passed passed(common.json);
    Client::Request request{"PUT", space_path(options.space) + "/data", query_of(options), {}, {}};
    request.more = [&]() -> std::string_view {
      ssize_t n = 0;
      do n = ::read(source, buffer.data(), buffer.size());
      while (n < 0 && errno == EINTR);
      if (n < 0) broken = file_trouble(from_input ? "standard input" : options.file);
      passed.add(static_cast<std::size_t>(std::max<ssize_t>(0, n)));
      return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(0, n))};
    };
    const Client client(common.layout().api_socket());
    client.stream(request, [&](std::string_view piece) { return body.append(piece), true; });
  }
  if (!broken.empty()) throw Trouble(Kind::bad_input, broken, "what came before it was written");
  boost::system::error_code error;
  const json::value done = json::parse(body, error);
  if (error || !done.is_object()) throw Trouble(Kind::internal, "the API answered something that is not JSON");
  if (common.json) return std::cout << json::serialize(done) << '\n', 0;
  std::cerr << fmt::format("imported into {} of {}: {} files, folders and links, {}\n", mount_of(options), options.space,
                           done.at("entries").to_number<std::uint64_t>(),
                           size_text(done.at("bytes").to_number<std::uint64_t>()));
  return 0;
}

}  // namespace runtime::cli
