#include "gateway/proxy/access_log.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <utility>

#include "gateway/proxy/log_line.hpp"

namespace gw::proxy {

namespace {

// A client chooses these; a line must stay small whatever it sends.
constexpr std::size_t longest_path = 1024;
constexpr std::size_t longest_host = 256;
constexpr std::size_t longest_agent = 256;

// A line at its longest: every text as long as it may be and all escapes, and what stands between them.
constexpr std::size_t longest_line = (11 * longest_host + longest_path + longest_agent) * LogLine::longest_escape + 1024;

template <std::size_t Size>
void text_member(LogLine& out, const char (&key)[Size], std::string_view value, std::size_t longest = longest_host) noexcept {
  out.literal(key);
  out.bytes(value.substr(0, longest));
  out.literal("\"");
}

template <std::size_t Size>
void optional_text(LogLine& out, const char (&key)[Size], std::string_view value) noexcept {
  if (!value.empty()) text_member(out, key, value);
}

// Words of our own, which have nothing to escape.
template <std::size_t Size>
void word_member(LogLine& out, const char (&key)[Size], std::string_view word) noexcept {
  if (word.empty()) return;
  out.literal(key);
  out.plain(word.substr(0, longest_host));
  out.literal("\"");
}

template <std::size_t Size>
void number_member(LogLine& out, const char (&key)[Size], std::uint64_t value) noexcept {
  out.literal(key);
  out.number(value);
}

template <std::size_t Size>
void span_member(LogLine& out, const char (&key)[Size], AccessRecord::Span span) noexcept {
  if (span == AccessRecord::absent) return;
  out.literal(key);
  out.milliseconds(span);
}

}  // namespace

AccessLog::AccessLog(int fd) { reopen(fd); }

void AccessLog::reopen(int fd) noexcept {
  flush();
  fd_ = fd;
  struct stat about {};
  const bool known = fd >= 0 && fstat(fd, &about) == 0;
  atomic_pieces_ = !known || !S_ISREG(about.st_mode);
  socket_ = known && S_ISSOCK(about.st_mode);
  torn_ = false;
}

std::string_view AccessLog::second(AccessRecord::Time time) noexcept {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  if (seconds != second_) {
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    second_text_.assign(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts));
    second_ = seconds;
  }
  return second_text_;
}

void AccessLog::write(const AccessRecord& record) noexcept {
  if (fd_ < 0) return;
  // One byte before the lines is for the end of one that was torn.
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(1 + flush_at + longest_line);
  LogLine out(&buffer_[1 + size_]);
  const auto in_second = record.time - std::chrono::floor<std::chrono::seconds>(record.time);
  out.literal("{\"time\":\"");
  out.plain(second(record.time));
  out.literal(".");
  out.thousandths(static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(in_second).count()));
  out.literal("Z\"");
  text_member(out, ",\"client\":\"", record.client);
  text_member(out, ",\"host\":\"", record.host);
  text_member(out, ",\"method\":\"", record.method);
  text_member(out, ",\"path\":\"", record.path, longest_path);
  number_member(out, ",\"status\":", record.status);
  word_member(out, ",\"cause\":\"", record.cause);
  number_member(out, ",\"bytes_in\":", record.bytes_in);
  number_member(out, ",\"bytes_out\":", record.bytes_out);
  span_member(out, ",\"wait_ms\":", record.wait);
  span_member(out, ",\"held_ms\":", record.held);
  span_member(out, ",\"queue_ms\":", record.queue);
  span_member(out, ",\"connect_ms\":", record.connect);
  span_member(out, ",\"first_byte_ms\":", record.first_byte);
  span_member(out, ",\"total_ms\":", record.total);
  optional_text(out, ",\"endpoint\":\"", record.endpoint);
  word_member(out, ",\"site\":\"", record.site);
  word_member(out, ",\"request_id\":\"", record.request_id);
  word_member(out, ",\"trace_id\":\"", record.trace_id);
  word_member(out, ",\"protocol\":\"", record.protocol);
  word_member(out, ",\"tls\":\"", record.tls);
  text_member(out, ",\"user_agent\":\"", record.user_agent, longest_agent);
  optional_text(out, ",\"tunnel\":\"", record.tunnel);
  out.literal("}\n");
  size_ = static_cast<std::size_t>(out.end() - &buffer_[1]);
  if (size_ >= flush_at) flush();
}

void AccessLog::drop(std::string_view lines) noexcept {
  dropped_lines_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

// True when the descriptor took all of it.
bool AccessLog::send(std::string_view piece) noexcept {
  const ssize_t taken =
      socket_ ? ::send(fd_, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(fd_, piece.data(), piece.size());
  if (taken == static_cast<ssize_t>(piece.size())) return true;
  // The line that was cut counts as dropped too: half of it is of no use.
  if (taken > 0) torn_ = piece[static_cast<std::size_t>(taken) - 1] != '\n';
  drop(piece.substr(taken > 0 ? static_cast<std::size_t>(taken) : 0));
  return false;
}

void AccessLog::flush() noexcept {
  if (fd_ < 0 || size_ == 0) return;
  std::string_view rest(&buffer_[1], size_);
  if (std::exchange(torn_, false)) {
    buffer_[0] = '\n';
    rest = {&buffer_[0], size_ + 1};
  }
  while (!rest.empty()) {
    std::size_t size = rest.size();
    if (atomic_pieces_ && size > PIPE_BUF) {
      // As many whole lines as a pipe takes at once; a longer line goes alone.
      size = rest.rfind('\n', PIPE_BUF - 1) + 1;
      if (size == 0) size = rest.find('\n') + 1;
    }
    const bool taken = send(rest.substr(0, size));
    rest.remove_prefix(size);
    if (!taken) {
      drop(rest);
      break;
    }
  }
  size_ = 0;
}

int open_access_log(const std::string& where) noexcept {
  if (where == "off") return -1;
  constexpr int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK;
  if (where == "-") {
    // Opened anew, because O_NONBLOCK on the shared description would hit whoever else holds it, a shell for example.
    // Fails for a socket, which is sent to without waiting instead.
    int fd = ::open("/proc/self/fd/1", flags);
    if (fd < 0) fd = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return fd < 0 ? -2 : fd;
  }
  const int fd = ::open(where.c_str(), flags | O_CREAT, 0640);
  return fd < 0 ? -2 : fd;
}

}  // namespace gw::proxy
