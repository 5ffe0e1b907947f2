#include "runtime/engine/log_frames.hpp"

#include <gtest/gtest.h>

namespace runtime::engine {
namespace {

using std::string_literals::operator""s;

TEST(LogFrames, frames_cut_anywhere_come_out_whole) {
  const auto bytes = "\x01\0\0\0\0\0\0\x03"s + "out" + "\x02\0\0\0\0\0\0\x02"s + "er";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    LogFrames frames;
    std::string out;
    std::string err;
    const LogSink sink = [&](LogStream stream, std::string_view text) {
      (stream == LogStream::standard_error ? err : out).append(text);
      return true;
    };
    frames.feed(std::string_view(bytes).substr(0, cut), sink);
    frames.feed(std::string_view(bytes).substr(cut), sink);
    EXPECT_EQ(out, "out");
    EXPECT_EQ(err, "er");
  }
}

TEST(LogFrames, the_sink_can_end_the_stream) {
  LogFrames frames;
  EXPECT_FALSE(frames.feed("\x01\0\0\0\0\0\0\x01x"s, [](LogStream, std::string_view) { return false; }));
}

TEST(LogFrames, output_of_a_terminal_is_handed_over_as_it_is) {
  for (const auto& text : {"plain text"s, "\x01 begins like a frame"s, "\x02\0\0."s}) {
    LogFrames frames;
    std::string out;
    frames.feed(text, [&out](LogStream, std::string_view piece) { return out.append(piece), true; });
    EXPECT_EQ(out, text);
  }
}

}  // namespace
}  // namespace runtime::engine
