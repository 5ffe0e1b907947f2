#pragma once
// One JSON line per exchange. One AccessLog per worker: lines gather in its own buffer and leave in one write(2) to a
// descriptor opened for appending, so that workers need no lock. It never waits: what the descriptor does not take is
// dropped and counted.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gw::proxy {

/// What one line says. Views are read during `write` only.
struct AccessRecord {
  using Time = std::chrono::system_clock::time_point;
  using Span = std::chrono::microseconds;
  static constexpr Span absent{-1};

  Time time{};              ///< when the exchange was over
  std::string_view client;  ///< the client's address
  std::string_view host;
  std::string_view method;
  std::string_view path;        ///< without the query, which may carry tokens
  std::uint16_t status = 0;     ///< 499: the client was gone before an answer
  std::string_view cause;       ///< a word: net::name(code) when the gateway failed the exchange
  std::uint64_t bytes_in = 0;   ///< of the request's body
  std::uint64_t bytes_out = 0;  ///< of the response's body
  Span wait = absent;        ///< until the request was sent, without connecting: mostly `held` and `queue`, if there were any
  Span held = absent;        ///< until its Space was awake; absent when it did not sleep
  Span queue = absent;       ///< before the gates of its Space and endpoints; absent when it did not have to wait there
  Span connect = absent;     ///< to get a connection; 0 when it came from the pool
  Span first_byte = absent;  ///< from the request sent to the head of the answer
  Span total{0};
  std::string_view endpoint;
  std::string_view site;        ///< a word: control::valid_site_id
  std::string_view request_id;  ///< a word: policies::take_request_id
  std::string_view trace_id;    ///< 32 hexadecimal digits; empty: traces are off
  std::string_view protocol;    ///< `http/1.1`
  std::string_view tls;         ///< `TLSv1.3`; empty: none
  std::string_view user_agent;
  std::string_view tunnel;  ///< `websocket`; empty for none
};

class AccessLog {
 public:
  static constexpr std::size_t flush_at = 64 * 1024;

  /// Writes to `fd`, which it does not own. -1: no log at all.
  explicit AccessLog(int fd = -1);
  ~AccessLog() { flush(); }
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  bool enabled() const noexcept { return fd_ >= 0; }
  void write(const AccessRecord&) noexcept;
  /// Hands what has gathered to the kernel. Called by a timer of the worker, and at its end.
  void flush() noexcept;
  /// Goes on with another descriptor (log rotation). Flushes to the old one first.
  void reopen(int fd) noexcept;
  /// Lines that the descriptor did not take.
  std::uint64_t dropped_lines() const noexcept { return dropped_lines_; }

 private:
  bool send(std::string_view piece) noexcept;
  void drop(std::string_view lines) noexcept;
  std::string_view second(AccessRecord::Time) noexcept;

  int fd_ = -1;
  bool atomic_pieces_ = false;  ///< not a file: pieces of PIPE_BUF at most, so that no other worker's line lands inside
  bool socket_ = false;
  bool torn_ = false;               ///< the last write was cut inside a line: begin the next with a new line
  std::unique_ptr<char[]> buffer_;  ///< room for the end of a torn line, and for the lines; null before the first
  std::size_t size_ = 0;            ///< of the lines
  std::uint64_t dropped_lines_ = 0;
  std::int64_t second_ = -1;  ///< the second that second_text_ shows
  std::string second_text_;
};

/// Opens what `access_log:` says: `-` is standard output, `off` is -1, else a file opened for appending. The descriptor never
/// blocks where the system allows it. -2 and errno when it cannot be opened.
int open_access_log(const std::string& where) noexcept;

}  // namespace gw::proxy
