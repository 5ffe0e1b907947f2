#include "gateway/net/dialer_link.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace gw::net {

DialerLink::DialerLink(Worker& worker, Descriptor socket) : worker_(worker), socket_(std::move(socket)) {}

DialerLink::~DialerLink() { close(); }

std::shared_ptr<DialerLink> DialerLink::open(Worker& worker, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return nullptr;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return nullptr;
  std::shared_ptr<DialerLink> link(new DialerLink(worker, std::move(socket)));
  if (!worker.poller().add(link->socket_.get(), *link, Poller::Trigger::both)) return nullptr;
  return link;
}

Task<> DialerLink::ask(DialerAsk message, PendingAsk& pending) {
  const auto self = shared_from_this();
  pending_.emplace(message.tag, &pending);
  unsent_.push_back(encode(DialerRequest(message)));
  if (!send_unsent()) close();
  if (pending.state == PendingAsk::State::waiting) co_await pending.waiter.wait();
  pending_.erase(message.tag);
}

bool DialerLink::send_unsent() noexcept {
  while (!unsent_.empty()) {
    const auto passed = send_packet(socket_.get(), unsent_.front());
    if (passed == Passed::later) return true;
    if (passed == Passed::broken) return false;
    unsent_.pop_front();
  }
  return true;
}

void DialerLink::close() noexcept {
  worker_.poller().close(std::move(socket_));
  unsent_.clear();
  while (!pending_.empty()) {
    auto* lost = pending_.begin()->second;
    pending_.erase(pending_.begin());
    lost->settle(PendingAsk::State::lost);
  }
}

void DialerLink::ready(std::uint32_t /*events*/) noexcept {
  // Whoever is answered may let go of the link.
  const auto self = shared_from_this();
  if (!send_unsent()) return close();
  auto passed = Passed::done;
  while (!broken() && passed == Passed::done) passed = take_packet();
  if (!broken() && passed == Passed::broken) close();
}

Passed DialerLink::take_packet() {
  std::array<char, dialer_packet_bytes> buffer;
  std::size_t length = 0;
  std::vector<Descriptor> descriptors;
  const auto passed = receive_packet(socket_.get(), buffer, length, descriptors, dialer_sockets);
  if (passed != Passed::done) return passed;
  auto reply = decode_dialer_reply({buffer.data(), length});
  auto* sockets = reply ? std::get_if<DialerSockets>(&*reply) : nullptr;
  if (sockets == nullptr || descriptors.size() != std::size_t{sockets->v4} + sockets->v6) return Passed::broken;
  const auto waiting = pending_.find(sockets->tag);
  // Nobody waits any more: it was late. The descriptors close here.
  if (waiting == pending_.end()) return Passed::done;
  auto* ask = waiting->second;
  pending_.erase(waiting);
  ask->answer = std::move(*sockets);
  ask->sockets = std::move(descriptors);
  ask->settle(PendingAsk::State::answered);
  return Passed::done;
}

}  // namespace gw::net
