// Builds whose engine goes away, falls silent or says nonsense in the middle: each ends, with a sentence.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "runtime/build/build.hpp"
#include "tests/runtime/build/fake_engine.hpp"
#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::build {
namespace {

using namespace std::chrono_literals;
using engine::Outcome;
using test::FakeEngine;
using testing::HasSubstr;

class Deaf final : public Observer {
 public:
  void warning(const std::string&) override {}
  void step(const StepEvent&, const Steps&) override {}
};

class BrokenEngine : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(context_);
    std::ofstream(context_ / "Dockerfile") << "FROM scratch\nCOPY large /\n";
    // More than what a socket takes in advance.
    std::ofstream(context_ / "large") << std::string(8 << 20, 'x');
  }

  void begin(std::chrono::milliseconds timeout) {
    BuildRequest request;
    request.space = "t/x";
    request.context = context_;
    request.tag = "x:1";
    request.timeout = timeout;
    request.farewell = 100ms;
    build_.emplace(loop_.worker, *engine_, std::move(request), observer_);
    loop_.worker.spawn(run());
  }
  gw::net::Task<> run() { result_.emplace(co_await build_->run()); }
  /// Until it has ended, for at most `limit`.
  bool ends(std::chrono::milliseconds limit) {
    return fake_.until([this] { return result_.has_value(); }, limit);
  }
  std::string error() const { return result_->has_error() ? result_->error().message : "(none)"; }

  // One that hangs ends with its engine.
  void TearDown() override {
    fake_.die();
    ASSERT_TRUE(ends(20s));
  }

  gw::net::test::Loop loop_;
  state::test::TemporaryFolder temporary_;
  std::filesystem::path context_ = temporary_.path() / "space";
  FakeEngine fake_{loop_, (temporary_.path() / "e.sock").string()};
  std::unique_ptr<engine::Engine> engine_ =
      engine::make_docker_engine(loop_.worker, (temporary_.path() / "e.sock").string(), 300ms);
  Deaf observer_;
  std::optional<Build> build_;
  std::optional<Outcome<BuildResult>> result_;
};

TEST_F(BrokenEngine, one_that_is_whole_builds) {
  begin(1h);
  ASSERT_TRUE(ends(10s));
  ASSERT_TRUE(result_->has_value()) << error();
  EXPECT_EQ((*result_)->image_id, "sha256:1");
}

struct Broken {
  FakeEngine::Build how;
  const char* sentence;
};
class GoneEngine : public BrokenEngine, public testing::WithParamInterface<Broken> {};

// Whatever the build time-out is.
TEST_P(GoneEngine, ends_a_build_at_once) {
  fake_.build = GetParam().how;
  begin(1h);
  ASSERT_TRUE(ends(10s)) << "it hangs";
  EXPECT_THAT(error(), HasSubstr(GetParam().sentence));
  EXPECT_EQ(fake_.builds, 1U);
}

constexpr const char* gone = "the engine ended the connection in the middle of the build";
INSTANTIATE_TEST_SUITE_P(
    All, GoneEngine,
    testing::Values(Broken{FakeEngine::Build::breaks_the_context, gone}, Broken{FakeEngine::Build::breaks_off, gone},
                    Broken{FakeEngine::Build::breaks_the_answer, gone}, Broken{FakeEngine::Build::breaks_a_line, gone},
                    Broken{FakeEngine::Build::ends_without_image, "the engine ended the build without an image"},
                    Broken{FakeEngine::Build::refuses, "no, no"}, Broken{FakeEngine::Build::fails, "a step has failed"}));

struct Silence {
  FakeEngine::Build how;
  FakeEngine::Cancel cancel;
};
class SilentEngine : public BrokenEngine, public testing::WithParamInterface<Silence> {
  void SetUp() override {
    BrokenEngine::SetUp();
    fake_.build = GetParam().how;
    fake_.cancel = GetParam().cancel;
  }
};

TEST_P(SilentEngine, ends_a_build_with_its_time) {
  begin(200ms);
  ASSERT_TRUE(ends(10s)) << "it hangs";
  EXPECT_THAT(error(), HasSubstr("the build took longer than"));
}

TEST_P(SilentEngine, lets_a_build_be_cancelled) {
  begin(1h);
  ASSERT_TRUE(fake_.until([this] { return fake_.contexts == (GetParam().how == FakeEngine::Build::takes_nothing ? 0 : 1); }));
  ASSERT_TRUE(fake_.until([this] { return fake_.builds == 1; }));
  loop_.settle();
  build_->cancel();
  ASSERT_TRUE(ends(10s)) << "it hangs";
  EXPECT_EQ(error(), "the build was cancelled");
  EXPECT_EQ(fake_.cancels, fake_.contexts) << "before the context is there the engine does not know the build";
}

INSTANTIATE_TEST_SUITE_P(All, SilentEngine,
                         testing::Values(Silence{FakeEngine::Build::takes_nothing, FakeEngine::Cancel::does_not_know_it},
                                         Silence{FakeEngine::Build::says_nothing, FakeEngine::Cancel::does_not_know_it},
                                         Silence{FakeEngine::Build::falls_silent, FakeEngine::Cancel::does_not_know_it},
                                         Silence{FakeEngine::Build::says_nothing, FakeEngine::Cancel::says_nothing},
                                         Silence{FakeEngine::Build::falls_silent, FakeEngine::Cancel::says_nothing}));

}  // namespace
}  // namespace runtime::build
