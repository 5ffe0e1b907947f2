#include "gateway/net/result.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <cerrno>
#include <set>

namespace gw::net {
namespace {

constexpr auto codes = static_cast<int>(Code::internal) + 1;

TEST(Result, every_code_has_a_word_of_its_own) {
  std::set<std::string_view> seen;
  for (int i = 0; i != codes; ++i) {
    const auto word = name(static_cast<Code>(i));
    EXPECT_FALSE(word.empty()) << i;
    EXPECT_EQ(std::string_view::npos, word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_2")) << word;
    EXPECT_TRUE(seen.insert(word).second) << word;
  }
  EXPECT_EQ("connect_timeout", name(Code::connect_timeout));
  EXPECT_EQ("body_too_large", name(Code::body_too_large));
  EXPECT_EQ("internal", name(Code::internal));
}

TEST(Result, every_code_has_a_sentence_of_its_own) {
  std::set<std::string_view> seen;
  for (int i = 0; i != codes; ++i) {
    const auto sentence = explain(static_cast<Code>(i));
    ASSERT_FALSE(sentence.empty()) << i;
    EXPECT_EQ('.', sentence.back()) << sentence;
    EXPECT_TRUE(seen.insert(sentence).second) << sentence;
  }
}

Failure of(int number) { return to_failure({number, boost::system::system_category()}, Side::upstream); }

TEST(Result, system_errors_become_failures) {
  EXPECT_EQ((Failure{Code::closed, Side::client, Retry::if_reused}), to_failure(boost::asio::error::eof, Side::client));
  for (const int broken : {ECONNRESET, EPIPE, ECONNABORTED})
    EXPECT_EQ((Failure{Code::reset, Side::upstream, Retry::if_reused}), of(broken));
  EXPECT_EQ((Failure{Code::refused, Side::upstream, Retry::always}), of(ECONNREFUSED));
  for (const int nowhere : {ENOENT, ENETUNREACH, EHOSTUNREACH, EACCES, EADDRNOTAVAIL})
    EXPECT_EQ((Failure{Code::unreachable, Side::upstream, Retry::always}), of(nowhere));
  EXPECT_EQ((Failure{Code::connect_timeout, Side::upstream, Retry::always}), of(ETIMEDOUT));
}

TEST(Result, what_we_cancelled_is_our_own_doing_and_is_never_tried_again) {
  EXPECT_EQ((Failure{Code::cancelled, Side::gateway, Retry::never}), of(ECANCELED));
  EXPECT_EQ((Failure{Code::cancelled, Side::gateway, Retry::never}), of(EBADF));
}

TEST(Result, an_unknown_error_is_a_broken_connection) { EXPECT_EQ(Code::reset, of(EPROTO).code); }

}  // namespace
}  // namespace gw::net
