#include "gateway/net/dialer_link.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <cstring>

namespace gw::net {

DialerLink::DialerLink(Worker& worker, Descriptor socket) : socket_(worker.context(), socket.release()) {}

std::shared_ptr<DialerLink> DialerLink::open(Worker& worker, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return nullptr;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return nullptr;
  const std::shared_ptr<DialerLink> link(new DialerLink(worker, std::move(socket)));
  worker.spawn(read(link));
  return link;
}

Task<> DialerLink::ask(DialerAsk message, PendingAsk& pending) {
  const auto self = shared_from_this();
  const auto packet = encode(DialerRequest(message));
  pending_.emplace(message.tag, &pending);
  Passed passed = Passed::broken;
  while (!broken_ && pending.state == PendingAsk::State::waiting &&
         (passed = send_packet(socket_.native_handle(), packet)) == Passed::later) {
    boost::system::error_code error;
    co_await socket_.async_wait(asio::posix::descriptor_base::wait_write, asio::redirect_error(use_task, error));
    if (error) break;
  }
  if (passed != Passed::done) close();
  if (pending.state == PendingAsk::State::waiting) co_await pending.waiter.wait();
  pending_.erase(message.tag);
}

void DialerLink::close() noexcept {
  broken_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  while (!pending_.empty()) {
    auto* lost = pending_.begin()->second;
    pending_.erase(pending_.begin());
    lost->settle(PendingAsk::State::lost);
  }
}

Task<> DialerLink::read(std::shared_ptr<DialerLink> self) {
  boost::system::error_code error;
  while (!error && !self->broken_) {
    co_await self->socket_.async_wait(asio::posix::descriptor_base::wait_read, asio::redirect_error(use_task, error));
    if (!error && !self->broken_ && !self->take_packet()) break;
  }
  if (!self->broken_) self->close();
}

bool DialerLink::take_packet() {
  std::array<char, dialer_packet_bytes> buffer;
  std::size_t length = 0;
  std::vector<Descriptor> descriptors;
  const auto passed = receive_packet(socket_.native_handle(), buffer, length, descriptors, dialer_sockets);
  if (passed == Passed::later) return true;
  if (passed == Passed::broken) return false;
  auto reply = decode_dialer_reply({buffer.data(), length});
  auto* sockets = reply ? std::get_if<DialerSockets>(&*reply) : nullptr;
  if (sockets == nullptr || descriptors.size() != std::size_t{sockets->v4} + sockets->v6) return false;
  const auto waiting = pending_.find(sockets->tag);
  // Nobody waits any more: it was late. The descriptors close here.
  if (waiting == pending_.end()) return true;
  auto* ask = waiting->second;
  pending_.erase(waiting);
  ask->answer = std::move(*sockets);
  ask->sockets = std::move(descriptors);
  ask->settle(PendingAsk::State::answered);
  return true;
}

}  // namespace gw::net
