// Connections to an engine, whoever listens there.
#include <netinet/tcp.h>

#include "runtime/engine/engine.hpp"
#include "tests/gateway/net/loop.hpp"

namespace runtime::engine {
namespace {

// Where the engine is a machine of its own, which may go down without a word while nobody has anything to say for an hour.
TEST(Connection, over_tcp_is_probed_within_seconds_of_silence) {
  gw::net::test::Loop loop;
  const gw::net::test::ListeningSocket there;
  const auto engine = make_docker_engine(loop.worker, "tcp://127.0.0.1:" + std::to_string(there.port()));
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
