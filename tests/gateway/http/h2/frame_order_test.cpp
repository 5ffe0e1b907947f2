#include "gateway/http/h2/frame_order.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/gateway/http/h2/frames.hpp"

namespace gw::http::test::h2 {
namespace {

using http::h2::FrameOrder;

constexpr std::uint8_t whole = end_headers | end_stream;

std::string opens(std::uint32_t stream, std::uint8_t flags = whole) { return frame(headers, flags, stream, "fields"); }
std::string says(std::uint32_t stream, std::uint8_t flags = 0) { return frame(data, flags, stream, "some bytes of a body"); }
std::string resets(std::uint32_t stream) { return frame(rst_stream, 0, stream, number(cancel)); }

/// How much of preface and `frames` is in order, when they come in pieces of `step` bytes.
std::size_t in_order(const std::string& frames, std::size_t step) {
  FrameOrder order;
  const auto all = std::string(preface) + frames;
  std::size_t good = 0;
  for (std::size_t at = 0; at < all.size(); at += step) {
    const auto piece = all.substr(at, step);
    const auto some = order.in_order(piece);
    good += some;
    if (some != piece.size()) break;
  }
  return good - preface.size();
}

/// All of `good` is in order, and nothing of `bad` behind it, however they come.
void expect(const char* what, const std::string& good, const std::string& bad = {}) {
  SCOPED_TRACE(what);
  const auto all = good + bad + says(1);
  const std::size_t size = bad.empty() ? good.size() : all.size();
  for (std::size_t step = 1; step <= preface.size() + size; ++step) {
    const auto found = in_order(all.substr(0, size), step);
    // Of a head in pieces the first ones are gone.
    if (bad.empty() || step >= preface.size() + size)
      EXPECT_EQ(good.size(), found) << step;
    else
      EXPECT_TRUE(found >= good.size() && found < good.size() + 9) << step << " " << found;
  }
}

TEST(Rule57, a_client_that_has_ended_a_stream_says_nothing_more_on_it) {
  expect("DATA behind a whole request", opens(1), says(1));
  expect("a request twice", opens(1), opens(1));
  expect("DATA behind its end", opens(1, end_headers) + says(1) + says(1, end_stream), says(1));
  expect("DATA behind trailers", opens(1, end_headers) + says(1) + opens(1), says(1));
  expect("trailers twice", opens(1, end_headers) + opens(1), opens(1));
  expect("DATA behind its reset", opens(1, end_headers) + resets(1), says(1));
  expect("HEADERS behind its reset", opens(1, end_headers) + resets(1), opens(1));
  expect("behind others", opens(1) + opens(3) + opens(7, end_headers), says(1));
  expect("the reserved bit", opens(1), says(1U << 31 | 1));
}

TEST(Rule57, what_may_still_be_said) {
  expect("on a stream that is open", opens(1, end_headers) + says(1) + says(1) + opens(1));
  expect("on others", opens(1) + opens(3, end_headers) + says(3) + resets(3) + opens(5));
  expect("windows, priorities and resets",
         opens(1) + frame(window_update, 0, 1, number(1)) + frame(priority, 0, 1, "12345") + resets(1));
  expect("frames that nobody knows", opens(1) + frame(99, 0xFF, 1, "x") + frame(ping, 0, 0, "12345678"));
  expect("CONTINUATION",
         opens(1, end_stream) + frame(continuation, 0, 1, "x") + frame(continuation, end_headers, 1, "") + opens(3));
  expect("END_STREAM where it is none", opens(1, end_headers) + frame(window_update, end_stream, 1, number(1)) + says(1));
}

TEST(Rule57, what_is_wrong_for_another_reason_is_left_to_others) {
  expect("DATA in the middle of a head", opens(1, end_stream) + says(1) + says(1) + opens(1));
  expect("HEADERS in the middle of a head", opens(1, end_stream) + opens(1) + says(1));
  expect("even numbers", opens(1, end_headers) + opens(2) + resets(0) + says(2) + says(1));
  expect("streams that were never opened", says(5, end_stream) + resets(7) + says(5) + says(7));
  expect("streams that were left out", opens(5) + says(3) + opens(3, end_headers) + says(3));
}

TEST(Rule57, nothing_is_looked_at_behind_the_error) {
  FrameOrder order;
  const auto begin = std::string(preface) + opens(1) + says(1);
  EXPECT_LT(order.in_order(begin), begin.size());
  const auto more = says(1) + "anything";
  EXPECT_EQ(more.size(), order.in_order(more));
}

}  // namespace
}  // namespace gw::http::test::h2
