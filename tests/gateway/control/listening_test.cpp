#include "gateway/control/listening.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "gateway/net/listener.hpp"

namespace gw::control {
namespace {

config::Listener at(std::uint16_t port, const char* host = "127.0.0.1") {
  config::Listener listener;
  listener.host = host;
  listener.port = port;
  return listener;
}

/// A port that was free a moment ago.
std::uint16_t free_port() {
  const auto probe = net::listen_tcp("127.0.0.1", 0, false);
  const auto port = net::local_address(probe.descriptor).port;
  ::close(probe.descriptor);
  return port;
}

/// Closes what a change has opened, as a worker would at its end.
void close_all(const std::vector<std::vector<ListenerChange>>& changes) {
  for (const auto& worker : changes)
    for (const auto& change : worker)
      if (change.descriptor >= 0) ::close(change.descriptor);
}

TEST(Listening, every_worker_gets_a_socket_on_the_same_port) {
  Listening listening;
  config::Problems problems;
  const auto changes = listening.change({at(0)}, 3, "gw.yaml", {}, problems);
  ASSERT_TRUE(problems.empty());
  ASSERT_EQ(3U, changes.size());
  const auto port = listening.port_of(at(0));
  EXPECT_NE(0, port);
  for (const auto& worker : changes) {
    ASSERT_EQ(1U, worker.size());
    EXPECT_EQ(port, net::local_address(worker[0].descriptor).port);
  }
  EXPECT_EQ(std::vector<std::string>{"127.0.0.1:" + std::to_string(port)}, listening.addresses());
  close_all(changes);
}

TEST(Listening, what_is_open_already_is_kept_and_not_opened_again) {
  Listening listening;
  config::Problems problems;
  const auto port = free_port();
  close_all(listening.change({at(port)}, 1, "gw.yaml", {}, problems));
  const auto again = listening.change({at(0, "127.0.0.2"), at(port)}, 1, "gw.yaml", {}, problems);
  ASSERT_TRUE(problems.empty());
  ASSERT_EQ(2U, again[0].size());
  EXPECT_GE(again[0][0].descriptor, 0);
  EXPECT_EQ(-1, again[0][1].descriptor) << "the worker keeps its own";
  close_all(again);
}

TEST(Listening, a_port_that_is_taken_is_named_and_changes_nothing) {
  const auto taken = net::listen_tcp("127.0.0.1", 0, false);
  const auto port = net::local_address(taken.descriptor).port;
  for (const std::size_t workers : {1U, 2U}) {
    Listening listening;
    config::Problems problems;
    close_all(listening.change({at(0, "127.0.0.2")}, workers, "gw.yaml", {}, problems));
    const auto before = listening.addresses();
    const auto other = free_port();
    EXPECT_TRUE(listening.change({at(other), at(port)}, workers, "gw.yaml", {}, problems).empty());
    ASSERT_EQ(1U, problems.size());
    EXPECT_NE(std::string::npos, problems[0].text().find("cannot listen on 127.0.0.1:" + std::to_string(port)));
    EXPECT_EQ(before, listening.addresses());
    // What was opened on the way is closed again.
    const auto probe = net::listen_tcp("127.0.0.1", other, false);
    EXPECT_GE(probe.descriptor, 0) << probe.problem;
    ::close(probe.descriptor);
  }
  ::close(taken.descriptor);
}

TEST(Listening, a_certificate_that_cannot_be_used_changes_nothing) {
  Listening listening;
  config::Problems problems;
  auto secure = at(0);
  secure.tls = true;
  secure.certificates.push_back({"/nonexistent.pem", "/nonexistent.key"});
  EXPECT_TRUE(listening.change({secure}, 1, "gw.yaml", {}, problems).empty());
  ASSERT_FALSE(problems.empty());
  EXPECT_NE(std::string::npos, problems[0].text().find("/nonexistent.pem"));
  EXPECT_TRUE(listening.addresses().empty());
}

// In a process of its own: the descriptors of sd_listen_fds(3) have fixed numbers.
int inherits(std::uint16_t port, std::size_t workers) {
  const auto opened = net::listen_tcp("127.0.0.1", port, false);
  if (::dup2(opened.descriptor, 3) != 3) return 1;
  if (opened.descriptor != 3) ::close(opened.descriptor);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  Listening listening;
  listening.inherit();
  config::Problems problems;
  const auto changes = listening.change({at(port)}, workers, "gw.yaml", {}, problems);
  if (!problems.empty() || changes.size() != workers) return 2;
  // The port is taken, by ourselves: only the inherited socket can be what was found. It does not leak into children.
  for (const auto& worker : changes)
    if (net::local_address(worker[0].descriptor).port != port || ::fcntl(worker[0].descriptor, F_GETFD) != FD_CLOEXEC) return 3;
  return changes[0][0].descriptor == 3 ? 0 : 4;
}

TEST(Listening, sockets_that_were_passed_on_are_taken_over) {
  for (const std::size_t workers : {1U, 3U}) {
    const pid_t child = ::fork();
    if (child == 0) std::_Exit(inherits(free_port(), workers));
    int status = -1;
    ASSERT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_EQ(0, status) << workers;
  }
}

// Likewise: three sockets of one address for one worker, and one of another that the file does not name.
int inherits_more() {
  const auto port = free_port();
  const auto other = free_port();
  for (int i = 0; i != 4; ++i) {
    const auto opened = net::listen_tcp("127.0.0.1", i == 3 ? other : port, true);
    const int out_of_the_way = ::fcntl(opened.descriptor, F_DUPFD, 100);
    ::close(opened.descriptor);
    if (::dup2(out_of_the_way, 3 + i) != 3 + i) return 1;
    ::close(out_of_the_way);
  }
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "4", 1);
  Listening listening;
  listening.inherit();
  config::Problems problems;
  const auto changes = listening.change({at(port)}, 1, "gw.yaml", {}, problems);
  if (!problems.empty() || changes.size() != 1) return 2;
  if (changes[0][0].descriptor != 3 || changes[0][0].more != std::vector<int>{4, 5}) return 3;
  if (listening.descriptors() != std::vector<int>{3, 4, 5}) return 4;
  if (::fcntl(6, F_GETFD) < 0) return 5;
  listening.close_rest();
  return ::fcntl(6, F_GETFD) < 0 && ::fcntl(5, F_GETFD) >= 0 ? 0 : 6;
}

int in_a_process(int (*body)()) {
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(body());
  int status = -1;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  return status;
}

TEST(Listening, more_sockets_than_workers_are_all_listened_to_and_what_nobody_wants_is_closed) {
  EXPECT_EQ(0, in_a_process(inherits_more));
}

// Whoever follows gets the admin socket, too; who connects to it is told who answers.
int inherits_a_unix_socket() {
  const std::string path = "/tmp/listening_test." + std::to_string(::getpid());
  const auto opened = net::listen_unix(path, 0600);
  const int out_of_the_way = ::fcntl(opened.descriptor, F_DUPFD, 100);
  if (::dup2(out_of_the_way, 3) != 3) return 1;
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  Listening listening;
  listening.inherit();
  ::unlink(path.c_str());
  if (listening.take_inherited("/tmp/another") != -1) return 2;
  if (listening.take_inherited(path) != 3) return 3;
  return listening.take_inherited(path) == -1 ? 0 : 4;
}

TEST(Listening, a_unix_socket_that_was_passed_on_is_found_by_its_path) { EXPECT_EQ(0, in_a_process(inherits_a_unix_socket)); }

}  // namespace
}  // namespace gw::control
