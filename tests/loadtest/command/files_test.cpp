#include "loadtest/command/files.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "loadtest/command/mistake.hpp"

namespace loadtest::command {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() : folder_(fs::temp_directory_path() / ("bench_files_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Files() override { fs::remove_all(folder_); }
  std::string at(const std::string& name) const { return folder_ / name; }
  fs::path folder_;
};

std::string what_of(const std::function<void()>& job) {
  try {
    job();
  } catch (const Mistake& mistake) {
    return mistake.what();
  }
  return {};
}

TEST_F(Files, AreWrittenAndReadWhole) {
  write_file(at("a"), "one", "--json");
  write_file(at("a"), "two", "--json");
  EXPECT_EQ(read_file(at("a"), "report"), "two");
  EXPECT_EQ(text_or_file("@" + at("a"), "--data"), "two");
  EXPECT_EQ(text_or_file("a", "--data"), "a");
  // Nothing half written lies beside it.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(Files, SayWhatIsWrongBeforeAnythingRuns) {
  EXPECT_EQ(what_of([&] { check_writable(at("none/a"), "--json"); }),
            "--json " + at("none/a") + ": there is no folder " + at("none"));
  EXPECT_EQ(what_of([&] { check_writable(folder_, "--html"); }), "--html " + folder_.string() + ": is a folder");
  EXPECT_EQ(what_of([&] { check_writable(at("a"), "--json"); }), "");
  EXPECT_EQ(what_of([&] { check_writable("", "--json"); }), "");
  EXPECT_FALSE(fs::exists(at("a")));
  EXPECT_NE(what_of([&] { read_file(at("none"), "--targets"); }).find("cannot be opened: No such file"), std::string::npos);
  EXPECT_NE(what_of([&] { read_file(folder_, "--targets"); }).find("is a folder"), std::string::npos);
}

TEST_F(Files, ADeviceIsWrittenToAsItIs) {
  write_file("/dev/null", "x", "--json");
  EXPECT_FALSE(fs::is_regular_file("/dev/null"));
}

}  // namespace
}  // namespace loadtest::command
