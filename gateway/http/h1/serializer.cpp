#include "gateway/http/h1/serializer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "gateway/http/status.hpp"

namespace gw::http::h1 {
namespace {

/// Writes behind the end of a string without asking for room at every piece: the bound is computed once.
class Pen {
 public:
  Pen(std::string& out, std::size_t room) : out_(out), at_(out.size()) { out_.resize(at_ + room); }
  ~Pen() { out_.resize(at_); }
  Pen(const Pen&) = delete;
  Pen& operator=(const Pen&) = delete;

  void put(std::string_view text) noexcept {
    text.copy(out_.data() + at_, text.size());
    at_ += text.size();
  }
  void put(std::uint64_t number) noexcept {
    at_ = static_cast<std::size_t>(std::to_chars(out_.data() + at_, out_.data() + out_.size(), number).ptr - out_.data());
  }
  void field(std::string_view name, std::string_view value) noexcept {
    put(name);
    put(": ");
    put(value);
    put("\r\n");
  }

 private:
  std::string& out_;
  std::size_t at_;
};

/// More than everything that we add ourselves: framing, Connection, Upgrade, status line, the last CRLF.
constexpr std::size_t own_bytes = 320;

void put_fields(Pen& pen, const Fields& fields, bool with_trailer) noexcept {
  // No field has the name `count_`.
  fields.lines_without(with_trailer ? Name::count_ : Name::trailer, [&pen](std::string_view lines) { pen.put(lines); });
}

Framing put_framing(Pen& pen, const BodySize& body) noexcept {
  switch (body.kind) {
    case BodySize::Kind::length:
      pen.put("content-length: ");
      pen.put(body.length);
      pen.put("\r\n");
      return Framing::length;
    case BodySize::Kind::unknown:
      pen.put("transfer-encoding: chunked\r\n");
      return Framing::chunked;
    case BodySize::Kind::none:
      break;
  }
  return Framing::none;
}

void put_upgrade(Pen& pen, std::string_view protocol) noexcept {
  pen.put("connection: upgrade\r\n");
  pen.field("upgrade", protocol);
}

}  // namespace

Framing append_request(std::string& out, const RequestHead& head) {
  Pen pen{out, own_bytes + head.method.size() + head.path.size() + head.query.size() + head.authority.size() +
                   head.protocol.size() + head.fields.most_bytes()};
  pen.put(head.method);
  pen.put(" ");
  pen.put(head.path);
  pen.put(head.query);
  pen.put(" HTTP/1.1\r\n");
  pen.field("host", head.authority);
  put_fields(pen, head.fields, head.body.kind == BodySize::Kind::unknown);

  Framing framing = Framing::none;
  if (head.tunnel == Tunnel::none) {
    framing = put_framing(pen, head.body);
    // RFC 9110 §8.6: a method that has a body by nature says that there is none.
    if (framing == Framing::none && (head.method == "POST" || head.method == "PUT" || head.method == "PATCH"))
      pen.put("content-length: 0\r\n");
    if (head.expects_continue) pen.put("expect: 100-continue\r\n");
  } else {
    // Only our own calls upgrade with a body: none of ours has one, but its length must then be said.
    if (head.tunnel == Tunnel::upgrade && head.method == "POST") pen.put("content-length: 0\r\n");
    put_upgrade(pen, head.tunnel == Tunnel::websocket ? std::string_view{"websocket"} : std::string_view{head.protocol});
    framing = Framing::until_close;
  }
  pen.put("\r\n");
  return framing;
}

Framing append_response(std::string& out, const ResponseHead& head, const ResponseWriting& writing) {
  Pen pen{out, own_bytes + head.protocol.size() + writing.date.size() + head.fields.most_bytes()};
  pen.put("HTTP/1.1 ");
  pen.put(std::uint64_t{head.status});
  pen.put(" ");
  pen.put(reason_phrase(head.status));
  pen.put("\r\n");

  const bool bodiless = writing.head_request || never_has_body(head.status);
  const bool chunked = !bodiless && head.body.kind == BodySize::Kind::unknown && !writing.http_1_0;
  put_fields(pen, head.fields, chunked);
  if (head.tunnel != Tunnel::none && head.status == 101) {
    put_upgrade(pen, head.protocol);
    pen.put("\r\n");
    return Framing::until_close;
  }
  if (head.status < 200) {
    pen.put("\r\n");
    return Framing::none;
  }
  if (!writing.date.empty() && !head.fields.contains(Name::date)) pen.field("date", writing.date);

  Framing framing = Framing::none;
  if (bodiless) {
    const bool own_length = head.body.kind == BodySize::Kind::length;
    if (head.status != 204 && (head.length_stated || own_length))
      put_framing(pen, BodySize::of(head.length_stated ? head.stated_length : head.body.length));
  } else if (head.body.kind == BodySize::Kind::unknown && writing.http_1_0) {
    framing = Framing::until_close;
  } else {
    framing = put_framing(pen, head.body.kind == BodySize::Kind::none ? BodySize::of(0) : head.body);
  }

  const bool close = writing.close || framing == Framing::until_close;
  if (head.status == 426 && !head.protocol.empty()) {
    pen.put(close ? "connection: close, upgrade\r\n" : "connection: upgrade\r\n");
    pen.field("upgrade", head.protocol);
  } else if (close) {
    pen.put("connection: close\r\n");
  } else if (writing.http_1_0) {
    pen.put("connection: keep-alive\r\n");
  }
  pen.put("\r\n");
  return framing;
}

void append_chunk_start(std::string& out, std::size_t size) {
  std::array<char, 18> line;
  char* end = std::to_chars(line.data(), line.data() + 16, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line.data(), end);
}

void append_last_chunk(std::string& out, const Fields* trailers) {
  if (trailers == nullptr || trailers->empty()) {
    out += "0\r\n\r\n";
    return;
  }
  Pen pen{out, 5 + trailers->most_bytes()};
  pen.put("0\r\n");
  put_fields(pen, *trailers, true);
  pen.put("\r\n");
}

}  // namespace gw::http::h1
