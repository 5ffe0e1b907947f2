// Builds on the real engine. Images carry a label of their own and are removed.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/build/build.hpp"
#include "tests/runtime/build/image_search.hpp"
#include "tests/runtime/engine/on_engine.hpp"

namespace runtime::build {
namespace {

namespace fs = std::filesystem;
using engine::Outcome;
using testing::HasSubstr;
using testing::Not;

class Log final : public Observer {
 public:
  void warning(const std::string& text) override { lines += text + "\n"; }
  void step(const StepEvent& event, const Steps& steps) override {
    lines += event.line + "\n";
    last = steps;
    if (on_event) on_event(event, steps);
  }
  const Step* named(std::string_view part) const {
    for (const auto& step : last)
      if (step.name.find(part) != std::string::npos) return &step;
    return nullptr;
  }
  std::string lines;
  Steps last;
  std::function<void(const StepEvent&, const Steps&)> on_event;
};

class RealEngine : public engine::OnEngine {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(OnEngine::SetUp());
    std::string name = (fs::temp_directory_path() / "spaceport-build-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    fs::copy_file("/bin/busybox", folder_ / "busybox");
    unique_ = folder_.filename().string().substr(16);
  }

  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
    for (const auto& tag : tags_) await(engine_->remove_image(tag, true));
  }

  void dockerfile(const std::string& text) const {
    // The name makes the build cache of one run foreign to the next.
    std::ofstream(folder_ / "Dockerfile") << text;
  }
  std::string base() const {
    return "FROM scratch\nCOPY busybox /bin/busybox\nSHELL [\"/bin/busybox\", \"sh\", \"-c\"]\nENV PATH=/bin RUN_ID=" +
           unique_ + "\nRUN /bin/busybox --install /bin\n";
  }

  BuildRequest request(const std::string& space) {
    BuildRequest out;
    out.space = space;
    out.context = folder_;
    out.tag = "spaceport-test/" + space.substr(space.find('/') + 1) + "-" + std::to_string(tags_.size()) + ":" + lower(unique_);
    out.labels["spaceport.test"] = "build";
    tags_.push_back(out.tag);
    return out;
  }
  static std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  Outcome<BuildResult> build(BuildRequest request, Log& log) {
    Build one(worker_, *engine_, std::move(request), log);
    return await(one.run());
  }

  /// The image with its configuration and its history, as one archive.
  std::string saved(const std::string& tag) const {
    const auto file = folder_ / "image.tar";
    EXPECT_EQ(std::system(("docker save -o " + file.string() + " " + tag).c_str()), 0);
    std::ifstream in(file, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(in), {});
    EXPECT_FALSE(bytes.empty());
    return bytes;
  }

  /// What a command prints inside an image.
  std::string run(const std::string& image, std::vector<std::string> command) {
    engine::ContainerSpec spec;
    spec.image = image;
    spec.command = std::move(command);
    spec.network_mode = "none";
    spec.labels["spaceport.test"] = "build";
    const auto id = await(engine_->create(spec));
    if (!id) return "error: " + id.error().message;
    std::string out;
    if (const auto started = await(engine_->start(*id)); !started) out = "error: " + started.error().message;
    await(engine_->wait(*id));
    engine::LogSink sink = [&out](engine::LogStream, std::string_view text) { return out.append(text), true; };
    await(engine_->logs(*id, {}, sink, nullptr));
    await(engine_->remove(*id));
    return out;
  }

  fs::path folder_;
  std::string unique_;
  std::vector<std::string> tags_;
};

SecretProvider gives(std::string value) {
  return [value] { return std::optional(value); };
}

TEST_F(RealEngine, builds_with_an_arg_and_a_required_secret_and_keeps_the_secret_out) {
  dockerfile("# syntax=docker/dockerfile:1\n" + base() +
             "ARG MODEL\nARG UNSET=dflt\nRUN --mount=type=secret,id=TOKEN,mode=0444,required=true "
             "echo \"$MODEL $UNSET\" > /out; md5sum < /run/secrets/TOKEN > /sum; cat /run/secrets/TOKEN\nCMD [\"cat\", "
             "\"/out\", \"/sum\"]\n");
  auto wanted = request("local/one");
  wanted.variables = {{"MODEL", "gpt2"}, {"NOT_IN_FILE", "x"}};
  wanted.secrets["TOKEN"] = gives("hunter2-" + unique_);
  Log log;
  const auto result = build(wanted, log);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_THAT(run(tags_[0], {"cat", "/out"}), HasSubstr("gpt2 dflt"));
  EXPECT_THAT(log.lines, HasSubstr("***"));
  EXPECT_THAT(log.lines, Not(HasSubstr("hunter2-" + unique_)));
  const std::string value = "hunter2-" + unique_;
  const auto image = saved(tags_[0]);
  EXPECT_TRUE(test::holds(image, "gpt2 dflt")) << "the layers are not searched";
  EXPECT_FALSE(test::holds(image, value)) << "a layer, the configuration or the history holds the secret";
  ASSERT_EQ(std::system(("docker history --no-trunc " + tags_[0] + " | grep -q gpt2").c_str()), 0) << "build args are there";
  EXPECT_NE(std::system(("docker history --no-trunc " + tags_[0] + " | grep -q " + value).c_str()), 0);
}

TEST_F(RealEngine, a_secret_that_a_step_leaves_behind_is_found_packed_or_not) {
  const std::string value = "hunter2-" + unique_;
  for (const char* leak : {"cat /run/secrets/TOKEN > /left", "gzip < /run/secrets/TOKEN > /left",
                           "cd /run/secrets && tar -cf - TOKEN | gzip > /left"}) {
    dockerfile(base() + "RUN --mount=type=secret,id=TOKEN,required=true " + leak + "\n");
    auto wanted = request("local/leak");
    wanted.secrets["TOKEN"] = gives(value);
    Log log;
    const auto result = build(wanted, log);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_TRUE(test::holds(saved(tags_.back()), value)) << leak;
  }
}

TEST_F(RealEngine, a_missing_required_secret_is_named_before_anything_starts) {
  dockerfile(base() + "RUN --mount=type=secret,id=API_KEY,required=true true\n");
  Log log;
  const auto result = build(request("local/missing"), log);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("Dockerfile:6:1: the secret `API_KEY`"));
  EXPECT_TRUE(log.last.empty());
}

