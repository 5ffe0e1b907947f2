// The gateway's client against the program itself. Needs root, fails otherwise.

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

#include "gateway/net/dialer_client.hpp"
#include "tests/runtime/dialer/dialer_process.hpp"

namespace runtime::dialer {
namespace {

using namespace std::chrono_literals;

// A function, since GCC 12 destroys an aggregate temporary inside a co_await expression twice.
gw::net::ContainerAddress at(std::uint64_t generation, std::uint16_t port) { return {id, generation, port}; }

template <class Step>
void on_worker(gw::net::Worker& worker, Step step) {
  bool done = false;
  const auto run = [&]() -> gw::net::Task<> {
    co_await step();
    done = true;
    worker.stop();
  };
  worker.spawn(run());
  worker.run();
  worker.context().restart();
  ASSERT_TRUE(done);
}

std::string first_words(const gw::net::Descriptor& socket) {
  pollfd readable{socket.get(), POLLIN, 0};
  ::poll(&readable, 1, 10'000);
  std::array<char, 32> text{};
  const auto n = ::recv(socket.get(), text.data(), text.size(), 0);
  return {text.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

TEST_F(DialerProcess, the_client_finds_a_server_on_either_loopback) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Container container("hello", family);
    const auto generation = static_cast<std::uint64_t>(family);
    Registrar(registering()).add(container.start(generation));
    gw::net::Worker worker;
    gw::net::DialerClient client(worker, asking());
    const auto twice = [&]() -> gw::net::Task<> {
      // The second time by the remembered place.
      for (int i = 0; i < 2; ++i) {
        auto socket = co_await client.connect(at(generation, container.port()), 2s);
        EXPECT_TRUE(socket.has_value());
        EXPECT_EQ(socket ? first_words(*socket) : "", "hello");
      }
    };
    on_worker(worker, twice);
  }
}

TEST_F(DialerProcess, the_client_says_refused_where_nobody_listens) {
  const Container container("hello");
  Registrar(registering()).add(container.start(1));
  gw::net::Worker worker;
  gw::net::DialerClient client(worker, asking());
  const auto step = [&]() -> gw::net::Task<> {
    const auto socket = co_await client.connect(at(1, 7861), 2s);
    constexpr gw::net::Failure refused{gw::net::Code::refused, gw::net::Side::upstream, gw::net::Retry::always};
    EXPECT_TRUE(socket.has_error() && socket.error() == refused);
  };
  on_worker(worker, step);
}

TEST_F(DialerProcess, the_client_says_dialer_for_an_unknown_start) {
  const Container container("hello");
  Registrar(registering()).add(container.start(2));
  gw::net::Worker worker;
  gw::net::DialerClient client(worker, asking());
  const auto step = [&]() -> gw::net::Task<> {
    for (const std::uint64_t generation : {1, 3}) {
      const auto socket = co_await client.connect(at(generation, container.port()), 2s);
      EXPECT_TRUE(socket.has_error() && socket.error().code == gw::net::Code::dialer);
    }
  };
  on_worker(worker, step);
}

TEST_F(DialerProcess, the_client_reconnects_after_a_restart) {
  const Container container("hello");
  Registrar registrar(registering());
  registrar.add(container.start(1));
  gw::net::Worker worker;
  gw::net::DialerClient client(worker, asking());
  const auto step = [&]() -> gw::net::Task<> {
    EXPECT_TRUE((co_await client.connect(at(1, container.port()), 2s)).has_value());
    stop_dialer();
    start_dialer();
    registrar.add(container.start(1));
    EXPECT_TRUE((co_await client.connect(at(1, container.port()), 2s)).has_value());
  };
  on_worker(worker, step);
}

TEST_F(DialerProcess, the_client_forgets_where_the_start_before_was_reached) {
  Registrar registrar(registering());
  gw::net::Worker worker;
  gw::net::DialerClient client(worker, asking());
  std::uint64_t generation = 0;
  // Inside a container an address that was its own may be somebody else's by now.
  for (const std::string own : {"127.0.0.2", "127.0.0.3"}) {
    const Container container("");
    ++generation;
    registrar.add([&] { return Start{id, generation, container.pid(), "", {*gw::net::parse_ip_address(own)}}; });
    const auto step = [&]() -> gw::net::Task<> {
      const auto socket = co_await client.connect(at(generation, container.port()), 2s);
      EXPECT_EQ(socket ? first_words(*socket) : "", own);
    };
    on_worker(worker, step);
  }
}

TEST_F(DialerProcess, the_client_gives_up_in_time_without_a_dialer) {
  stop_dialer();
  gw::net::Worker worker;
  gw::net::DialerClient client(worker, asking());
  const auto begin = std::chrono::steady_clock::now();
  const auto step = [&]() -> gw::net::Task<> {
    const auto socket = co_await client.connect(at(1, 80), 2s);
    EXPECT_TRUE(socket.has_error() && socket.error().code == gw::net::Code::dialer);
  };
  on_worker(worker, step);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

}  // namespace
}  // namespace runtime::dialer
