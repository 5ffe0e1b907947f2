#pragma once
// A dialer whose containers are all this machine.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "gateway/net/descriptor_passing.hpp"
#include "gateway/net/dialer_message.hpp"

namespace loadtest::drive::test {

class FakeDialer {
 public:
  explicit FakeDialer(const std::string& path) : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_.get(), 8);
    accepting_ = std::thread([this] { accept(); });
  }
  ~FakeDialer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    accepting_.join();
    for (auto& thread : threads_) thread.join();
  }
  FakeDialer(const FakeDialer&) = delete;
  FakeDialer& operator=(const FakeDialer&) = delete;

 private:
  void accept() {
    for (;;) {
      gw::net::Descriptor client(::accept(listener_.get(), nullptr, nullptr));
      if (!client) return;
      threads_.emplace_back([held = std::make_shared<gw::net::Descriptor>(std::move(client))] { serve(held->get()); });
    }
  }

  static void serve(int client) {
    std::array<char, gw::net::dialer_packet_bytes> packet{};
    std::vector<gw::net::Descriptor> none;
    std::size_t size = 0;
    while (gw::net::receive_packet(client, packet, size, none, 0) == gw::net::Passed::done) {
      const auto request = gw::net::decode_dialer_request(std::span(packet).first(size));
      const auto* ask = request ? std::get_if<gw::net::DialerAsk>(&*request) : nullptr;
      if (ask == nullptr) return;
      std::vector<gw::net::Descriptor> sockets;
      for (int i = 0; i != ask->v4; ++i) sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      for (int i = 0; i != ask->v6; ++i)
        sockets.emplace_back(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const gw::net::DialerSockets reply{ask->tag, gw::net::DialerStatus::ok, ask->v4, ask->v6, {}};
      gw::net::send_packet(client, gw::net::encode(gw::net::DialerReply(reply)), sockets);
    }
  }

  gw::net::Descriptor listener_;
  std::thread accepting_;
  std::list<std::thread> threads_;
};

}  // namespace loadtest::drive::test
