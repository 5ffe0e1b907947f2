#include "gateway/http/h1/body_decoder.hpp"

#include <algorithm>
#include <string_view>

#include "gateway/http/characters.hpp"
#include "gateway/http/h1/framing.hpp"
#include "gateway/http/hop_by_hop.hpp"

namespace gw::http::h1 {
namespace {

// Rules 6, 8 and 9.
constexpr std::uint8_t most_digits = 16;
constexpr std::uint16_t longest_chunk_line = 4 << 10;
constexpr std::uint32_t most_extension_bytes = 16 << 10;
constexpr std::size_t most_trailer_bytes = 8 << 10;
constexpr std::size_t most_trailers = 32;
constexpr std::uint64_t largest_chunk = 0x7FFFFFFFFFFFFFFF;

}  // namespace

void BodyDecoder::start(Framing framing, std::uint64_t length, net::Side side, std::string_view nominated) {
  framing_ = framing;
  side_ = side;
  left_ = length;
  extension_bytes_ = 0;
  line_bytes_ = 0;
  digits_ = 0;
  trailer_text_.clear();
  trailers_.clear();
  switch (framing) {
    case Framing::none:
      state_ = State::done;
      break;
    case Framing::length:
      state_ = length == 0 ? State::done : State::data;
      break;
    case Framing::chunked:
      state_ = State::size_start;
      nominated_.assign(nominated);
      break;
    case Framing::until_close:
      state_ = State::data;
      break;
  }
}

void BodyDecoder::start_request(const BodySize& size, std::string_view nominated) {
  using Kind = BodySize::Kind;
  const Framing framing = size.kind == Kind::none     ? Framing::none
                          : size.kind == Kind::length ? Framing::length
                                                      : Framing::chunked;
  start(framing, size.length, net::Side::client, nominated);
}

net::Result<BodyDecoder::Piece> BodyDecoder::decode(std::span<const char> input) {
  Piece piece;
  while (state_ != State::done) {
    const std::span<const char> rest = input.subspan(piece.consumed);
    if (rest.empty()) return piece;
    if (state_ == State::data) {
      // The data of the next chunk is the next piece's.
      if (!piece.data.empty()) return piece;
      const std::size_t size = framing_ == Framing::until_close
                                   ? rest.size()
                                   : static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), left_));
      piece.data = rest.first(size);
      piece.consumed += size;
      if (framing_ == Framing::until_close) return piece;
      left_ -= size;
      if (left_ == 0) state_ = framing_ == Framing::chunked ? State::data_end : State::done;
    } else if (state_ == State::trailer) {
      const net::Result<std::size_t> taken = take_trailers(rest);
      if (!taken) return taken.error();
      piece.consumed += *taken;
    } else {
      if (const net::Result<void> fine = step(rest.front()); !fine) return fine.error();
      ++piece.consumed;
    }
  }
  piece.last = true;
  return piece;
}

void BodyDecoder::skip(std::uint64_t bytes) noexcept {
  left_ -= bytes;
  if (framing_ == Framing::length && left_ == 0) state_ = State::done;
}

net::Result<void> BodyDecoder::end_of_input() noexcept {
  if (framing_ == Framing::until_close && state_ == State::data) state_ = State::done;
  if (state_ != State::done) return failure(net::Code::truncated);
  return {};
}

// One byte of chunk framing. A chunk line is a handful of bytes, so that going through it byte by byte costs less than
// waiting for all of it and searching its end again.
net::Result<void> BodyDecoder::step(char c) {
  switch (state_) {
    case State::size_start:
    case State::size:
      return step_size(c);
    case State::extension:
      return step_extension(c);
    case State::size_line_feed:
      if (c != '\n') return failure(net::Code::bad_chunk);
      return end_size_line();
    case State::data_end:
      if (c != '\r') return failure(net::Code::bad_chunk);
      state_ = State::data_line_feed;
      return {};
    default:
      if (c != '\n') return failure(net::Code::bad_chunk);
      state_ = State::size_start;
      return {};
  }
}

net::Result<void> BodyDecoder::step_size(char c) {
  if (const int digit = hex_value(c); digit >= 0) {
    if (state_ == State::size_start) {
      left_ = 0;
      digits_ = 0;
      line_bytes_ = 0;
      state_ = State::size;
    }
    if (++digits_ > most_digits || left_ > (largest_chunk >> 4)) return failure(net::Code::bad_chunk);
    left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
    return {};
  }
  if (state_ == State::size_start || (c != '\r' && c != ';')) return failure(net::Code::bad_chunk);
  state_ = c == '\r' ? State::size_line_feed : State::extension;
  return {};
}

net::Result<void> BodyDecoder::step_extension(char c) {
  if (c == '\r') {
    state_ = State::size_line_feed;
    return {};
  }
  if (!is_field_value({&c, 1})) return failure(net::Code::bad_chunk);
  if (++line_bytes_ > longest_chunk_line || ++extension_bytes_ > most_extension_bytes) return failure(net::Code::bad_chunk);
  return {};
}

net::Result<void> BodyDecoder::end_size_line() {
  state_ = left_ == 0 ? State::trailer : State::data;
  return {};
}

// Trailers are rare, so that their lines are collected and read at the end. Returns how many bytes it has taken.
net::Result<std::size_t> BodyDecoder::take_trailers(std::span<const char> input) {
  for (std::size_t i = 0; i != input.size(); ++i) {
    if (trailer_text_.size() == most_trailer_bytes) return failure(net::Code::bad_trailer);
    trailer_text_.push_back(input[i]);
    if (input[i] != '\n') continue;
    if (!trailer_text_.ends_with("\r\n")) return failure(net::Code::bad_trailer);
    if (trailer_text_.size() == 2 || trailer_text_.ends_with("\r\n\r\n")) {
      // Done only when they are good: behind a body that is not done nothing is read as the next request.
      if (const net::Result<void> fine = parse_trailers(); !fine) return fine.error();
      state_ = State::done;
      return i + 1;
    }
  }
  return input.size();
}

net::Result<void> BodyDecoder::parse_trailers() {
  std::string_view text = trailer_text_;
  text.remove_suffix(2);
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (++count > most_trailers) return failure(net::Code::bad_trailer);
    if (add_field_line(text.substr(0, end - 1), trailers_)) return failure(net::Code::bad_trailer);
    const Fields::Field field = trailers_[trailers_.size() - 1];
    const bool unsafe = side_ == net::Side::client && is_unsafe_name(field.name);
    if (unsafe || !is_allowed_trailer(field) || list_has(nominated_, field.name)) trailers_.drop_last();
    text.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace gw::http::h1