TEST_F(RealEngine, two_tenants_with_the_same_dockerfile_get_their_own_secrets) {
  dockerfile(base() + "RUN --mount=type=secret,id=TOK,required=true cat /run/secrets/TOK > /tok\n");
  Log alice;
  auto first = request("alice/app");
  first.secrets["TOK"] = gives("alice-" + unique_);
  ASSERT_TRUE(build(first, alice));
  Log bob;
  auto second = request("bob/app");
  second.secrets["TOK"] = gives("bob-" + unique_);
  ASSERT_TRUE(build(second, bob));
  ASSERT_NE(bob.named("cat /run/secrets"), nullptr);
  EXPECT_EQ(bob.named("cat /run/secrets")->state, Step::State::done);
  EXPECT_EQ(run(tags_[1], {"cat", "/tok"}), "bob-" + unique_);
  // The same Space with the same secret profits from the cache; with a new value it does not.
  Log again;
  auto third = request("bob/app");
  third.secrets["TOK"] = gives("bob-" + unique_);
  ASSERT_TRUE(build(third, again));
  EXPECT_EQ(again.named("cat /run/secrets")->state, Step::State::cached);
  Log changed;
  auto fourth = request("bob/app");
  fourth.secrets["TOK"] = gives("new-" + unique_);
  ASSERT_TRUE(build(fourth, changed));
  EXPECT_EQ(run(tags_[3], {"cat", "/tok"}), "new-" + unique_);
}

TEST_F(RealEngine, a_cache_mount_is_not_shared_between_tenants) {
  const auto list = base() + "ARG WHO\nRUN --mount=type=cache,target=/cache ls /cache > /seen; echo x > /cache/from-$WHO\n";
  dockerfile(list);
  Log log;
  auto first = request("alice/cache");
  first.variables["WHO"] = "alice" + unique_;
  ASSERT_TRUE(build(first, log));
  auto second = request("bob/cache");
  second.variables["WHO"] = "bob" + unique_;
  ASSERT_TRUE(build(second, log));
  EXPECT_THAT(run(tags_[1], {"cat", "/seen"}), Not(HasSubstr("alice")));
  auto third = request("alice/cache");
  third.variables["WHO"] = "alice2" + unique_;
  ASSERT_TRUE(build(third, log));
  EXPECT_THAT(run(tags_[2], {"cat", "/seen"}), HasSubstr("from-alice" + unique_));
}

TEST_F(RealEngine, the_dockerignore_is_honoured) {
  dockerfile(base() + "COPY . /all\n");
  std::ofstream(folder_ / ".dockerignore") << "private\n";
  std::ofstream(folder_ / "private") << "x";
  std::ofstream(folder_ / "public") << "x";
  Log log;
  const auto result = build(request("local/ignore"), log);
  ASSERT_TRUE(result) << result.error().message;
  const auto files = run(tags_[0], {"ls", "/all"});
  EXPECT_THAT(files, HasSubstr("public"));
  EXPECT_THAT(files, Not(HasSubstr("private")));
}

TEST_F(RealEngine, a_failing_step_tells_its_exit_code) {
  dockerfile(base() + "RUN echo before; exit 7\n");
  Log log;
  const auto result = build(request("local/fail"), log);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("exit code: 7"));
  EXPECT_THAT(log.lines, HasSubstr("before"));
}

TEST_F(RealEngine, a_build_can_be_cancelled) {
  dockerfile(base() + "RUN echo up; sleep 60\n");
  Log log;
  Build one(worker_, *engine_, request("local/cancel"), log);
  log.on_event = [&one](const StepEvent& event, const Steps&) {
    if (event.line == "up") one.cancel();
  };
  const auto result = await(one.run());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the build was cancelled");
}

}  // namespace
}  // namespace runtime::build
