#include "gateway/net/connect.hpp"

#include <gtest/gtest.h>

#include "gateway/net/listener.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

using test::Loop;

constexpr Duration soon{3'000};

TEST(Connect, nobody_there_is_refused_and_may_be_tried_again) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  ::close(listening.descriptor);
  const auto stream = loop.run(connect(loop.worker, TcpAddress{"127.0.0.1", port}, soon));
  ASSERT_FALSE(stream);
  EXPECT_EQ((Failure{Code::refused, Side::upstream, Retry::always}), stream.error());
}

TEST(Connect, a_missing_socket_file_is_unreachable) {
  Loop loop;
  const auto stream = loop.run(connect(loop.worker, UnixAddress{"/nonexistent/app.sock"}, soon));
  ASSERT_FALSE(stream);
  EXPECT_EQ((Failure{Code::unreachable, Side::upstream, Retry::always}), stream.error());
  EXPECT_EQ(Code::unreachable, loop.run(connect(loop.worker, UnixAddress{std::string(300, 'x')}, soon)).error().code);
}

TEST(Connect, a_name_is_resolved) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  const auto stream = loop.run(connect(loop.worker, TcpAddress{"localhost", port}, soon));
  EXPECT_TRUE(stream);
  const auto nowhere = loop.run(connect(loop.worker, TcpAddress{"no such name", port}, soon));
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(Code::unreachable, nowhere.error().code);
  ::close(listening.descriptor);
}

TEST(Connect, an_endpoint_that_does_not_accept_times_out) {
  Loop loop;
  // A backlog of one that is full: further connects stay unanswered.
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(0, ::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  ASSERT_EQ(0, ::listen(listening, 0));
  const auto port = local_address(listening).port;
  std::vector<std::unique_ptr<Stream>> filling;
  std::optional<Failure> failure;
  for (int i = 0; i != 4 && !failure; ++i) {
    auto stream = loop.run(connect(loop.worker, TcpAddress{"127.0.0.1", port}, Duration(200)));
    if (stream) {
      filling.push_back(std::move(*stream));
    } else {
      failure = stream.error();
    }
  }
  ::close(listening);
  EXPECT_EQ((Failure{Code::connect_timeout, Side::upstream, Retry::always}), failure);
}

TEST(Connect, a_container_needs_a_dialer) {
  Loop loop;
  const auto stream = loop.run(connect(loop.worker, ContainerAddress{std::string(64, 'a'), 1, 80}, soon));
  ASSERT_FALSE(stream);
  EXPECT_EQ((Failure{Code::dialer, Side::upstream, Retry::always}), stream.error());
}

class FakeDialer final : public ContainerDialer {
 public:
  explicit FakeDialer(Loop& loop) : loop_(loop) {}
  Task<Result<Socket>> connect(const ContainerAddress& address, Duration) override {
    asked = address;
    int ends[2];
    EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    peer = test::Peer(ends[1]);
    Socket socket(loop_.worker.context());
    socket.assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
    co_return socket;
  }
  ContainerAddress asked;
  test::Peer peer;

 private:
  Loop& loop_;
};

TEST(Connect, a_container_is_reached_through_the_dialer) {
  Loop loop;
  FakeDialer dialer(loop);
  const ContainerAddress inside{std::string(64, 'b'), 3, 8000};
  auto stream = loop.run(connect(loop.worker, inside, soon, &dialer));
  ASSERT_TRUE(stream);
  EXPECT_EQ(inside, dialer.asked);
  dialer.peer.send("from inside");
  ASSERT_TRUE(loop.run((*stream)->more()));
  EXPECT_EQ(Side::upstream, (*stream)->side());
}

}  // namespace
}  // namespace gw::net
