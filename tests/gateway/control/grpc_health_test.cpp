#include "gateway/control/grpc_health.hpp"

#include <gtest/gtest.h>

namespace gw::control {
namespace {

using namespace std::string_literals;

/// A message with the prefix of gRPC.
std::string framed(const std::string& message) { return "\0\0\0\0"s + static_cast<char>(message.size()) + message; }

TEST(GrpcHealth, the_question_names_the_service) {
  EXPECT_EQ("\0\0\0\0\0"s, grpc_health_question(""));
  EXPECT_EQ("\0\0\0\0\x06\x0a\x04"s + "echo", grpc_health_question("echo"));
  const std::string name(200, 's');
  EXPECT_EQ("\0\0\0\0\xCB\x0a\xC8\x01"s + name, grpc_health_question(name));
}

TEST(GrpcHealth, only_serving_is_good) {
  EXPECT_TRUE(grpc_health_is_serving(framed("\x08\x01")));
  EXPECT_FALSE(grpc_health_is_serving(framed(""))) << "UNKNOWN, which is 0 and left out";
  for (const char status : {'\x00', '\x02', '\x03', '\x7F'})
    EXPECT_FALSE(grpc_health_is_serving(framed("\x08"s + status))) << int{status};
  EXPECT_FALSE(grpc_health_is_serving(framed("\x08\x81\x01"))) << "129";
  EXPECT_TRUE(grpc_health_is_serving(framed("\x08\x02\x08\x01"))) << "the last one counts";
  EXPECT_FALSE(grpc_health_is_serving(framed("\x10\x01"))) << "another field";
}

TEST(GrpcHealth, fields_of_later_versions_are_passed_over) {
  const auto later = "\x10\x80\x01"s + "\x19" + std::string(8, 'x') + "\x22\x03" + "abc" + "\x2d" + std::string(4, 'x');
  EXPECT_TRUE(grpc_health_is_serving(framed(later + "\x08\x01")));
  EXPECT_TRUE(grpc_health_is_serving(framed("\x08\x01" + later)));
}

TEST(GrpcHealth, what_is_cut_or_no_message_is_bad) {
  const auto whole = framed(
      "\x08\x01\x22\x03"
      "abc");
  ASSERT_TRUE(grpc_health_is_serving(whole));
  for (std::size_t size = 0; size != whole.size(); ++size) EXPECT_FALSE(grpc_health_is_serving(whole.substr(0, size))) << size;
  EXPECT_FALSE(grpc_health_is_serving(whole + whole)) << "two messages";
  EXPECT_FALSE(grpc_health_is_serving("\x01\0\0\0\x02\x08\x01"s)) << "compressed";
  EXPECT_FALSE(grpc_health_is_serving("\0\xff\xff\xff\xff\x08\x01"s));
  for (const auto& cut : {"\x08"s, "\x08\x81"s, "\x08\x01\x80"s,
                          "\x08\x01\x19"
                          "1234567"s,
                          "\x08\x01\x2d"
                          "123"s,
                          "\x08\x01\x22\x04"
                          "abc"s,
                          "\x08\x01\x22"s, "\x08\x01\x0b"s, "\x08\x01\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s,
                          "\x08"s + std::string(11, '\x81')})
    EXPECT_FALSE(grpc_health_is_serving(framed(cut)));
  // A number that is too long is no number, whatever stands behind it.
  const auto longest = std::string(10, '\x80') + "\x01";
  EXPECT_FALSE(grpc_health_is_serving(framed("\x08\x01" + longest)));
  EXPECT_FALSE(grpc_health_is_serving(framed("\x08" + std::string(10, '\x80') + "\x08\x01")));
}

}  // namespace
}  // namespace gw::control
