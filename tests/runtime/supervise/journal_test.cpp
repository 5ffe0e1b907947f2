#include "runtime/supervise/journal.hpp"

#include <gtest/gtest.h>

#include "tests/gateway/net/loop.hpp"

namespace runtime::supervise {
namespace {

namespace json = boost::json;

std::optional<std::string> next(gw::net::test::Loop& loop, Journal::Listener& listener) {
  return loop.run(listener.next(std::chrono::milliseconds(1)));
}

TEST(Journal, everybody_hears_everything_from_then_on) {
  gw::net::test::Loop loop;
  Journal journal;
  journal.say({{"n", 0}});
  Journal::Listener one(journal, loop.worker);
  Journal::Listener two(journal, loop.worker);

  journal.say({{"n", 1}});

  EXPECT_EQ(next(loop, one), R"({"n":1})");
  EXPECT_EQ(next(loop, two), R"({"n":1})");
  EXPECT_EQ(next(loop, one), std::nullopt);
}

TEST(Journal, a_listener_that_does_not_keep_up_loses_the_oldest_and_is_told) {
  gw::net::test::Loop loop;
  Journal journal;
  Journal::Listener slow(journal, loop.worker);

  const std::size_t said = Journal::most_lines + 5;
  for (std::size_t n = 1; n <= said; ++n) journal.say({{"n", n}});

  EXPECT_EQ(next(loop, slow), R"({"event":"lost","lines":5})");
  std::string last;
  std::size_t heard = 0;
  while (auto line = next(loop, slow)) {
    last = *line;
    ++heard;
  }
  EXPECT_EQ(heard, Journal::most_lines);
  EXPECT_EQ(last, json::serialize(json::object{{"n", said}})) << "the newest word is the one that counts";
}

TEST(Journal, long_lines_are_bounded_by_their_bytes) {
  gw::net::test::Loop loop;
  Journal journal;
  Journal::Listener slow(journal, loop.worker);

  const std::string long_text(Journal::most_bytes / 4, 'x');
  for (int n = 0; n != 20; ++n) journal.say({{"text", long_text}});

  std::size_t bytes = 0;
  while (auto line = next(loop, slow)) bytes += line->size();
  EXPECT_LE(bytes, Journal::most_bytes + 100);
  EXPECT_GT(bytes, Journal::most_bytes / 2);
}

TEST(Journal, a_closed_one_is_over_once_all_was_heard) {
  gw::net::test::Loop loop;
  Journal journal;
  Journal::Listener listener(journal, loop.worker);
  journal.say({{"n", 1}});
  journal.close();
  EXPECT_FALSE(listener.over());
  EXPECT_TRUE(next(loop, listener));
  EXPECT_TRUE(listener.over());
}

}  // namespace
}  // namespace runtime::supervise
