#pragma once
// A blocking client for tests whose server runs on a thread of its own; every wait is bounded.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace gw::control::test {

class Client {
 public:
  explicit Client(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    constexpr timeval patience{5, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The status of the answer to a GET; 0: there was none.
  int get(const std::string& host = "demo.test") {
    const std::string request = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    if (::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) < 0) return 0;
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos)
      if (!more(answer)) return 0;
    const auto at = answer.find("content-length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(answer.substr(at + 16));
    while (answer.size() < answer.find("\r\n\r\n") + 4 + length)
      if (!more(answer)) return 0;
    return std::stoi(answer.substr(9, 3));
  }
  /// Does the other side end the connection, without another byte?
  bool over() {
    std::string nothing;
    return !more(nothing) && errno != EAGAIN;
  }

  /// Does it reset the connection, if need be before we have heard that there is one?
  bool broken() { return !connected || (over() && errno == ECONNRESET); }

  bool connected = false;

 private:
  bool more(std::string& into) {
    char piece[4096];
    errno = 0;
    const auto n = ::recv(descriptor_, piece, sizeof piece, 0);
    if (n > 0) into.append(piece, static_cast<std::size_t>(n));
    return n > 0;
  }
  int descriptor_;
};

}  // namespace gw::control::test
