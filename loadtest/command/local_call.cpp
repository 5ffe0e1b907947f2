#include "loadtest/command/local_call.hpp"

#include "gateway/http/client.hpp"
#include "gateway/net/connect.hpp"

namespace loadtest::command {
namespace {

namespace http = gw::http;
namespace net = gw::net;

constexpr net::Duration patience{60'000};

struct Call {
  std::string socket, method, path, body;
  std::optional<LocalAnswer> answer;
};

net::Task<> perform(net::Worker& worker, Call& call) {
  // A named value: GCC 12 destroys an aggregate temporary of a co_await expression twice.
  const net::Address address = net::UnixAddress{call.socket};
  auto stream = co_await net::connect(worker, address, net::Duration(3000));
  if (stream) {
    auto connection = http::h1_client(std::move(*stream), {patience, patience});
    http::RequestHead head;
    head.method = call.method;
    head.authority = "spaceport";
    head.path = call.path;
    auto answer = co_await http::fetch(*connection, std::move(head), call.body);
    if (answer) call.answer = LocalAnswer{answer->head.status, std::move(answer->body)};
  }
  worker.stop();
}

}  // namespace

std::optional<LocalAnswer> local_call(const std::string& socket, const std::string& method, const std::string& path,
                                      const std::string& body) {
  net::Worker worker;
  Call call{socket, method, path, body, {}};
  worker.spawn(perform(worker, call));
  worker.run();
  return std::move(call.answer);
}

}  // namespace loadtest::command
