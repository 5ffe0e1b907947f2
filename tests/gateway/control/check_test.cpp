#include "gateway/control/check.hpp"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fstream>
#include <sstream>

#include "gateway/control/explain_command.hpp"

namespace gw::control {
namespace {

using ::testing::HasSubstr;

/// A file with that text, gone at the end.
struct File {
  explicit File(const std::string& text) : path(::testing::TempDir() + "gateway-" + std::to_string(getpid()) + ".yaml") {
    std::ofstream(path) << text;
  }
  ~File() { unlink(path.c_str()); }
  std::string path;
};

constexpr const char* good =
    "listeners: [{address: \"127.0.0.1:8080\"}]\n"
    "upstreams:\n  app: {endpoints: [\"127.0.0.1:7860\"]}\n"
    "routes:\n  - {host: demo.test, path: /api, upstream: app, strip_prefix: true}\n";

TEST(Check, a_good_file_exits_0) {
  const File file(good);
  std::ostringstream out, err;
  EXPECT_EQ(check_command(file.path, out, err), 0) << err.str();
}

TEST(Check, every_problem_has_its_place) {
  const File file("listener: []\nroutes:\n  - {path: api, upstream: nobody}\n");
  std::ostringstream out, err;
  EXPECT_EQ(check_command(file.path, out, err), 1);
  EXPECT_THAT(err.str(), HasSubstr(file.path + ":1:"));
  EXPECT_THAT(err.str(), HasSubstr(file.path + ":3:"));
}

TEST(Check, a_file_that_cannot_be_read_is_a_problem) {
  std::ostringstream out, err;
  EXPECT_EQ(check_command("/nonexistent.yaml", out, err), 1);
  EXPECT_THAT(err.str(), HasSubstr("cannot be read"));
  EXPECT_EQ(check_command("/", out, err), 1);
}

TEST(ExplainCommand, tells_route_and_exit_code) {
  const File file(good);
  std::ostringstream out, err;
  EXPECT_EQ(explain_command(file.path, "http://demo.test/api/x", "GET", out, err), 0);
  EXPECT_THAT(out.str(), HasSubstr("forward  GET /x"));
  EXPECT_THAT(out.str(), HasSubstr("(line 5)"));
  EXPECT_EQ(explain_command(file.path, "http://demo.test/", "GET", out, err), 1);
}

}  // namespace
}  // namespace gw::control
