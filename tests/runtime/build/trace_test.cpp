#include "runtime/build/trace.hpp"

#include <gmock/gmock.h>

#include "runtime/build/cache_salt.hpp"
#include "runtime/build/mask.hpp"
#include "runtime/build/protobuf.hpp"

namespace runtime::build {
namespace {

std::string time_at(std::uint64_t seconds, std::uint64_t nanos) {
  std::string out;
  put_varint(out, 1, seconds);
  put_varint(out, 2, nanos);
  return out;
}

std::string vertex(std::string_view name, bool started, bool completed, bool cached = false, std::string_view error = {}) {
  std::string inner;
  put_bytes(inner, 1, "sha256:abc");
  put_bytes(inner, 3, name);
  if (cached) put_varint(inner, 4, 1);
  if (started) put_bytes(inner, 5, time_at(100, 0));
  if (completed) put_bytes(inner, 6, time_at(101, 500'000'000));
  if (!error.empty()) put_bytes(inner, 7, error);
  std::string out;
  put_bytes(out, 1, inner);
  return out;
}

std::string log(std::string_view text, std::uint64_t stream = 1) {
  std::string inner;
  put_bytes(inner, 1, "sha256:abc");
  put_varint(inner, 3, stream);
  put_bytes(inner, 4, text);
  std::string out;
  put_bytes(out, 3, inner);
  return out;
}

TEST(Trace, a_step_goes_from_named_to_done) {
  Trace trace;
  trace.feed(vertex("[2/3] RUN x", false, false));
  trace.feed(vertex("[2/3] RUN x", true, false));
  const auto events = trace.feed(vertex("[2/3] RUN x", true, true));
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().kind, StepEvent::Kind::done);
  EXPECT_DOUBLE_EQ(trace.steps()[0].seconds(), 1.5);
}

TEST(Trace, cached_and_failed_steps_are_told_apart) {
  Trace cached;
  cached.feed(vertex("a", true, true, true));
  EXPECT_EQ(cached.steps()[0].state, Step::State::cached);
  Trace failed;
  failed.feed(vertex("a", true, true, false, "exit code: 7"));
  EXPECT_EQ(failed.steps()[0].state, Step::State::failed);
  EXPECT_EQ(failed.steps()[0].error, "exit code: 7");
}

TEST(Trace, log_chunks_become_lines) {
  Trace trace;
  EXPECT_TRUE(trace.feed(log("hel"))->empty());
  const auto events = trace.feed(log("lo\r\nrest"));
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().line, "hello");
  ASSERT_EQ(trace.finish().size(), 1u);
}

TEST(Trace, broken_bytes_are_refused_and_change_nothing) {
  Trace trace;
  using namespace std::string_view_literals;
  // A length that does not end, more bytes than there are, a number of four and one of eight bytes cut, a kind that is none.
  for (const auto bytes : {"\x0a\xff"sv,
                           "\x0a\x05"
                           "abcd"sv,
                           "\x0d\x01\x02\x03"sv, "\x09\x01\x02\x03\x04\x05\x06\x07"sv, "\x0b\x01"sv})
    EXPECT_FALSE(trace.feed(bytes));
  EXPECT_TRUE(trace.steps().empty());
}

TEST(Trace, a_secret_cut_over_two_chunks_is_masked) {
  Mask mask;
  mask.add("hunter2");
  Trace trace([&mask](std::string text) { return mask.apply(std::move(text)); });
  trace.feed(log("the value is hun"));
  const auto events = trace.feed(log("ter2!\n"));
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().line, "the value is ***!");
}

TEST(Trace, a_secret_in_the_name_the_error_or_an_unfinished_line_is_masked) {
  Mask mask;
  mask.add("hunter2");
  Trace trace([&mask](std::string text) { return mask.apply(std::move(text)); });
  trace.feed(vertex("RUN echo hunter2", true, false));
  trace.feed(log("no end: hunter2"));
  trace.feed(vertex("RUN echo hunter2", true, true, false, "hunter2: not found"));
  EXPECT_EQ(trace.steps()[0].name, "RUN echo ***");
  EXPECT_EQ(trace.steps()[0].error, "***: not found");
  const auto events = trace.finish();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].line, "no end: ***");
}

TEST(Trace, output_without_line_ends_is_handed_over_in_pieces) {
  Trace trace;
  EXPECT_TRUE(trace.feed(log(std::string(100'000, 'a')))->empty());
  const auto events = trace.feed(log(std::string(100'000, 'a')));
  ASSERT_EQ(events->size(), 1u);
  const auto rest = trace.finish();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(events->front().line.size() + rest[0].line.size(), 200'000u);
}

TEST(Trace, a_secret_on_the_border_of_two_pieces_is_masked) {
  // Wherever the border is, it must not be in the middle of the value.
  Mask mask;
  mask.add("hunter2");
  for (std::size_t before = 131'060; before != 131'080; ++before) {
    Trace trace([&mask](std::string text) { return mask.apply(std::move(text)); });
    std::string shown;
    const auto take = [&](const std::vector<StepEvent>& events) {
      for (const auto& event : events) shown += event.line;
    };
    take(*trace.feed(log(std::string(before, 'a') + "hun")));
    take(*trace.feed(log("ter2" + std::string(200'000, 'b'))));
    take(trace.finish());
    EXPECT_EQ(std::string(before, 'a') + "***" + std::string(200'000, 'b'), shown) << before;
  }
}

TEST(Trace, a_character_is_not_cut_in_two) {
  Trace trace;
  std::string text;
  while (text.size() < 140'000) text += "\xE2\x82\xAC";
  const auto events = trace.feed(log("x" + text));
  ASSERT_EQ(events->size(), 1u);
  EXPECT_TRUE(events->front().line.ends_with("\xE2\x82\xAC"));
}

TEST(Mask, leaves_what_is_too_short_to_be_a_secret) {
  Mask mask;
  mask.add("a\n\nabc\nwxyz");
  EXPECT_EQ(mask.apply("banana abc wxyz"), "banana abc ***");
}

TEST(Mask, takes_every_line_of_a_long_value_and_the_longer_first) {
  Mask mask;
  mask.add("abcd");
  mask.add("abcdef\nsecond line");
  EXPECT_EQ(mask.apply("x abcdef y second line abcd"), "x *** y *** ***");
}

TEST(Salt, depends_on_key_names_and_values_and_shows_none) {
  std::array<unsigned char, 32> key{};
  auto other = key;
  other[0] = 1;
  const auto base = cache_salt(key, {{"A", "alice"}});
  EXPECT_EQ(base.size(), 32u);
  EXPECT_EQ(base, cache_salt(key, {{"A", "alice"}}));
  EXPECT_NE(base, cache_salt(other, {{"A", "alice"}}));
  EXPECT_NE(base, cache_salt(key, {{"A", "bob"}}));
  EXPECT_NE(cache_salt(key, {{"AB", "C"}}), cache_salt(key, {{"A", "BC"}}));
}

}  // namespace
}  // namespace runtime::build
