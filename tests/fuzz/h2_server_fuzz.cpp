// Any bytes behind the preface, in pieces: no crash, nobody waits for ever, and what the handler is given may be written as HTTP/1.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/h1/request_parser.hpp"
#include "gateway/http/h1/serializer.hpp"
#include "gateway/http/server.hpp"
#include "gateway/net/worker.hpp"

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
    (void)co_await client.write_head(head, {body, true, nullptr});
  }
};

void settle(net::Worker& worker) {
  for (int quiet = 0; quiet != 3;) quiet = worker.run_ready() ? 0 : quiet + 1;
}

/// Sends the bytes and takes what is answered.
void talk(net::Worker& worker, int peer, std::string_view bytes) {
  std::array<char, 65536> answer;
  while (!bytes.empty()) {
    const auto sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    settle(worker);
    while (::recv(peer, answer.data(), answer.size(), MSG_DONTWAIT) > 0) settle(worker);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::size_t piece = data[0] == 0 ? bytes.size() : data[0];
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return 0;
  net::Worker worker;
  Echo handler;
  http::Server server(worker, handler, http::ServerSettings{});
  server.accept(std::make_unique<net::Stream>(worker, net::Descriptor(ends[0]), net::Side::client), {});
  talk(worker, ends[1], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) talk(worker, ends[1], bytes.substr(0, piece));
  ::close(ends[1]);
  settle(worker);
  server.stop();
  settle(worker);
  if (server.connections() != 0) std::abort();
  return 0;
}
