#include "gateway/http/client.hpp"

namespace gw::http {

net::Task<net::Result<Answer>> fetch(ClientConnection& connection, RequestHead head, std::string_view body, std::size_t limit) {
  auto& exchange = connection.exchange();
  head.body = body.empty() ? BodySize::none() : BodySize::of(body.size());
  if (auto ok = co_await exchange.write_head(head, {body, true, nullptr}); !ok) co_return ok.error();
  Answer answer;
  for (;;) {
    auto response = co_await exchange.read_head();
    if (!response) co_return response.error();
    if ((*response)->interim()) continue;
    answer.head = **response;
    break;
  }
  if (answer.head.tunnel != Tunnel::none) co_return answer;
  for (;;) {
    auto piece = co_await exchange.read_body();
    if (!piece) co_return piece.error();
    if (answer.body.size() + piece->data.size() > limit)
      co_return net::Failure{net::Code::body_too_large, net::Side::upstream, net::Retry::never};
    answer.body.append(piece->data.data(), piece->data.size());
    if (piece->last) co_return answer;
  }
}

}  // namespace gw::http
