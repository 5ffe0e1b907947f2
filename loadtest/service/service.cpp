#include "loadtest/service/service.hpp"

#include <optional>
#include <vector>

#include "gateway/net/listener.hpp"
#include "gateway/net/whole_file.hpp"
#include "loadtest/service/answerer.hpp"

namespace loadtest::service {

namespace http = gw::http;
namespace net = gw::net;

namespace {

// A load test holds connections for as long as it likes.
http::ServerSettings patient() {
  constexpr net::Duration hour{3'600'000};
  http::ServerSettings settings;
  settings.header = settings.idle = settings.body = hour;
  settings.linger_step = net::Duration{100};
  return settings;
}

std::shared_ptr<net::TlsContext> load_tls(const Settings& settings, std::string& problem) {
  net::TlsSettings tls;
  tls.certificates.push_back({settings.certificate, settings.private_key});
  std::vector<std::string> problems;
  auto context = net::TlsContext::load(tls, net::read_whole_file, problems);
  if (!context) problem = problems.empty() ? "there is no certificate" : problems.front();
  return context;
}

}  // namespace

class Service::Inside {
 public:
  Inside(net::Worker& on, const Settings& settings)
      : worker(on), answerer(on, settings), server(on, answerer, patient()), problem(answerer.delays().problem()) {
    if (problem.empty() && !settings.certificate.empty()) tls = load_tls(settings, problem);
    if (!problem.empty()) return;
    if (tls) worker.use(net::TicketKeys::fresh());
    const auto listening = settings.unix_socket.empty() ? net::listen_tcp(settings.host, settings.port, true)
                                                        : net::listen_unix(settings.unix_socket, 0600);
    problem = listening.problem;
    if (listening.descriptor < 0) return;
    port = net::local_address(listening.descriptor).port;
    listener.emplace(worker, listening.descriptor, [this](std::unique_ptr<net::Stream> stream, const net::PeerAddress& peer) {
      accept(std::move(stream), peer);
    });
  }

  void accept(std::unique_ptr<net::Stream> stream, const net::PeerAddress& peer) {
    http::ConnectionInfo info;
    info.peer = peer.host;
    http::Entrance entrance;
    entrance.tls = tls;
    server.accept(std::move(stream), std::move(info), std::move(entrance));
  }

  void stop() {
    listener.reset();
    server.stop();
    answerer.stop();
    answerer.delays().flush();
  }

  net::Worker& worker;
  Answerer answerer;
  http::Server server;
  std::string problem;
  std::shared_ptr<net::TlsContext> tls;
  std::optional<net::Listener> listener;
  std::uint16_t port = 0;
};

Service::Service(net::Worker& worker, Settings settings) : inside_(std::make_unique<Inside>(worker, settings)) {}

Service::~Service() {
  inside_->stop();
  // Nobody waits for anything any more, so that this is a matter of turns.
  while (inside_->server.connections() != 0) inside_->worker.run_ready();
}

const std::string& Service::problem() const noexcept { return inside_->problem; }
std::uint16_t Service::port() const noexcept { return inside_->port; }
std::uint64_t Service::answered() const noexcept { return inside_->answerer.answered(); }

void Service::drain() {
  inside_->listener.reset();
  inside_->server.drain();
}

void Service::stop() { inside_->stop(); }

}  // namespace loadtest::service
