#pragma once
// An engine on a UNIX socket that speaks as docker 20.10 does until a build has begun, and then fails in one way or another.

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/gateway/net/loop.hpp"

namespace runtime::build::test {

class FakeEngine {
 public:
  /// What becomes of a build.
  enum class Build : std::uint8_t {
    takes_nothing,       ///< of the context, and says nothing
    says_nothing,        ///< behind a context that it has taken
    falls_silent,        ///< behind the first piece of its answer
    breaks_the_context,  ///< it goes while the context is being sent
    breaks_off,          ///< it goes without an answer
    breaks_the_answer,   ///< it goes behind the first piece of its answer
    breaks_a_line,       ///< and in the middle of one
    ends_without_image,  ///< its answer is whole, and there is no image in it
    refuses,             ///< with words of its own
    fails,               ///< and says so in its answer
    makes_an_image,
  };
  enum class Cancel : std::uint8_t {
    does_not_know_it,  ///< what docker answers for any id, also of a build that was before it began anew
    says_nothing,
  };

  FakeEngine(gw::net::test::Loop& loop, std::string path)
      : loop_(loop), path_(std::move(path)), descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(0, ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    EXPECT_EQ(0, ::listen(descriptor_, 16));
  }
  ~FakeEngine() { ::close(descriptor_); }
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  Build build = Build::makes_an_image;
  Cancel cancel = Cancel::does_not_know_it;
  unsigned builds = 0;    ///< that have begun
  unsigned contexts = 0;  ///< that it has taken whole
  unsigned cancels = 0;   ///< that were asked for

  /// Leaves everybody.
  void die() { calls_.clear(); }

  /// Turns the loop, and itself with it, until `done()`.
  bool until(const std::function<bool()>& done, gw::net::Duration limit = gw::net::test::patience) {
    return loop_.until(
        [&] {
          turn();
          return done();
        },
        limit);
  }

 private:
  struct Call {
    gw::net::test::Peer peer;
    bool begun = false;
    bool answered = false;
  };

  void turn() {
    for (int got = 0; (got = ::accept(descriptor_, nullptr, nullptr)) >= 0;)
      calls_.emplace_back().peer = gw::net::test::Peer(got);
    for (auto& call : calls_)
      if (!call.answered && call.peer.descriptor() >= 0) hear(call);
  }

  void hear(Call& call) {
    auto& received = call.peer.received;
    // The rest of a context that nobody takes stays where it is.
    if (!call.begun || build != Build::takes_nothing) call.peer.pull(call.begun ? 1 << 20 : 1024);
    if (received.find("\r\n\r\n") == received.npos) return;
    const std::string_view line = std::string_view(received).substr(0, received.find('\r'));
    if (line.find("/build?") != line.npos) return build_it(call);
    call.answered = true;
    if (line.starts_with("GET /_ping")) return say(call, whole("OK"));
    if (line.find("/version") != line.npos) return say(call, whole(R"({"Version": "20.10.24"})"));
    if (line.find("/session") != line.npos)
      return say(call, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    EXPECT_NE(line.find("/build/cancel"), line.npos) << line;
    ++cancels;
    if (cancel == Cancel::does_not_know_it) say(call, whole(""));
  }

  void build_it(Call& call) {
    builds += call.begun ? 0 : 1;
    call.begun = true;
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (build == Build::takes_nothing) return;
    if (build == Build::refuses) return end(call, "HTTP/1.1 500 Oh\r\nContent-Length: 21\r\n\r\n{\"message\":\"no, no\"}\r\n");
    if (build == Build::breaks_the_context) return end(call, "");
    if (!call.peer.received.ends_with("\r\n0\r\n\r\n")) return;
    call.answered = true;
    ++contexts;
    switch (build) {
      case Build::falls_silent:
        return say(call, head + chunk("{}\n"));
      case Build::breaks_off:
        return end(call, "");
      case Build::breaks_the_answer:
        return end(call, head + chunk("{}\n"));
      case Build::breaks_a_line:
        return end(call, head + "40\r\n{\"id\": \"moby.image");
      case Build::ends_without_image:
        return say(call, head + chunk("{}\n") + "0\r\n\r\n");
      case Build::fails:
        return say(call, head + chunk("{\"error\": \"a step has failed\"}\n") + "0\r\n\r\n");
      case Build::makes_an_image:
        return say(call, head + chunk(R"({"id": "moby.image.id", "aux": {"ID": "sha256:1"}})") + "0\r\n\r\n");
      default:
        return;
    }
  }

  static std::string whole(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static std::string chunk(const std::string& text) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    return size + text + "\r\n";
  }
  static void say(Call& call, const std::string& text) { EXPECT_EQ(call.peer.send(text), text.size()); }
  static void end(Call& call, const std::string& text) {
    call.answered = true;
    call.peer.send(text);
    call.peer.close();
  }

  gw::net::test::Loop& loop_;
  std::string path_;
  int descriptor_;
  std::vector<Call> calls_;
};

}  // namespace runtime::build::test
