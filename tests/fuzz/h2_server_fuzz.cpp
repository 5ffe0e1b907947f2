// Any bytes behind the preface, in pieces: no crash, nobody waits for ever, and what the handler is given may be written as HTTP/1.

#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/h1/request_parser.hpp"
#include "gateway/http/h1/serializer.hpp"
#include "gateway/http/server.hpp"
#include "tests/fuzz/wire.hpp"

namespace {

using namespace gw;

/// What came out of HTTP/2 must be no news to a strict reader of HTTP/1.
void check(const http::RequestHead& request) {
  if (request.tunnel != http::Tunnel::none || request.authority.empty()) return;
  std::string text;
  http::h1::append_request(text, request);
  http::h1::RequestParser parser{
      {.target_bytes = 64 << 10, .line_bytes = 64 << 10, .head_bytes = 256 << 10, .field_count = 500}};
  http::RequestHead again;
  const auto parsed = parser.parse(text, again);
  if (!parsed || *parsed != text.size()) std::abort();
}

class Echo final : public http::Handler {
 public:
  net::Task<> handle(http::ClientSide& client, http::RequestHead& request, const http::ConnectionInfo&) override {
    check(request);
    std::string body;
    for (bool more = request.body.expected(); more;) {
      const auto piece = co_await client.read_body();
      if (!piece) co_return client.abort();
      body.append(piece->data.begin(), piece->data.end());
      more = !piece->last;
    }
    co_await answer(client, 200, body);
  }
  net::Task<> refuse(http::ClientSide& client, const http::RequestHead&, const http::ConnectionInfo&, net::Failure) override {
    return answer(client, 400, "no");
  }

 private:
  static net::Task<> answer(http::ClientSide& client, std::uint16_t status, std::string body) {
    http::ResponseHead head;
    head.status = status;
    head.body = http::BodySize::of(body.size());
    const http::Chunk whole{body, true, nullptr};
    (void)co_await client.write_head(head, whole);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  fuzz::Pieces pieces(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  fuzz::Wire wire(net::Side::client);
  Echo handler;
  http::Server server(wire.worker(), handler, http::ServerSettings{});
  server.accept(wire.take_stream(), {});
  wire.talk("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  while (pieces.more()) wire.talk(pieces.next());
  wire.close();
  server.stop();
  wire.settle();
  if (server.connections() != 0) std::abort();
  return 0;
}
