// What the program answers, whom it refuses and what it keeps, against real network namespaces. Needs root, fails otherwise.

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <functional>

#include "gateway/net/dialer_message.hpp"
#include "tests/runtime/dialer/dialer_process.hpp"

namespace runtime::dialer {
namespace {

using gw::net::DialerStatus;
using gw::net::Passed;

constexpr uid_t stranger = 64998;

// Runs `step` in a child as `user` without any capability; the child's exit status.
int as_user(uid_t user, const std::function<int()>& step) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0) ::_exit(99);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::_exit(step());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Descriptor connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  timeval limit{5, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

struct Answer {
  bool closed = true;
  gw::net::DialerSockets sockets;
  std::vector<Descriptor> descriptors;
};

Answer receive(const Descriptor& socket) {
  Answer answer;
  std::array<char, gw::net::dialer_packet_bytes> buffer;
  std::size_t length = 0;
  if (gw::net::receive_packet(socket.get(), buffer, length, answer.descriptors, 16) != Passed::done) return answer;
  const auto reply = gw::net::decode_dialer_reply({buffer.data(), length});
  if (!reply || !std::holds_alternative<gw::net::DialerSockets>(*reply)) return answer;
  answer.closed = false;
  answer.sockets = std::get<gw::net::DialerSockets>(*reply);
  return answer;
}

Answer ask(const std::string& path, std::uint64_t generation, std::uint8_t v4 = 1, std::uint8_t v6 = 0) {
  const auto socket = connect_to(path);
  if (!socket) return {};
  gw::net::send_packet(socket.get(), gw::net::encode(gw::net::DialerRequest(gw::net::DialerAsk{1, id, generation, v4, v6})));
  return receive(socket);
}

// What a server at 127.0.0.1:`port` says through `socket`, or "refused".
std::string greeting(const Descriptor& socket, std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::fcntl(socket.get(), F_SETFL, 0);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return "refused";
  std::array<char, 32> text{};
  const auto got = ::recv(socket.get(), text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

TEST_F(DialerProcess, reaches_a_localhost_only_server_for_a_client_without_rights) {
  const Container container("hello");
  ASSERT_TRUE(Registrar(registering()).add(container.start(1)).ok());

  const int status = as_user(client_user, [&] {
    const auto answer = ask(asking(), 1);
    if (answer.closed || answer.descriptors.size() != 1) return 1;
    return greeting(answer.descriptors[0], container.port()) == "hello" ? 0 : 2;
  });

  EXPECT_EQ(status, 0);
}

TEST_F(DialerProcess, gives_several_sockets_of_both_families_nonblocking) {
  const Container container("hello");
  Registrar(registering()).add(container.start(1));

  const auto answer = ask(asking(), 1, 10, 6);

  EXPECT_EQ(answer.sockets.v4, 10);
  EXPECT_EQ(answer.sockets.v6, 6);
  ASSERT_EQ(answer.descriptors.size(), 16U);
  EXPECT_NE(::fcntl(answer.descriptors[15].get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(DialerProcess, refuses_an_unregistered_container) {
  const auto answer = ask(asking(), 1);
  EXPECT_EQ(answer.sockets.status, DialerStatus::unknown_container);
  EXPECT_TRUE(answer.descriptors.empty());
}

TEST_F(DialerProcess, an_old_generation_never_reaches_the_new_namespace) {
  Container before("before");
  Registrar registrar(registering());
  registrar.add(before.start(1));
  const auto early = ask(asking(), 1);
  ASSERT_EQ(early.descriptors.size(), 1U);
  before.stop();
  const Container after("after");
  ASSERT_TRUE(registrar.add(after.start(2)).ok());

  const auto late = ask(asking(), 1);

  EXPECT_EQ(late.sockets.status, DialerStatus::old_generation);
  EXPECT_TRUE(late.descriptors.empty());
  EXPECT_EQ(greeting(early.descriptors[0], after.port()), "refused");
  EXPECT_EQ(greeting(ask(asking(), 2).descriptors.at(0), after.port()), "after");
}

TEST_F(DialerProcess, an_ended_container_is_forgotten) {
  const Container container("hello");
  Registrar registrar(registering());
  registrar.add(container.start(4));
  ASSERT_EQ(registrar.list()->size(), 1U);
  EXPECT_TRUE(registrar.remove(id, 4).ok());
  EXPECT_TRUE(registrar.list()->empty());
  EXPECT_EQ(ask(asking(), 4).sockets.status, DialerStatus::unknown_container);
}

TEST_F(DialerProcess, refuses_other_users_on_both_sockets) {
  // As if the folder's protection were gone: the peer's user decides.
  ::chmod(asking().c_str(), 0666);
  ::chmod(registering().c_str(), 0666);
  EXPECT_EQ(as_user(stranger, [&] { return ask(asking(), 1).closed ? 0 : 1; }), 0);
  EXPECT_EQ(as_user(stranger, [&] { return Registrar(registering()).ping() ? 1 : 0; }), 0);
  EXPECT_EQ(as_user(client_user, [&] { return Registrar(registering()).ping() ? 1 : 0; }), 0);
  EXPECT_EQ(as_user(client_user, [&] { return ask(asking(), 1).closed ? 1 : 0; }), 0);
}

TEST_F(DialerProcess, protects_its_sockets_by_mode_and_group) {
  struct stat file {};
  ASSERT_EQ(::stat(asking().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0660U);
  EXPECT_EQ(file.st_gid, client_user);
  ASSERT_EQ(::stat(registering().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600U);
}

TEST_F(DialerProcess, keeps_only_cap_sys_admin_and_no_root) {
  const std::string sys_admin = "0000000000200000";
  const std::string none = "0000000000000000";
  EXPECT_EQ(status_field("CapEff"), sys_admin);
  EXPECT_EQ(status_field("CapPrm"), sys_admin);
  EXPECT_EQ(status_field("CapBnd"), none);
  EXPECT_EQ(status_field("CapInh"), none);
  EXPECT_EQ(status_field("CapAmb"), none);
  EXPECT_EQ(status_field("NoNewPrivs"), "1");
  EXPECT_EQ(status_line("Uid"), "65534\t65534\t65534\t65534");
  EXPECT_EQ(status_line("Gid"), "65534\t65534\t65534\t65534");
  EXPECT_EQ(status_line("Groups"), "");
  EXPECT_EQ(status_field("Threads"), "1");
  EXPECT_FALSE(dumpable());
}

TEST_F(DialerProcess, keeps_nothing_but_cap_sys_admin_that_it_inherited) {
  stop_dialer();
  for (const auto& socket : {asking(), registering()}) std::filesystem::remove(socket);
  ASSERT_EQ(::chown(folder_.c_str(), 65534, 65534), 0);
  start_dialer([] {
    ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) ::_exit(126);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const auto both = CAP_TO_MASK(CAP_SYS_ADMIN) | CAP_TO_MASK(CAP_NET_ADMIN);
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{{{both, both, both}, {}}};
    if (::syscall(SYS_capset, &header, sets.data()) != 0) ::_exit(126);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
  });

  EXPECT_EQ(status_field("CapEff"), "0000000000200000");
  EXPECT_EQ(status_field("CapPrm"), "0000000000200000");
  EXPECT_EQ(status_field("CapInh"), "0000000000000000");
  EXPECT_EQ(status_field("CapAmb"), "0000000000000000");
  EXPECT_EQ(status_field("NoNewPrivs"), "1");
  EXPECT_FALSE(dumpable());
}

TEST_F(DialerProcess, garbage_closes_the_connection_and_nothing_else) {
  const auto good = connect_to(asking());
  for (const std::string& garbage :
       {std::string("x"), std::string(100000, 'x'), std::string("\1\1", 2), std::string("\1\2\0\0\0\1", 6),
        gw::net::encode(gw::net::DialerRequest(gw::net::DialerUnregister{1, id, 9}))}) {
    const auto socket = connect_to(asking());
    gw::net::send_packet(socket.get(), garbage);
    EXPECT_TRUE(receive(socket).closed);
  }
  gw::net::send_packet(good.get(), gw::net::encode(gw::net::DialerRequest(gw::net::DialerAsk{5, id, 1, 1, 0})));
  EXPECT_EQ(receive(good).sockets.tag, 5U);
}

TEST_F(DialerProcess, descriptors_that_nobody_asked_for_close_the_connection) {
  std::vector<Descriptor> one;
  one.emplace_back(::open("/dev/null", O_RDONLY));
  std::vector<Descriptor> two;
  two.emplace_back(::open("/dev/null", O_RDONLY));
  two.emplace_back(::open("/dev/null", O_RDONLY));
  const auto asker = connect_to(asking());
  gw::net::send_packet(asker.get(), gw::net::encode(gw::net::DialerRequest(gw::net::DialerAsk{1, id, 1, 1, 0})), one);
  EXPECT_TRUE(receive(asker).closed);
  const auto registrar = connect_to(registering());
  gw::net::send_packet(registrar.get(), gw::net::encode(gw::net::DialerRequest(gw::net::DialerRegister{1, id, 1, {}})), two);
  EXPECT_TRUE(receive(registrar).closed);
  EXPECT_TRUE(alive());
}

TEST_F(DialerProcess, a_client_that_fetches_no_answers_loses_only_its_own_connection) {
  const Container container("hello");
  Registrar(registering()).add(container.start(1));
  const auto lazy = connect_to(asking());
  const auto packet = gw::net::encode(gw::net::DialerRequest(gw::net::DialerAsk{1, id, 1, 16, 0}));
  int sent = 0;
  while (sent < 10000 && gw::net::send_packet(lazy.get(), packet) == Passed::done) ++sent;
  EXPECT_LT(sent, 10000);
  EXPECT_TRUE(alive());
}

TEST_F(DialerProcess, its_own_namespace_and_other_files_are_no_containers) {
  Registrar registrar(registering());
  const auto own = registrar.add([] { return Start{id, 1, ::getpid(), "", {}}; });
  EXPECT_EQ(own.status, DialerStatus::bad_namespace);
  const auto file = registrar.add([] { return Start{id, 1, 1, "/dev/null", {}}; });
  EXPECT_EQ(file.status, DialerStatus::bad_namespace);
  const auto mount = registrar.add([] { return Start{id, 1, 1, "/proc/self/ns/uts", {}}; });
  EXPECT_EQ(mount.status, DialerStatus::bad_namespace);
}

TEST_F(DialerProcess, a_start_that_changes_while_it_is_registered_is_inspected_again) {
  const Container container("hello");
  int inspections = 0;
  const Inspect restarting = [&]() -> std::optional<Start> {
    ++inspections;
    return Start{id, inspections < 2 ? 1U : 2U, container.pid(), "", {}};
  };
  EXPECT_TRUE(Registrar(registering()).add(restarting).ok());
  EXPECT_EQ(inspections, 4);
  EXPECT_EQ(ask(asking(), 1).sockets.status, DialerStatus::old_generation);
  EXPECT_EQ(ask(asking(), 2).sockets.status, DialerStatus::ok);
}

TEST_F(DialerProcess, a_restart_shows_and_everything_is_registered_again) {
  const Container container("hello");
  Registrar registrar(registering());
  registrar.add(container.start(1));
  const auto before = registrar.ping();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->containers, 1U);
  EXPECT_EQ(stop_dialer(), 0);
  start_dialer();

  const auto after = registrar.ping();

  ASSERT_TRUE(after);
  EXPECT_NE(after->instance, before->instance);
  EXPECT_EQ(after->containers, 0U);
  EXPECT_TRUE(registrar.add_all({container.start(1)}).empty());
  EXPECT_EQ(ask(asking(), 1).sockets.status, DialerStatus::ok);
}

TEST_F(DialerProcess, a_file_that_is_no_socket_stays) {
  stop_dialer();
  std::filesystem::remove(asking());
  std::ofstream(asking()) << "somebody's";

  EXPECT_EQ(exit_of_another(), 1);

  EXPECT_EQ(std::filesystem::file_size(asking()), 10U);
}

TEST_F(DialerProcess, a_second_one_on_the_same_sockets_does_not_start) {
  EXPECT_EQ(exit_of_another(), 1);
  EXPECT_TRUE(alive());
}

}  // namespace
}  // namespace runtime::dialer
