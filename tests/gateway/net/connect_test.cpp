#include "gateway/net/connect.hpp"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "gateway/net/listener.hpp"
#include "tests/gateway/net/loop.hpp"

namespace gw::net {
namespace {

using test::Loop;

constexpr Duration soon{3'000};

/// The names of this test: `two.test` has two addresses, `slow.test` is answered when the test says so.
class Names {
 public:
  void hold() { open_ = false; }
  void release() {
    open_ = true;
    turn_.notify_all();
  }
  int answered() const { return answered_; }
  void wait() {
    std::unique_lock lock(mutex_);
    while (!turn_.wait_for(lock, std::chrono::milliseconds(5), [this] { return open_.load(); })) {
    }
    ++answered_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::atomic<bool> open_ = true;
  std::atomic<int> answered_ = 0;
} names;

/// A listener whose queue is full: further connects stay unanswered.
struct Full {
  explicit Full(const char* host = "127.0.0.1", std::uint16_t at = 0) {
    listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at);
    inet_pton(AF_INET, host, &address.sin_addr);
    EXPECT_EQ(0, ::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    EXPECT_EQ(0, ::listen(listening, 0));
    port = local_address(listening).port;
    address.sin_port = htons(port);
    for (int& one : filling) {
      one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(one, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
  }
  ~Full() {
    for (const int one : filling) ::close(one);
    ::close(listening);
  }
  Full(const Full&) = delete;
  Full& operator=(const Full&) = delete;
  int listening = -1;
  std::array<int, 4> filling{};
  std::uint16_t port = 0;
};

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

TEST(Connect, is_given_up_when_nobody_wants_it_any_more) {
  for (const bool before : {true, false}) {
    Loop loop;
    Full full;
    Cancellation cancel;
    std::optional<Result<std::unique_ptr<Stream>>> got;
    const Address address = TcpAddress{"127.0.0.1", full.port};
    auto wait = [&]() -> Task<> { got.emplace(co_await connect(loop.worker, address, Duration(60'000), nullptr, &cancel)); };
    if (before) cancel.request();
    loop.worker.spawn(wait());
    loop.settle();
    cancel.request();
    ASSERT_TRUE(loop.until([&] { return got.has_value(); }, soon));
    ASSERT_FALSE(*got);
    EXPECT_EQ((Failure{Code::cancelled, Side::client, Retry::never}), got->error());
  }
}

TEST(Connect, a_name_that_is_answered_too_late_times_out_and_harms_nobody) {
  auto loop = std::make_unique<Loop>();
  names.hold();
  const auto late = loop->run(connect(loop->worker, TcpAddress{"slow.test", 80}, Duration(150)));
  ASSERT_FALSE(late);
  EXPECT_EQ((Failure{Code::connect_timeout, Side::upstream, Retry::always}), late.error());
  // The answer comes when nobody waits any more, to a loop that goes on, and to one that is gone.
  names.release();
  EXPECT_TRUE(loop->until([&] { return names.answered() == 1; }));
  loop->settle();
  names.hold();
  EXPECT_FALSE(loop->run(connect(loop->worker, TcpAddress{"slow.test", 80}, Duration(100))));
  names.release();
  loop.reset();
}

TEST(Connect, an_address_that_swallows_packets_leaves_time_for_the_next) {
  Loop loop;
  const Full full;
  const auto alive = listen_tcp("127.0.0.2", full.port, false);
  ASSERT_GE(alive.descriptor, 0) << alive.problem;
  const auto began = Clock::now();
  const auto stream = loop.run(connect(loop.worker, TcpAddress{"two.test", full.port}, Duration(1'000)));
  EXPECT_TRUE(stream);
  EXPECT_LT(Clock::now() - began, Duration(950));
  ::close(alive.descriptor);
}

TEST(Connect, one_time_is_for_all_addresses_of_a_name) {
  Loop loop;
  const Full full;
  const Full second("127.0.0.2", full.port);
  const auto began = Clock::now();
  const auto stream = loop.run(connect(loop.worker, TcpAddress{"two.test", full.port}, Duration(600)));
  ASSERT_FALSE(stream);
  EXPECT_EQ(Code::connect_timeout, stream.error().code);
  // A tick of the wheel more for each.
  EXPECT_LT(Clock::now() - began, Duration(1'100));
}

TEST(Connect, a_container_needs_a_dialer) {
  Loop loop;
  const auto stream = loop.run(connect(loop.worker, ContainerAddress{std::string(64, 'a'), 1, 80}, soon));
  ASSERT_FALSE(stream);
  EXPECT_EQ((Failure{Code::dialer, Side::upstream, Retry::always}), stream.error());
}

class FakeDialer final : public ContainerDialer {
 public:
  Task<Result<Descriptor>> connect(const ContainerAddress& address, Duration, Cancellation*) override {
    asked = address;
    int ends[2];
    EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
    peer = test::Peer(ends[1]);
    co_return Descriptor(ends[0]);
  }
  ContainerAddress asked;
  test::Peer peer;
};

TEST(Connect, a_container_is_reached_through_the_dialer) {
  Loop loop;
  FakeDialer dialer;
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

// Asio calls this one instead of the C library's.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Real>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const std::string_view name = host == nullptr ? "" : host;
  if (name == "slow.test") {
    gw::net::names.wait();
    return EAI_NONAME;
  }
  if (name != "two.test") return real(host, service, hints, found);
  if (const int failed = real("127.0.0.1", service, hints, found); failed != 0) return failed;
  return real("127.0.0.2", service, hints, &(*found)->ai_next);
}
