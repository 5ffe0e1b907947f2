#include "loadtest/command/request_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "loadtest/command/files.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/report/csv.hpp"

namespace loadtest::command {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Requests : public testing::Test {
 protected:
  Requests() : path_(fs::temp_directory_path() / ("bench_requests_" + std::to_string(::getpid()))) {}
  ~Requests() override { fs::remove(path_); }

  static void put(RequestFile& file, measure::Nanoseconds from, measure::Nanoseconds to) {
    for (auto due = from; due != to; ++due) {
      measure::Sample sample;
      sample.due = due;
      file.tape()->put(0, sample, 0);
    }
  }
  static std::ptrdiff_t lines(const std::string& text) { return std::ranges::count(text, '\n'); }
  std::string path_;
};

TEST_F(Requests, stand_in_the_file_line_by_line_under_a_head) {
  RequestFile file(path_, 1);
  put(file, 0, 10'000);
  EXPECT_EQ(file.finish(), "");
  EXPECT_NO_THROW(file.check());
  const auto text = read_file(path_, "--csv");
  EXPECT_TRUE(text.starts_with(report::csv_head() + "0,"));
  EXPECT_EQ(lines(text), 10'001);
  EXPECT_THAT(text, HasSubstr("\n9999,"));
}

TEST_F(Requests, that_nobody_wants_cost_nothing) {
  RequestFile none("", 1);
  EXPECT_EQ(none.tape(), nullptr);
  EXPECT_EQ(none.finish(), "");
  EXPECT_NO_THROW(none.check());
}

/// A pipe of which nobody reads holds a few hundred lines: the rest finds no room, whoever puts goes on, and the end does not wait for ever.
TEST_F(Requests, that_cannot_be_written_in_time_are_counted_and_nobody_waits) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  constexpr measure::Nanoseconds many = 300'000;
  std::string said;
  {
    RequestFile file(path_, 1, std::chrono::milliseconds(100));
    put(file, 0, many);
    said = file.finish();
    EXPECT_NO_THROW(file.check()) << "that it was too slow is no error of the file";
  }
  std::string text;
  char piece[4096];
  for (ssize_t size = 0; (size = ::read(reader, piece, sizeof piece)) > 0;) text.append(piece, static_cast<std::size_t>(size));
  ::close(reader);
  EXPECT_GT(lines(text), 100);
  EXPECT_EQ(said, std::to_string(many - (lines(text) - 1)) + " of 300000 requests are not in " + path_ +
                      ": it could not be written as fast as they ended");
}

/// Whoever reads a little now and then does not make the end wait longer.
TEST_F(Requests, are_waited_for_once_however_slowly_they_are_read) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  std::jthread sips([reader](const std::stop_token& end) {
    char sip[4096];
    while (!end.stop_requested()) {
      [[maybe_unused]] const auto n = ::read(reader, sip, sizeof sip);
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
    }
  });
  RequestFile file(path_, 1, std::chrono::milliseconds(200));
  put(file, 0, 60'000);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(file.finish(), HasSubstr("as fast as they ended"));
  // At a sip each 60 ms it would be half a minute.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  sips.request_stop();
  sips.join();
  ::close(reader);
}

TEST_F(Requests, of_a_disk_that_is_full_are_a_failure) {
  RequestFile file("/dev/full", 1);
  put(file, 0, 5000);
  EXPECT_THAT(file.finish(), HasSubstr("5000 of 5000 requests are not in /dev/full: No space left"));
  try {
    file.check();
    FAIL() << "nobody is told";
  } catch (const Mistake& mistake) {
    EXPECT_THAT(mistake.what(), HasSubstr("--csv /dev/full: cannot be written: No space left"));
    EXPECT_EQ(mistake.code(), Exit::failed);
  }
}

TEST_F(Requests, whose_reader_goes_away_are_a_failure_and_not_the_end) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  RequestFile file(path_, 1, std::chrono::milliseconds(100));
  ::close(reader);
  put(file, 0, 5000);
  EXPECT_THAT(file.finish(), HasSubstr("Broken pipe"));
}

TEST_F(Requests, need_a_place_to_be_written_to) { EXPECT_THROW(RequestFile("/none/x.csv", 1), Mistake); }

}  // namespace
}  // namespace loadtest::command
