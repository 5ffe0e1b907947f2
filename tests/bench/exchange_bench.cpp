// One whole request: server connection, policies, router, pool, relay, client connection, and back. Client and app are raw sockets
// on the same thread, so that the time holds their system calls, too.

#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gateway/net/listener.hpp"
#include "gateway/proxy/handle.hpp"

namespace {

namespace net = gw::net;
namespace http = gw::http;
namespace proxy = gw::proxy;

std::shared_ptr<const proxy::Snapshot> one_route(const std::string& path) {
  auto upstream = std::make_shared<proxy::Upstream>();
  upstream->endpoints.push_back({net::UnixAddress{path}, "unix:" + path});
  proxy::Route route;
  route.host = "demo.example.com";
  route.path = "/";
  route.upstream = std::move(upstream);
  route.site = std::make_shared<proxy::Site>();
  proxy::Snapshot snapshot;
  snapshot.name = "spaceport";
  std::vector<proxy::Route> routes;
  routes.push_back(std::move(route));
  snapshot.router.set("demo.example.com", std::make_shared<const proxy::HostRoutes>(std::move(routes)));
  return std::make_shared<const proxy::Snapshot>(std::move(snapshot));
}

class Exchange {
 public:
  Exchange() : listening_(net::listen_unix(path_, 0600).descriptor), proxy_(worker_, nullptr, one_route(path_), -1) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return;
    client_ = ends[0];
    http::ConnectionInfo info;
    info.peer = "192.0.2.7";
    server_.accept(std::make_unique<net::Stream>(worker_, net::Descriptor(ends[1]), net::Side::client), std::move(info));
  }
  ~Exchange() {
    server_.stop();
    while (worker_.run_ready()) {
    }
    ::close(client_);
    ::close(app_);
    ::close(listening_);
    ::unlink(path_.c_str());
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// False when it does not end.
  bool run(const std::string& request, const std::string& answer) {
    if (::send(client_, request.data(), request.size(), MSG_NOSIGNAL) < 0) return false;
    if (app_ < 0 && !turn_until([this] { return (app_ = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; }))
      return false;
    if (!turn_until([this] { return ::recv(app_, room_, sizeof room_, MSG_DONTWAIT) > 0; })) return false;
    if (::send(app_, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return false;
    return turn_until([this] { return ::recv(client_, room_, sizeof room_, MSG_DONTWAIT) > 0; });
  }

 private:
  template <class Done>
  bool turn_until(Done done) {
    for (int turns = 0; turns != 10'000; ++turns) {
      worker_.run_ready();
      if (done()) return true;
    }
    return false;
  }

  const std::string path_ = "/tmp/spaceport-exchange-bench-" + std::to_string(::getpid()) + ".sock";
  int listening_ = -1;
  int client_ = -1;
  int app_ = -1;
  net::Worker worker_{net::Worker::Sleeps::in_poller};
  proxy::Proxy proxy_;
  http::Server server_{worker_, proxy_};
  char room_[64 * 1024];
};

const std::string head = "/predict?x=1 HTTP/1.1\r\nHost: demo.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n";

void exchange(benchmark::State& state, const std::string& request, const std::string& answer) {
  Exchange one;
  for (auto _ : state)
    if (!one.run(request, answer)) {
      state.SkipWithError("no answer");
      break;
    }
}
BENCHMARK_CAPTURE(exchange, get, "GET " + head + "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
BENCHMARK_CAPTURE(exchange, get_chunked, "GET " + head + "\r\n",
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
BENCHMARK_CAPTURE(exchange, post, "POST " + head + "Content-Length: 1024\r\n\r\n" + std::string(1024, 'x'),
                  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

}  // namespace
