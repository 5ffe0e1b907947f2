#include "runtime/build/session.hpp"

#include <gtest/gtest.h>

#include "runtime/build/protobuf.hpp"

namespace runtime::build {
namespace {

std::string asking(std::string_view text) {
  std::string out;
  put_bytes(out, 1, text);
  return out;
}

TEST(Session, health_is_serving) {
  const SessionServices services;
  EXPECT_EQ(answer_call(services, "/grpc.health.v1.Health/Check", {}).message, std::string("\x08\x01", 2));
}

TEST(Session, gives_a_secret_and_says_not_found_for_others) {
  SessionServices services;
  services.secrets["TOKEN"] = "value";
  constexpr auto method = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
  EXPECT_EQ(answer_call(services, method, asking("TOKEN")).message, asking("value"));
  EXPECT_EQ(answer_call(services, method, asking("OTHER")).status, 5);
}

TEST(Session, gives_registry_credentials_by_host_and_nothing_to_others) {
  SessionServices services;
  services.registries["registry.example.com"] = {"user", "pass", {}, {}};
  services.registries["docker.io"] = {"hub", "word", {}, {}};
  constexpr auto method = "/moby.filesync.v1.Auth/Credentials";
  std::string expected = asking("user");
  put_bytes(expected, 2, "pass");
  EXPECT_EQ(answer_call(services, method, asking("registry.example.com")).message, expected);
  EXPECT_NE(answer_call(services, method, asking("registry-1.docker.io")).message, "");
  EXPECT_EQ(answer_call(services, method, asking("evil.example.com")).message, "");
}

TEST(Session, everything_else_is_unimplemented) {
  const SessionServices services;
  EXPECT_EQ(answer_call(services, "/moby.filesync.v1.FileSync/DiffCopy", {}).status, 12);
}

}  // namespace
}  // namespace runtime::build
