#include "loadtest/service/frames.hpp"

#include <gtest/gtest.h>

namespace loadtest::service {
namespace {

TEST(Frames, come_out_as_they_went_in) {
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 65'535UL, 65'536UL, 200'000UL})
    for (const bool masked : {false, true}) {
      std::string payload;
      for (std::size_t i = 0; i != size; ++i) payload += static_cast<char>(i * 7);
      std::string bytes;
      append_frame(bytes, Opcode::binary, true, payload, masked ? std::optional<std::uint32_t>(0x12345678) : std::nullopt);
      FrameReader reader(masked);
      reader.add(std::span(bytes).first(bytes.size() / 2));
      if (!payload.empty()) {
        EXPECT_FALSE(reader.next());
      }
      reader.add(std::span(bytes).subspan(bytes.size() / 2));
      const auto frame = reader.next();
      ASSERT_TRUE(frame) << size;
      EXPECT_EQ(payload, frame->payload);
      EXPECT_EQ(Opcode::binary, frame->opcode);
      EXPECT_TRUE(frame->final);
      EXPECT_FALSE(reader.next());
      EXPECT_FALSE(reader.broken());
    }
}

// RFC 6455 §5.7
TEST(Frames, are_those_of_the_standard) {
  std::string bytes;
  append_frame(bytes, Opcode::text, true, "Hello");
  EXPECT_EQ("\x81\x05Hello", bytes);
  bytes.clear();
  append_frame(bytes, Opcode::text, true, "Hello", 0x3d21fa37);
  EXPECT_EQ("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", bytes);
  bytes.clear();
  append_frame(bytes, Opcode::text, false, "Hel");
  EXPECT_EQ("\x01\x03Hel", bytes);
}

TEST(Frames, what_is_against_the_rules_is_broken) {
  const auto broken = [](std::string_view bytes, bool masked = false) {
    FrameReader reader(masked);
    reader.add(bytes);
    EXPECT_FALSE(reader.next());
    return reader.broken();
  };
  EXPECT_TRUE(broken({"\xc1\x00", 2})) << "a bit of an extension";
  EXPECT_TRUE(broken({"\x83\x00", 2})) << "an opcode that does not exist";
  EXPECT_TRUE(broken({"\x09\x00", 2})) << "a ping in pieces";
  EXPECT_TRUE(broken({"\x89\x7e\x00\x7e", 4})) << "a ping too long";
  EXPECT_TRUE(broken({"\x81\x80\x00\x00\x00\x00", 6})) << "a server that masks";
  EXPECT_TRUE(broken({"\x81\x00", 2}, true)) << "a client that does not";
  EXPECT_TRUE(broken({"\x81\x7f\x00\x00\x00\x00\x10\x00\x00\x00", 10})) << "256 MiB";
  EXPECT_FALSE(broken({"\x81", 1}));
}

}  // namespace
}  // namespace loadtest::service
