#pragma once
// An app on a UNIX socket: the test accepts its connections and plays them.

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gateway/net/listener.hpp"
#include "tests/gateway/http/connection_scene.hpp"

namespace gw::proxy::test {

class ListeningApp {
 public:
  ListeningApp() {
    char name[] = "/tmp/spaceport-app-XXXXXX";
    folder_ = ::mkdtemp(name);
    path = folder_ + "/app.sock";
    descriptor_ = net::listen_unix(path, 0600).descriptor;
  }
  ListeningApp(const ListeningApp&) = delete;
  ListeningApp& operator=(const ListeningApp&) = delete;
  ~ListeningApp() {
    ::close(descriptor_);
    std::filesystem::remove_all(folder_);
  }
  /// Takes the next connection, if there is one.
  bool accept(http::test::Peer& into) const {
    const int fd = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) into = http::test::Peer(fd);
    return fd >= 0;
  }

  std::string path;

 private:
  std::string folder_;
  int descriptor_ = -1;
};

}  // namespace gw::proxy::test
