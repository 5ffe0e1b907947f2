#pragma once
// Bytes in, a request head out. Sans-I/O: the connection owns the buffer and asks again when it has grown.
//
// Strict on purpose: whatever could be read in two ways by two servers is refused (rules 1-35), because everything that
// is let through is written anew and must mean to the upstream what it meant to us.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/net/result.hpp"

namespace gw::http::h1 {

/// Bounds and choices of a listener (rule 19).
struct RequestRules {
  std::size_t target_bytes = 8 << 10;  ///< longer: target_too_long
  std::size_t line_bytes = 8 << 10;    ///< of one field line; longer: fields_too_large
  std::size_t head_bytes = 32 << 10;   ///< of all field lines together; longer: fields_too_large
  std::size_t field_count = 100;       ///< more: fields_too_large
  UnsafeNames unsafe_names = UnsafeNames::drop;
  bool tls = false;  ///< which scheme an absolute target must have
};

/// Reads the request heads of one connection, one after another. Lives on its worker's thread.
class RequestParser {
 public:
  explicit RequestParser(const RequestRules& rules = {}) : rules_(rules) {}

  /// `input` is everything that has arrived and is not consumed; call again with the same bytes and more behind them.
  /// Returns how many bytes the head took, after which the next request begins or this one's body; 0: more input is needed.
  /// A Failure is the client's, and final: the connection cannot go on. `head` must be the same one in all calls for a
  /// head; after a Failure it holds what was understood, for the log.
  net::Result<std::size_t> parse(std::span<const char> input, RequestHead& head);

  /// About the head that parse has completed: may another request follow on this connection, as far as the client says?
  bool keep_alive() const noexcept { return keep_alive_; }

  /// The fields that its Connection names: comma-separated, in lower case. For the trailers; its header fields are gone.
  std::string_view nominated() const noexcept { return nominated_; }

  /// Has a part of a head been seen that is not complete? An idle connection is closed in silence, a started head is
  /// answered with 408 when its time is over.
  bool started() const noexcept { return started_; }

 private:
  /// What the fields have said so far that only the whole head can decide.
  struct Seen {
    bool host = false;
    bool content_length = false;
    bool transfer_encoding = false;
    bool connection_close = false;
    bool connection_keep_alive = false;
    bool connection_upgrade = false;
    bool upgrade_websocket = false;
    bool expect = false;
    std::uint64_t length = 0;
  };

  void begin(RequestHead& head);
  net::Result<bool> skip_blank_lines(std::string_view input);
  net::Result<void> check_open_line(std::string_view line) const;
  net::Result<void> take_line(std::string_view line, RequestHead& head);
  net::Result<void> take_request_line(std::string_view line, RequestHead& head);
  net::Result<void> take_version(std::string_view version, RequestHead& head);
  net::Result<void> take_target(std::string_view target, RequestHead& head);
  net::Result<void> take_field_line(std::string_view line, RequestHead& head);
  net::Result<void> take_field(const Fields::Field& field, RequestHead& head);
  net::Result<void> take_host(std::string_view value, RequestHead& head);
  net::Result<void> take_connection(std::string_view value);
  net::Result<void> finish(RequestHead& head);
  net::Result<void> finish_framing(RequestHead& head);
  net::Result<void> finish_tunnel(RequestHead& head);

  RequestRules rules_;
  Seen seen_;
  std::string target_authority_;  ///< of an absolute target, normalised
  std::string nominated_;         ///< the fields that Connection names, comma-separated, in lower case
  std::size_t head_at_ = 0;       ///< where the request line begins, behind blank lines
  std::size_t fields_at_ = 0;     ///< where the first field line begins
  std::size_t line_at_ = 0;       ///< where the first line that is not complete begins
  std::size_t searched_ = 0;      ///< up to here there is no further line end
  std::size_t field_count_ = 0;
  bool started_ = false;
  bool request_line_done_ = false;
  bool keep_alive_ = false;
};

}  // namespace gw::http::h1
