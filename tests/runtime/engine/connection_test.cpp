// Connections to an engine, whoever listens there.
#include <netinet/tcp.h>

#include "runtime/engine/engine.hpp"
#include "tests/gateway/net/loop.hpp"

namespace runtime::engine {
namespace {

class Listening {
 public:
  Listening() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(0, ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size));
    EXPECT_EQ(0, ::listen(descriptor_, 1));
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    endpoint = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Listening() { ::close(descriptor_); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  std::string endpoint;

 private:
  int descriptor_;
};

// Where the engine is a machine of its own, which may go down without a word while nobody has anything to say for an hour.
TEST(Connection, over_tcp_is_probed_within_seconds_of_silence) {
  gw::net::test::Loop loop;
  const Listening there;
  const auto engine = make_docker_engine(loop.worker, there.endpoint);
  const auto connection = loop.run(engine->connect(any_silence));
  ASSERT_TRUE(connection) << connection.error().message;
  const int socket = (*connection)->stream().socket().descriptor();
  const auto option = [socket](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(0, ::getsockopt(socket, level, name, &value, &size));
    return value;
  };

  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  const int noticed_after =
      option(IPPROTO_TCP, TCP_KEEPIDLE) + option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_LE(noticed_after, 30);
}

}  // namespace
}  // namespace runtime::engine
