#pragma once
// Bytes in, a response head out. Sans-I/O. As strict as the request parser where two readers could differ, and lenient
// only where RFC 9112 says what a lenient reader must do.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/message.hpp"
#include "gateway/net/result.hpp"

namespace gw::http::h1 {

/// Bounds of an answer: an app that sends more gets a 502 (rule 68).
struct ResponseRules {
  std::size_t head_bytes = 64 << 10;
  std::size_t field_count = 200;
  unsigned interim_count = 8;  ///< interim heads before the final one (rule 38)
};

/// Reads the response heads of one connection to an upstream. Lives on its worker's thread.
class ResponseParser {
 public:
  explicit ResponseParser(const ResponseRules& rules = {}) : rules_(rules) {}

  /// Says which request the next final head answers. Call before the first parse of every exchange; `request` is not kept.
  void expect_answer_to(const RequestHead& request);

  /// As RequestParser::parse. An interim head is returned as well; call again, with a cleared head or another one, for the
  /// next. The Failure is the upstream's.
  net::Result<std::size_t> parse(std::span<const char> input, ResponseHead& head);

  /// About the head that parse has completed: how its body ends, for BodyDecoder::start.
  Framing framing() const noexcept { return framing_; }
  /// The fields that its Connection names, as RequestParser::nominated.
  std::string_view nominated() const noexcept { return nominated_; }
  /// May another exchange follow on the connection when this one's body has been read?
  bool keep_alive() const noexcept { return keep_alive_; }
  /// Have bytes of an answer been seen since expect_answer_to? Then a retry is out of the question (rule 45).
  bool started() const noexcept { return started_; }

 private:
  struct Seen {
    bool http_1_0 = false;
    bool content_length = false;
    bool repeated_length = false;
    bool transfer_encoding = false;
    bool connection_close = false;
    bool connection_keep_alive = false;
    bool connection_upgrade = false;
    std::uint64_t length = 0;
  };

  void begin(ResponseHead& head);
  net::Result<void> take_status_line(std::string_view line, ResponseHead& head);
  net::Result<void> take_field_line(std::string_view line, ResponseHead& head);
  net::Result<void> take_field(const Fields::Field& field, ResponseHead& head);
  net::Result<void> take_content_length(std::string_view value);
  net::Result<void> take_connection(std::string_view value);
  net::Result<void> finish(ResponseHead& head);
  net::Result<void> finish_interim(ResponseHead& head);
  net::Result<void> finish_switch(ResponseHead& head);
  void finish_body(ResponseHead& head);

  ResponseRules rules_;
  Seen seen_;
  std::string nominated_;
  std::string upgrade_;         ///< the Upgrade field of this head
  std::string asked_protocol_;  ///< the Upgrade token of the request, empty when it asked for none
  std::string asked_accept_;    ///< the Sec-WebSocket-Accept that fits its key
  std::size_t line_at_ = 0;
  std::size_t searched_ = 0;
  std::size_t field_count_ = 0;
  unsigned interims_ = 0;
  Framing framing_ = Framing::none;
  bool head_request_ = false;
  bool started_ = false;
  bool in_head_ = false;
  bool status_line_done_ = false;
  bool keep_alive_ = false;
};

}  // namespace gw::http::h1
