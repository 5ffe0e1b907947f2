#include "gateway/net/listener.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/asio/post.hpp>
#include <ctime>
#include <filesystem>

#include "gateway/net/connect.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

using test::Loop;

struct Folder {
  Folder() {
    char name[] = "/tmp/spaceport-listener-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

TEST(Listener, accepts_and_tells_who_came) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  ASSERT_GE(listening.descriptor, 0) << listening.problem;
  const auto local = local_address(listening.descriptor);
  EXPECT_EQ("127.0.0.1", local.host);
  ASSERT_NE(0, local.port);
  std::unique_ptr<Stream> inner;
  PeerAddress peer;
  Listener listener(loop.worker, listening.descriptor, [&](std::unique_ptr<Stream> stream, PeerAddress from) {
    inner = std::move(stream);
    peer = std::move(from);
  });

  auto outer = loop.run(connect(loop.worker, TcpAddress{"127.0.0.1", local.port}, Duration(3'000)));
  ASSERT_TRUE(outer);
  ASSERT_TRUE(loop.until([&] { return inner != nullptr; }));
  EXPECT_EQ("127.0.0.1", peer.host);
  EXPECT_EQ(local_address((*outer)->socket().descriptor()).port, peer.port);
  EXPECT_FALSE(peer.is_local);
  const std::string hello = "hello";
  ASSERT_TRUE(loop.run((*outer)->write({hello, {}, {}})));
  ASSERT_TRUE(loop.run(inner->more()));
  EXPECT_EQ("hello", test::text(inner->input()));
}

TEST(Listener, accepts_every_connection_of_a_crowd) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  std::vector<std::unique_ptr<Stream>> inner;
  std::vector<std::unique_ptr<Stream>> outer;
  Listener listener(loop.worker, listening.descriptor,
                    [&](auto stream, const PeerAddress&) { inner.push_back(std::move(stream)); });
  // More than one turn of the loop accepts.
  for (int i = 0; i != 150; ++i) {
    auto one = loop.run(connect(loop.worker, TcpAddress{"127.0.0.1", port}, Duration(3'000)));
    ASSERT_TRUE(one);
    outer.push_back(std::move(*one));
  }
  EXPECT_TRUE(loop.until([&] { return inner.size() == 150; }));
}

TEST(Listener, closed_accepts_no_more) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  Listener listener(loop.worker, listening.descriptor, [](auto, const PeerAddress&) {});
  listener.close();
  loop.settle();
  const auto refused = loop.run(connect(loop.worker, TcpAddress{"127.0.0.1", port}, Duration(3'000)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(Code::refused, refused.error().code);
}

TEST(Listener, may_be_destroyed_with_a_connection_waiting) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  auto listener = std::make_unique<Listener>(loop.worker, listening.descriptor, [](auto, const PeerAddress&) { FAIL(); });
  const int outer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  ASSERT_EQ(0, ::connect(outer, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  listener.reset();
  loop.settle();
  ::close(outer);
}

/// As many descriptors as are open now, and no more.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    const int next = ::dup(0);
    ::close(next);
    none.rlim_cur = static_cast<rlim_t>(next);
    EXPECT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &none));
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST(Listener, accepts_again_when_there_are_descriptors_again) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  int accepted = 0;
  Listener listener(loop.worker, listening.descriptor, [&](auto, const PeerAddress&) { ++accepted; });
  const int outer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  {
    const NoDescriptors none;
    ASSERT_EQ(0, ::connect(outer, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    const auto later = Clock::now() + Duration(250);
    const auto before = std::clock();
    loop.until([&] { return Clock::now() >= later; });
    EXPECT_EQ(0, accepted);
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 5) << "it spins";
  }
  EXPECT_TRUE(loop.until([&] { return accepted == 1; }));
  ::close(outer);
}

TEST(Listener, may_be_destroyed_while_it_rests) {
  Loop loop;
  const auto listening = listen_tcp("127.0.0.1", 0, false);
  const auto port = local_address(listening.descriptor).port;
  auto listener = std::make_unique<Listener>(loop.worker, listening.descriptor, [](auto, const PeerAddress&) { FAIL(); });
  const int outer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  {
    const NoDescriptors none;
    ASSERT_EQ(0, ::connect(outer, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    loop.settle();
  }
  // The pause is over and its handler is in the queue, behind the one that takes the listener away.
  const auto over = Clock::now() + Duration(150);
  while (Clock::now() < over) {
  }
  asio::post(loop.worker.context(), [&] { listener.reset(); });
  loop.settle();
  ::close(outer);
}

TEST(Listener, two_share_an_address_only_when_both_want_to) {
  const auto first = listen_tcp("127.0.0.1", 0, true);
  const auto port = local_address(first.descriptor).port;
  const auto second = listen_tcp("127.0.0.1", port, true);
  EXPECT_GE(second.descriptor, 0) << second.problem;
  const auto third = listen_tcp("127.0.0.1", port, false);
  EXPECT_EQ(-1, third.descriptor);
  EXPECT_NE(std::string::npos, third.problem.find("127.0.0.1:" + std::to_string(port)));
  ::close(first.descriptor);
  ::close(second.descriptor);
}

TEST(Listener, a_name_is_no_address_to_listen_on) { EXPECT_EQ(-1, listen_tcp("localhost", 0, false).descriptor); }

TEST(Listener, a_unix_socket_has_its_mode_from_the_start) {
  const Folder folder;
  const auto path = folder.path + "/a.sock";
  const auto listening = listen_unix(path, 0600);
  ASSERT_GE(listening.descriptor, 0) << listening.problem;
  struct stat status {};
  ASSERT_EQ(0, ::stat(path.c_str(), &status));
  EXPECT_EQ(0600U, status.st_mode & 0777U);
  EXPECT_TRUE(local_address(listening.descriptor).is_local);
  ::close(listening.descriptor);
}

TEST(Listener, a_stale_socket_file_is_replaced_and_a_live_one_is_not) {
  const Folder folder;
  const auto path = folder.path + "/a.sock";
  const auto first = listen_unix(path, 0600);
  ASSERT_GE(first.descriptor, 0);
  const auto second = listen_unix(path, 0600);
  EXPECT_EQ(-1, second.descriptor);
  EXPECT_NE(std::string::npos, second.problem.find(path));
  ::close(first.descriptor);
  const auto third = listen_unix(path, 0600);
  EXPECT_GE(third.descriptor, 0) << third.problem;
  ::close(third.descriptor);
}

TEST(Listener, a_file_that_is_no_socket_is_left_alone) {
  const Folder folder;
  const auto path = folder.path + "/data";
  ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  EXPECT_EQ(-1, listen_unix(path, 0600).descriptor);
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
  EXPECT_EQ(-1, listen_unix(folder.path + "/" + std::string(200, 'x'), 0600).descriptor);
}

}  // namespace
}  // namespace gw::net
