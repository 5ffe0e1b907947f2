#pragma once
// A server made of a few lines, for what no good server does.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "loadtest/drive/run.hpp"

namespace loadtest::drive::test {

/// One connection; blocks.
class PeerConnection {
 public:
  explicit PeerConnection(int socket) : socket_(socket) {}

  /// The next request's head; false: the client has gone.
  bool request() {
    for (;;) {
      const auto end = input_.find("\r\n\r\n");
      if (end != std::string::npos) {
        input_.erase(0, end + 4);
        return true;
      }
      char bytes[4096];
      const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
      if (n <= 0) return false;
      input_.append(bytes, static_cast<std::size_t>(n));
    }
  }
  /// The kernel takes no more of what is sent than about this.
  void send_buffer(int bytes) { ::setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes); }
  /// Sends all of it, or as much as the client takes before it goes; calls `sent` with the size of each piece that the kernel took.
  void send_counted(std::string_view text, const std::function<void(std::size_t)>& sent) {
    while (!text.empty()) {
      const auto n = ::send(socket_, text.data(), std::min<std::size_t>(text.size(), 1024), MSG_NOSIGNAL);
      if (n <= 0) return;
      sent(static_cast<std::size_t>(n));
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void send(std::string_view text) { ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }

 private:
  int socket_;
  std::string input_;
};

/// Has `serve` see to each connection, one thread each, and closes it behind that.
class Peer {
 public:
  explicit Peer(std::function<void(PeerConnection&)> serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_, 64);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept(); });
  }
  ~Peer() {
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  void accept() {
    for (;;) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      threads_.emplace_back([this, socket] {
        PeerConnection connection(socket);
        serve_(connection);
        ::close(socket);
      });
    }
  }

  std::function<void(PeerConnection&)> serve_;
  int listener_;
  std::uint16_t port_ = 0;
  std::thread accepting_;
  std::list<std::thread> threads_;
};

/// Listens, accepts nobody, and has no room for more than two.
struct Deaf {
  Deaf() {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener, 1);
    socklen_t size = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  }
  ~Deaf() {
    ::close(listener);
    for (const int socket : taken) ::close(socket);
  }
  /// Takes the room for two.
  void fill() {
    for (int i = 0; i != 2; ++i) {
      taken.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ::connect(taken.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
  }
  int listener;
  sockaddr_in address{};
  std::vector<int> taken;
  std::string url;
};

/// Does something when so much time is over, on a thread of its own. A watcher only so that it can be handed to a run.
class Stopwatch final : public Watcher {
 public:
  Stopwatch(Nanoseconds after, std::function<void()> job)
      : thread_([this, after, job = std::move(job)] {
          std::unique_lock lock(mutex_);
          if (!changed_.wait_for(lock, std::chrono::nanoseconds(after), [this] { return over_; })) job();
        }) {}
  ~Stopwatch() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  bool look(const Look&) override { return true; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace loadtest::drive::test
