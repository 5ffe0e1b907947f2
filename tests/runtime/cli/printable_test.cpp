#include "runtime/cli/printable.hpp"

#include <gtest/gtest.h>

namespace runtime::cli {
namespace {

TEST(Printable, leaves_nothing_that_a_terminal_obeys) {
  EXPECT_EQ(printable("a\x1b[31mred\x1b[0m b"), "ared b");
  EXPECT_EQ(printable("\x1b]0;a title\x07text"), "text");
  EXPECT_EQ(printable("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "link");
  EXPECT_EQ(printable("\x1b[2J\x1b[H\x1b[?25lgone"), "gone");
  EXPECT_EQ(printable("bell\a back\b null" + std::string(1, '\0') + " delete\x7f"), "bell back null delete");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31mC1"),
            "31mC1");
  EXPECT_EQ(printable("cut\x1b"), "cut");
  EXPECT_EQ(printable("cut\x1b[12"), "cut");
}

TEST(Printable, leaves_no_mark_that_turns_the_direction_of_writing) {
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b\xe2\x81\xa6"
                      "c"),
            "abc");
}

TEST(Printable, a_carriage_return_writes_over_what_stood_before) {
  EXPECT_EQ(printable("10%\r50%\r100%"), "100%");
  EXPECT_EQ(printable("100%\r"), "100%");
  EXPECT_EQ(printable("a line\r\n"), "a line");
}

TEST(Printable, a_tab_is_a_space_and_bytes_that_are_no_text_are_marked) {
  EXPECT_EQ(printable("a\tb"), "a b");
  EXPECT_EQ(printable("\xff\xc3x\xe2\x82"), "??x??");
}

TEST(Printable, columns_are_those_of_the_terminal) {
  EXPECT_EQ(columns_of("plain"), 5U);
  EXPECT_EQ(columns_of("gr\xc3\xbc\xc3\x9f"), 4U);
  EXPECT_EQ(columns_of("日本"), 4U);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1U) << "a combining accent takes none";
}

TEST(Printable, what_does_not_fit_is_cut_at_a_character) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdefg", 6), "abcde…");
  EXPECT_EQ(fit("日本語", 4), "日…") << "half of a character cannot be drawn";
  EXPECT_EQ(fit("abc", 1), "…");
  EXPECT_EQ(fit("abc", 0), "");
}

}  // namespace
}  // namespace runtime::cli
