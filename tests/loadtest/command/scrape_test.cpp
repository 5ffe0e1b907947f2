#include "loadtest/command/scrape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "loadtest/command/mistake.hpp"

namespace loadtest::command {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// All that comes back for these bytes, on a connection that the server ends.
std::string ask(const std::string& url, const std::string& bytes) {
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  sockaddr_storage storage{};
  if (url.find('[') == std::string::npos) {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    address.sin_port = port;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = port;
    address.sin6_addr = in6addr_loopback;
  }
  const int socket = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string answer;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&storage), sizeof storage) == 0 &&
      ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) {
    char piece[4096];
    for (ssize_t size = 0; (size = ::recv(socket, piece, sizeof piece, 0)) > 0;)
      answer.append(piece, static_cast<std::size_t>(size));
  }
  ::close(socket);
  return answer;
}

std::string request(const std::string& method) { return method + " /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"; }

/// What is answered to GET, when it ends so or after a while.
std::string get_until(const std::string& url, const std::string& end) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    auto got = ask(url, request("GET"));
    if (got.ends_with(end) || std::chrono::steady_clock::now() > until) return got;
  }
}

TEST(Scrape, ServesWhatWasShownLast) {
  Scrape scrape("127.0.0.1:0");
  EXPECT_TRUE(scrape.open());
  EXPECT_THAT(scrape.url(), StartsWith("http://127.0.0.1:"));
  scrape.show("a 1\n");
  scrape.show("a 2\n");
  const auto got = get_until(scrape.url(), "a 2\n");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(got, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(got, EndsWith("\r\n\r\na 2\n"));
  EXPECT_THAT(ask(scrape.url(), request("HEAD")), testing::AllOf(HasSubstr("content-length: 4\r\n"), EndsWith("\r\n\r\n")));
  EXPECT_THAT(ask(scrape.url(), request("DELETE")), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(ask(scrape.url(), "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST(Scrape, NobodyAskedForItOrNobodyCanListenThere) {
  Scrape none("");
  EXPECT_FALSE(none.open());
  none.show("x");
  EXPECT_EQ(none.url(), "");
  Scrape one("127.0.0.1:0");
  const auto url = one.url();
  const auto taken = url.substr(7, url.rfind('/') - 7);
  EXPECT_THROW(Scrape{taken}, Mistake);
  for (const auto* const nowhere : {"here", "here:0", "::1:0", "[::1]", "[]:0", ":0", "unix:0", "unix:/x:0"})
    EXPECT_THROW(Scrape{nowhere}, Mistake) << nowhere;
}

bool has_ipv6() {
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool has = ::bind(socket, reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) == 0;
  ::close(socket);
  return has;
}

TEST(Scrape, AnIpv6AddressStandsInBrackets) {
  if (!has_ipv6()) GTEST_SKIP() << "this machine has no IPv6";
  Scrape scrape("[::1]:0");
  EXPECT_THAT(scrape.url(), StartsWith("http://[::1]:"));
  scrape.show("a 6\n");
  EXPECT_THAT(get_until(scrape.url(), "a 6\n"), EndsWith("\r\n\r\na 6\n"));
}

}  // namespace
}  // namespace loadtest::command
