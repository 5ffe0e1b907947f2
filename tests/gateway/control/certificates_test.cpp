#include "gateway/control/certificates.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "gateway/control/listening.hpp"
#include "tests/gateway/net/authority.hpp"

namespace gw::control {
namespace {

using net::test::Authority;

config::Listener secure(const net::CertificateFiles& files) {
  config::Listener listener;
  listener.host = "127.0.0.1";
  listener.tls = true;
  listener.certificates.push_back({files.certificate, files.private_key});
  return listener;
}

TEST(Certificates, files_that_were_handed_over_are_not_read) {
  Authority authority;
  auto listener = secure(authority.issue("a", "DNS:a.test"));
  std::string none;
  HandedFiles handed{{"/nonexistent/cert", *net::test::read_file(listener.certificates[0].certificate, none)},
                     {"/nonexistent/key", *net::test::read_file(listener.certificates[0].private_key, none)}};
  EXPECT_TRUE(load_tls(listener, {}).context);
  listener.certificates[0] = {"/nonexistent/cert", "/nonexistent/key"};
  EXPECT_TRUE(load_tls(listener, handed).context);
  const auto loaded = load_tls(listener, {});
  EXPECT_FALSE(loaded.context);
  EXPECT_FALSE(loaded.denied);
  ASSERT_EQ(2U, loaded.problems.size());
  EXPECT_EQ("cannot read /nonexistent/key: No such file or directory", loaded.problems[1]);
}

TEST(Certificates, what_is_no_file_is_not_waited_for) {
  Authority authority;
  auto listener = secure(authority.issue("a", "DNS:a.test"));
  const std::string fifo = listener.certificates[0].certificate + ".fifo";
  ASSERT_EQ(0, ::mkfifo(fifo.c_str(), 0600));
  for (const std::string& path : {fifo, std::string("/tmp"), std::string("/dev/zero")}) {
    listener.certificates[0].certificate = path;
    const auto loaded = load_tls(listener, {});
    EXPECT_FALSE(loaded.context);
    ASSERT_EQ(1U, loaded.problems.size());
    EXPECT_EQ(0U, loaded.problems[0].find("cannot read " + path)) << loaded.problems[0];
  }
}

TEST(Certificates, what_a_listener_is_made_of_is_named) {
  auto listener = secure({"c", "k"});
  listener.client_ca = "ca";
  EXPECT_EQ((std::vector<std::string>{"c", "k", "ca"}), files_of(listener));
  EXPECT_EQ(files_of(listener), watched_files({listener, config::Listener{}}));
}

// In a process of its own, which becomes a user that may not read the key.
int reloads_without_root(Authority& authority) {
  const auto files = authority.issue("a", "DNS:a.test");
  const auto other = authority.issue("b", "DNS:b.test");
  ::chmod(std::filesystem::path(files.certificate).parent_path().c_str(), 0755);
  for (const auto& key : {files.private_key, other.private_key}) ::chmod(key.c_str(), 0600);
  Listening listening;
  config::Problems problems;
  const auto first = listening.change({secure(files)}, 1, "gw.yaml", {}, problems);
  if (!problems.empty() || ::setuid(65534) != 0) return 1;
  const auto again = listening.change({secure(files)}, 1, "gw.yaml", {}, problems);
  // One warning, and what was loaded stays.
  if (watched_files({secure(files)}).size() != 0) return 5;
  if (problems.size() != 1 || !problems[0].warning || again[0][0].tls != first[0][0].tls) return 2;
  problems.clear();
  std::string none;
  const HandedFiles handed{{files.private_key, *net::test::read_file(other.certificate, none)}};
  // What is handed over is believed, and checked.
  if (!listening.change({secure(files)}, 1, "gw.yaml", handed, problems).empty() || !config::has_errors(problems)) return 3;
  problems.clear();
  if (!listening.change({secure(other)}, 1, "gw.yaml", {}, problems).empty() || !config::has_errors(problems)) return 4;
  return 0;
}

TEST(Certificates, a_gateway_that_is_no_longer_root_keeps_what_it_cannot_read) {
  ASSERT_EQ(0U, ::geteuid()) << "needs root, as tests/run has it";
  Authority authority;
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(reloads_without_root(authority));
  int status = -1;
  ASSERT_EQ(child, ::waitpid(child, &status, 0));
  EXPECT_EQ(0, status);
}

}  // namespace
}  // namespace gw::control
