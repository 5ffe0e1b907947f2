// How a gateway ends: drained, or with another one in its place. Part of class Gateway.

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <cstring>

#include "gateway/control/gateway.hpp"
#include "gateway/control/say.hpp"
#include "gateway/control/successor.hpp"
#include "gateway/net/program.hpp"
#include "gateway/net/timer.hpp"

namespace gw::control {
namespace {

using net::Task;

constexpr std::chrono::milliseconds look{20};
// A successor that nobody feeds is of no use.
constexpr std::chrono::seconds fed_within{60};
// Of the time for draining: who has not come back by then to be told that his connection ends is not told.
constexpr int told_part = 10;

// Under systemd it is the new process that counts from now on (sd_notify(3)).
void tell_service_manager(pid_t successor) {
  const char* path = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): nobody sets variables while we run
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = path == nullptr ? 0 : std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = 0;
  const net::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string word = "MAINPID=" + std::to_string(successor);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // A manager that does not listen is none.
  if (::sendto(socket.get(), word.data(), word.size(), 0, reinterpret_cast<const sockaddr*>(&address), size) < 0) return;
}

}  // namespace

// To whoever started us in his place: when all workers have their listeners.
Task<> Gateway::announce() {
  const std::function<void(WorkerThread&)> nothing = [](WorkerThread&) {};
  co_await post_to_all(nothing);
  net::tell_ready();
}

Task<> Gateway::end_unfed() {
  net::Timer timer(main_);
  co_await timer.wait(fed_within);
  if (sites_.snapshot()->complete) co_return;
  say("nobody has told all sites in time: the gateway before stays");
  exit_code_ = 1;
  main_.stop();
}

void Gateway::begin_drain(http::Server::Idle idle) {
  if (draining_) return;
  draining_ = true;
  say("draining");
  main_.spawn(drain(idle));
}

Task<std::size_t> Gateway::connections() {
  auto open = std::make_shared<std::size_t>(0);
  const std::function<void(WorkerThread&)> count = [this, open](WorkerThread& worker) {
    boost::asio::post(main_.context(), [open, n = worker.report().connections] { *open += n; });
  };
  co_await post_to_all(count);
  co_return *open;
}

Task<> Gateway::drain(http::Server::Idle idle) {
  const net::Duration whole = file_.timeouts.drain;
  const auto end = net::Clock::now() + whole;
  net::Timer timer(main_);
  for (bool told = false;;) {
    if (!told) {
      const std::function<void(WorkerThread&)> leave = [idle, whole](WorkerThread& worker) { worker.drain(idle, whole / 2); };
      co_await post_to_all(leave);
    }
    told = true;
    const auto open = co_await connections();
    if (open == 0 || net::Clock::now() >= end) break;
    if (idle == http::Server::Idle::answer && net::Clock::now() >= end - whole / told_part) {
      idle = http::Server::Idle::end;
      told = false;
    }
    co_await timer.wait(look);
  }
  main_.stop();
}

std::vector<int> Gateway::sockets() const {
  auto all = listening_.descriptors();
  if (admin_socket_) all.push_back(admin_socket_.get());
  return all;
}

void Gateway::begin_upgrade() {
  if (draining_ || upgrading_) return;
  if (invocation_.program.empty() || file_.feed_hold || sites_.fed())
    return say("not upgraded: whoever feeds this gateway starts its successor");
  upgrading_ = true;
  main_.spawn(upgrade());
}

Task<> Gateway::upgrade() {
  say("starting " + invocation_.program + " on the same sockets");
  // What is asked from here on is a question for the successor, and waits for it.
  admin_listener_.reset();
  net::ProgramStart start;
  start.command = {invocation_.program, "run", path_};
  start.listeners = sockets();
  Successor successor(main_, std::move(start));
  const auto problem = co_await successor.begin();
  upgrading_ = false;
  if (!problem.empty()) {
    say("not upgraded: " + problem + "; this process goes on");
    listen_admin();
    co_return;
  }
  say("process " + std::to_string(successor.pid()) + " serves now");
  tell_service_manager(successor.pid());
  begin_drain(http::Server::Idle::answer);
}

}  // namespace gw::control
