#include "gateway/net/dialer_client.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "gateway/net/connect_socket.hpp"
#include "gateway/net/dialer_link.hpp"

namespace gw::net {
namespace {

// How long to wait before each further try to reach the dialer; the shortest is a tick of the wheel. A restart of it takes a few
// milliseconds, and `serve` needs some more to notice it.
constexpr std::array<Duration, 3> pauses{DeadlineWheel::tick, DeadlineWheel::tick, Duration(300)};
// Places remembered per worker, about 150 bytes each.
constexpr std::size_t most_found = 4096;

constexpr Failure dialer_failure{Code::dialer, Side::upstream, Retry::always};

std::string key_of(const ContainerAddress& address) { return address.container + ':' + std::to_string(address.port); }

SocketAddress endpoint_of(const IpAddress& address, std::uint16_t port) {
  if (address.v6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    std::memcpy(&to.sin6_addr, address.bytes.data(), sizeof to.sin6_addr);
    return {&to, sizeof to, IPPROTO_TCP};
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  std::memcpy(&to.sin_addr, address.bytes.data(), sizeof to.sin_addr);
  return {&to, sizeof to, IPPROTO_TCP};
}

IpAddress loopback(bool v6) {
  IpAddress address;
  address.v6 = v6;
  if (v6) {
    address.bytes[15] = 1;
  } else {
    address.bytes[0] = 127;
    address.bytes[3] = 1;
  }
  return address;
}

/// A wait that nothing ends but time.
class Pause final : private Deadline {
 public:
  Pause(Worker& worker, Duration time) : Deadline(worker.deadlines()) { expires_in(time); }
  Task<> over() { co_await waiter_.wait(); }

 private:
  void expired() noexcept override { waiter_.notify(); }
  Waiter waiter_;
};

}  // namespace

DialerClient::DialerClient(Worker& worker, std::string socket_path) : worker_(worker), path_(std::move(socket_path)) {}

DialerClient::~DialerClient() {
  if (link_) link_->close();
}

std::shared_ptr<DialerLink> DialerClient::link() {
  if (!link_ || link_->broken()) link_ = DialerLink::open(worker_, path_);
  return link_;
}

Task<Result<DialerClient::Dialed>> DialerClient::dial(ContainerAddress address, std::uint8_t v4, std::uint8_t v6,
                                                      Duration timeout) {
  if (!is_container_id(address.container)) co_return dialer_failure;
  co_return co_await ask(address, v4, v6, timeout);
}

DialerClient::Dialed DialerClient::adopt(PendingAsk& answered) {
  Dialed dialed;
  for (std::size_t i = 0; i < answered.sockets.size(); ++i)
    (i < answered.answer.v4 ? dialed.v4 : dialed.v6).push_back(std::move(answered.sockets[i]));
  dialed.addresses = std::move(answered.answer.addresses);
  return dialed;
}

Task<Result<DialerClient::Dialed>> DialerClient::ask(const ContainerAddress& address, std::uint8_t v4, std::uint8_t v6,
                                                     Duration timeout) {
  const auto end = Clock::now() + timeout;
  std::size_t tries = 0;
  for (;;) {
    PendingAsk pending(worker_, left_until(end));
    const auto to_dialer = link();
    if (to_dialer) {
      DialerAsk message{next_tag_++, address.container, address.generation, v4, v6};
      co_await to_dialer->ask(std::move(message), pending);
    } else {
      pending.state = PendingAsk::State::lost;
    }
    if (pending.state == PendingAsk::State::answered && pending.answer.status == DialerStatus::ok) co_return adopt(pending);
    if (pending.state != PendingAsk::State::lost || tries == pauses.size() || left_until(end) <= pauses[tries])
      co_return dialer_failure;
    Pause pause(worker_, pauses[tries++]);
    co_await pause.over();
  }
}

Task<Result<Descriptor>> DialerClient::connect(const ContainerAddress& wanted, Duration timeout, Cancellation* cancel) {
  // A copy: the snapshot that the address stands in may be replaced while we wait.
  const ContainerAddress address = wanted;
  if (!is_container_id(address.container)) co_return dialer_failure;
  const auto end = Clock::now() + timeout;
  const auto key = key_of(address);
  if (const auto known = found_.find(key); known != found_.end() && known->second.generation == address.generation) {
    const Found found = known->second;
    auto dialed = co_await ask(address, found.address.v6 ? 0 : 1, found.address.v6 ? 1 : 0, timeout);
    if (!dialed) co_return dialed.error();
    auto& sockets = found.address.v6 ? dialed->v6 : dialed->v4;
    if (!sockets.empty()) {
      auto connected =
          co_await connect_socket(worker_, sockets.front(), endpoint_of(found.address, address.port), left_until(end), cancel);
      if (connected) co_return std::move(sockets.front());
      if (connected.error().code == Code::cancelled) co_return connected.error();
    }
    found_.erase(key);
  }
  co_return co_await connect_anywhere(address, end, cancel);
}

Task<Result<Descriptor>> DialerClient::connect_anywhere(const ContainerAddress& address, Clock::time_point end,
                                                        Cancellation* cancel) {
  auto dialed = co_await ask(address, 2, 2, left_until(end));
  if (!dialed) co_return dialed.error();
  auto places = attempts(std::move(*dialed));
  Failure last = dialer_failure;
  for (std::size_t i = 0; i < places.size(); ++i) {
    // A place that swallows packets must not take the time of those behind it.
    const auto share = left_until(end) / static_cast<int>(places.size() - i);
    const auto connected =
        co_await connect_socket(worker_, places[i].socket, endpoint_of(places[i].address, address.port), share, cancel);
    if (connected) {
      remember(address, places[i]);
      co_return std::move(places[i].socket);
    }
    if (connected.error().code == Code::cancelled) co_return connected.error();
    // A refusal says more than "no such address", which a container without IPv6 answers to ::1.
    if (last.code != Code::refused && last.code != Code::connect_timeout) last = connected.error();
  }
  co_return last;
}

std::vector<DialerClient::Attempt> DialerClient::attempts(Dialed dialed) {
  std::vector<Attempt> places;
  const auto add = [&](const IpAddress& address) {
    auto& sockets = address.v6 ? dialed.v6 : dialed.v4;
    if (sockets.empty()) return;
    places.push_back({address, std::move(sockets.back())});
    sockets.pop_back();
  };
  for (const bool v6 : {false, true}) {
    const auto own = std::find_if(dialed.addresses.begin(), dialed.addresses.end(),
                                  [v6](const IpAddress& address) { return address.v6 == v6; });
    if (own != dialed.addresses.end()) add(*own);
  }
  add(loopback(false));
  add(loopback(true));
  return places;
}

void DialerClient::remember(const ContainerAddress& address, const Attempt& attempt) {
  if (found_.size() >= most_found) found_.erase(found_.begin());
  found_.insert_or_assign(key_of(address), Found{address.generation, attempt.address});
}

}  // namespace gw::net
