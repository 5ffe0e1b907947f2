#pragma once
// The framing of a body on the wire, taken off piece by piece. Sans-I/O and without a copy: pieces are views into the
// input. The chunked decoder is strict (rules 6-9): what other servers read differently is refused.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "gateway/http/fields.hpp"
#include "gateway/http/message.hpp"
#include "gateway/net/result.hpp"

namespace gw::http::h1 {

/// How the end of a body is told.
enum class Framing : std::uint8_t {
  none,         ///< there is no body
  length,       ///< Content-Length
  chunked,      ///< Transfer-Encoding: chunked
  until_close,  ///< by the end of the connection; responses only. Tunnels are read so as well
};

/// Decodes the bodies of one connection, one after another. Lives on its worker's thread.
class BodyDecoder {
 public:
  /// What one call of `decode` has found.
  struct Piece {
    std::size_t consumed = 0;    ///< bytes of the input that are done with, once `data` has been used
    std::span<const char> data;  ///< body bytes, inside the input
    bool last = false;           ///< the body is complete; the next message begins behind `consumed`
  };

  /// Begins a body whose sender is `side`. Trailers that its Connection fields have `nominated` are dropped like header
  /// fields of these names (RFC 9110 §7.6.1, rule 30).
  void start(Framing framing, std::uint64_t length, net::Side side, std::string_view nominated = {});
  /// Begins a request's body.
  void start_request(const BodySize& size, std::string_view nominated = {});

  /// Decodes the front of `input`: framing, then at most one run of data, then framing behind it as far as it is there, so
  /// that `last` comes with the last data. An empty piece that is not `last` wants more input. Never call after `last`.
  net::Result<Piece> decode(std::span<const char> input);

  /// The sender has ended the connection: success when that is how this body ends, Failure truncated otherwise.
  net::Result<void> end_of_input() noexcept;

  /// Of a body with a stated length: how much of it has not been decoded. 0 for every other framing.
  std::uint64_t length_left() const noexcept { return framing_ == Framing::length && state_ == State::data ? left_ : 0; }
  /// `bytes` of it (at most `length_left`) have gone another way.
  void skip(std::uint64_t bytes) noexcept;

  bool done() const noexcept { return state_ == State::done; }
  Framing framing() const noexcept { return framing_; }

  /// The trailer fields of a chunked body that is done; nullptr when there were none.
  const Fields* trailers() const noexcept { return trailers_.empty() ? nullptr : &trailers_; }

 private:
  /// Where in the message the next byte stands.
  enum class State : std::uint8_t {
    data,            ///< body bytes, `left_` of them
    size_start,      ///< the first digit of a chunk size
    size,            ///< the other digits
    extension,       ///< chunk extensions, skipped
    size_line_feed,  ///< the LF of a chunk line
    data_end,        ///< the CR behind a chunk's data
    data_line_feed,  ///< and its LF
    trailer,         ///< trailer lines, up to the empty one
    done,
  };

  net::Failure failure(net::Code code) const noexcept { return {code, side_, net::Retry::never}; }
  net::Result<void> step(char c);
  net::Result<void> step_size(char c);
  net::Result<void> step_extension(char c);
  net::Result<void> end_size_line();
  net::Result<std::size_t> take_trailers(std::span<const char> input);
  net::Result<void> parse_trailers();

  std::uint64_t left_ = 0;
  std::uint32_t extension_bytes_ = 0;  ///< of all chunk extensions of this body
  std::uint16_t line_bytes_ = 0;       ///< of this chunk line
  std::uint8_t digits_ = 0;
  State state_ = State::done;
  Framing framing_ = Framing::none;
  net::Side side_ = net::Side::client;
  std::string trailer_text_;
  std::string nominated_;  ///< names, comma-separated, in lower case
  Fields trailers_;
};

}  // namespace gw::http::h1
