#include "gateway/proxy/access_log.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <ctime>

#include "gateway/proxy/json_text.hpp"

namespace gw::proxy {

namespace {

// A client chooses these; a line must stay small whatever it sends.
constexpr std::size_t longest_path = 1024;
constexpr std::size_t longest_host = 256;
constexpr std::size_t longest_agent = 256;

void append_number(std::string& out, std::uint64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

/// Milliseconds with three decimals: `1.250`.
void append_milliseconds(std::string& out, AccessRecord::Span span) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, span.count()));
  append_number(out, us / 1000);
  const auto rest = static_cast<unsigned>(us % 1000);
  const char decimals[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                           static_cast<char>('0' + rest % 10)};
  out.append(decimals, sizeof decimals);
}

void text_member(std::string& out, std::string_view key, std::string_view value, std::size_t longest = longest_host) {
  out.append(key);
  append_json_bytes(out, value.substr(0, longest));
  out += '"';
}

void optional_text(std::string& out, std::string_view key, std::string_view value) {
  if (!value.empty()) text_member(out, key, value);
}

void span_member(std::string& out, std::string_view key, AccessRecord::Span span) {
  if (span == AccessRecord::absent) return;
  out.append(key);
  append_milliseconds(out, span);
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
  std::string& out = buffer_;
  const auto in_second = record.time - std::chrono::floor<std::chrono::seconds>(record.time);
  const auto ms = static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(in_second).count());
  const char decimals[] = {
      '.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10), static_cast<char>('0' + ms % 10), 'Z',
      '"'};
  out.append("{\"time\":\"").append(second(record.time)).append(decimals, sizeof decimals);
  text_member(out, ",\"client\":\"", record.client);
  text_member(out, ",\"host\":\"", record.host);
  text_member(out, ",\"method\":\"", record.method);
  text_member(out, ",\"path\":\"", record.path, longest_path);
  out.append(",\"status\":");
  append_number(out, record.status);
  optional_text(out, ",\"cause\":\"", record.cause);
  out.append(",\"bytes_in\":");
  append_number(out, record.bytes_in);
  out.append(",\"bytes_out\":");
  append_number(out, record.bytes_out);
  span_member(out, ",\"wait_ms\":", record.wait);
  span_member(out, ",\"queue_ms\":", record.queue);
  span_member(out, ",\"connect_ms\":", record.connect);
  span_member(out, ",\"first_byte_ms\":", record.first_byte);
  span_member(out, ",\"total_ms\":", record.total);
  optional_text(out, ",\"endpoint\":\"", record.endpoint);
  optional_text(out, ",\"site\":\"", record.site);
  text_member(out, ",\"request_id\":\"", record.request_id);
  optional_text(out, ",\"trace_id\":\"", record.trace_id);
  text_member(out, ",\"protocol\":\"", record.protocol);
  optional_text(out, ",\"tls\":\"", record.tls);
  text_member(out, ",\"user_agent\":\"", record.user_agent, longest_agent);
  optional_text(out, ",\"tunnel\":\"", record.tunnel);
  out.append("}\n");
  if (out.size() >= flush_at) flush();
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
  if (fd_ < 0 || buffer_.empty()) return;
  if (torn_) buffer_.insert(buffer_.begin(), '\n');
  torn_ = false;
  std::string_view rest = buffer_;
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
  buffer_.clear();
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
