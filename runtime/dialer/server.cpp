#include "runtime/dialer/server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace runtime::dialer {
namespace {

using gw::net::Descriptor;
using gw::net::DialerStatus;
using gw::net::Passed;

// Keys of the loop below the first client number.
constexpr std::uint64_t asking_key = 0;
constexpr std::uint64_t registering_key = 1;
constexpr std::uint64_t signals_key = 2;

// Packets answered for one client before the others get their turn.
constexpr int turn = 16;
// Answers that one client may leave unfetched, about 40 packets: what is in flight holds descriptors of ours.
constexpr int unfetched_bytes = 32 * 1024;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

Descriptor termination_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) fail("sigprocmask");
  return Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

Server::Server(ServerSettings settings, Descriptor asking, Descriptor registering)
    : settings_(std::move(settings)),
      registry_(settings_.containers),
      asking_(std::move(asking)),
      registering_(std::move(registering)),
      signals_(termination_signals()),
      loop_(::epoll_create1(EPOLL_CLOEXEC)),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  if (!loop_ || !signals_ || !reserve_) fail("cannot set up the loop");
  if (::getrandom(&instance_, sizeof instance_, 0) != sizeof instance_) fail("getrandom");
  watch(asking_.get(), asking_key);
  watch(registering_.get(), registering_key);
  watch(signals_.get(), signals_key);
}

void Server::run() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = ::epoll_wait(loop_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < count; ++i) {
      const auto key = events[static_cast<std::size_t>(i)].data.u64;
      if (key == signals_key) return;
      if (key == asking_key) {
        accept(asking_, Role::asker);
      } else if (key == registering_key) {
        accept(registering_, Role::registrar);
      } else if (const auto client = clients_.find(key); client != clients_.end() && !serve(client->second)) {
        clients_.erase(client);
      }
    }
  }
}

void Server::watch(int fd, std::uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key;
  if (::epoll_ctl(loop_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

void Server::accept(const Descriptor& listener, Role role) {
  Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) {
    if (errno != EMFILE && errno != ENFILE) return;
    reserve_.reset();
    Descriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
    reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return;
  }
  if (clients_.size() >= settings_.clients || !welcome(socket.get(), role)) return;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &unfetched_bytes, sizeof unfetched_bytes);
  const auto key = next_client_++;
  watch(socket.get(), key);
  clients_.emplace(key, Client{std::move(socket), role});
}

bool Server::welcome(int socket, Role role) const noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  const auto& allowed = role == Role::asker ? settings_.askers : settings_.registrars;
  if (std::find(allowed.begin(), allowed.end(), peer.uid) != allowed.end()) return true;
  std::fprintf(stderr, "spaceport-dialer: user %u (process %d) may not use the %s socket\n", static_cast<unsigned>(peer.uid),
               static_cast<int>(peer.pid), role == Role::asker ? "dialer" : "registrar");
  return false;
}

bool Server::serve(Client& client) {
  std::array<char, gw::net::dialer_packet_bytes> buffer;
  std::vector<Descriptor> descriptors;
  const std::size_t takes = client.role == Role::registrar ? 1 : 0;
  for (int i = 0; i < turn; ++i) {
    std::size_t length = 0;
    const auto passed = gw::net::receive_packet(client.socket.get(), buffer, length, descriptors, takes);
    if (passed == Passed::later) return true;
    if (passed == Passed::broken) return false;
    const auto request = gw::net::decode_dialer_request({buffer.data(), length});
    if (!request || !answer(client, *request, std::exchange(descriptors, {}))) return false;
  }
  return true;
}

bool Server::answer(Client& client, const gw::net::DialerRequest& request, std::vector<Descriptor> descriptors) {
  const auto* ask = std::get_if<gw::net::DialerAsk>(&request);
  const auto* ping = std::get_if<gw::net::DialerPing>(&request);
  // Each role has its own words; a word of the other one is treated as garbage.
  if (client.role == Role::asker) {
    if (ask != nullptr) return give_sockets(client, *ask);
    if (ping == nullptr) return false;
  }
  const auto* registration = std::get_if<gw::net::DialerRegister>(&request);
  if (ask != nullptr || descriptors.size() != (registration != nullptr ? 1U : 0U)) return false;
  gw::net::DialerReply reply;
  if (ping != nullptr) reply = done(ping->tag, DialerStatus::ok);
  if (registration != nullptr) reply = done(registration->tag, enlist(*registration, std::move(descriptors)));
  if (const auto* end = std::get_if<gw::net::DialerUnregister>(&request)) reply = done(end->tag, registry_.remove(*end));
  if (const auto* list = std::get_if<gw::net::DialerList>(&request)) reply = registry_.page(*list);
  // Made after the change, so that the count is the one now.
  if (auto* counted = std::get_if<gw::net::DialerDone>(&reply))
    counted->containers = static_cast<std::uint32_t>(registry_.size());
  return gw::net::send_packet(client.socket.get(), gw::net::encode(reply)) == Passed::done;
}

bool Server::give_sockets(Client& client, const gw::net::DialerAsk& ask) {
  gw::net::DialerSockets reply;
  reply.tag = ask.tag;
  NetworkNamespace::Sockets made;
  const auto found = registry_.find(ask.container, ask.generation);
  reply.status = found.status;
  if (found.entry != nullptr) {
    made = namespaces_.sockets(found.entry->network, ask.v4, ask.v6);
    if (made.all.empty()) reply.status = DialerStatus::no_sockets;
    reply.v4 = static_cast<std::uint8_t>(made.v4);
    reply.v6 = static_cast<std::uint8_t>(made.v6);
    reply.addresses = found.entry->addresses;
  }
  return gw::net::send_packet(client.socket.get(), gw::net::encode(gw::net::DialerReply(reply)), made.all) == Passed::done;
}

DialerStatus Server::enlist(const gw::net::DialerRegister& registration, std::vector<Descriptor> descriptors) {
  if (!namespaces_.foreign(descriptors.front())) return DialerStatus::bad_namespace;
  return registry_.add(registration, std::move(descriptors.front()));
}

gw::net::DialerDone Server::done(std::uint32_t tag, DialerStatus status) const noexcept { return {tag, status, instance_, 0}; }

}  // namespace runtime::dialer
