#include "runtime/build/failure.hpp"

#include <gmock/gmock.h>

namespace runtime::build {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view unauthorized =
    "failed to solve with frontend dockerfile.v0: failed to create LLB definition: pulling from host registry.test:5000 failed "
    "with "
    "status code [manifests latest]: 401 Unauthorized";

class Failure : public testing::Test {
 protected:
  engine::Error explain(std::string_view text, const std::string& dockerfile, const std::string& failed_step) {
    const auto read = read_dockerfile(dockerfile);
    Step step;
    step.name = failed_step;
    step.state = Step::State::failed;
    const Steps steps{Step{}, step};
    const std::string file = "Dockerfile";
    return explain_failure(std::string(text), {file, read, steps, registries_, out_of_space_});
  }
  engine::Error refused() {
    return explain(unauthorized, "ARG X\nFROM --platform=linux/amd64 registry.test:5000/private AS one\n",
                   "[internal] load metadata for registry.test:5000/private:latest");
  }
  std::map<std::string, RegistryCredentials> registries_;
  std::optional<std::size_t> out_of_space_;
};

TEST_F(Failure, a_registry_that_wants_credentials_is_named_with_the_key_they_belong_under) {
  const auto error = refused();
  EXPECT_THAT(error.message,
              StartsWith("Dockerfile:2: the registry registry.test:5000 does not give registry.test:5000/private:latest"));
  EXPECT_THAT(error.hint, HasSubstr("registries: [{host: \"registry.test:5000\", username: NAME, password_file: FILE}]"));
}

TEST_F(Failure, a_registry_that_refuses_credentials_is_told_with_their_user_and_file_and_without_the_password) {
  registries_["registry.test:5000"] = {"me", "pass-word", "/etc/password", {}};
  const auto error = refused();
  EXPECT_THAT(error.message, HasSubstr("to the user `me`"));
  EXPECT_THAT(error.hint, HasSubstr("`password_file` (/etc/password)"));
  EXPECT_THAT(error.message + error.hint, Not(HasSubstr("pass-word")));
}

TEST_F(Failure, a_password_file_that_could_not_be_read_is_the_reason) {
  registries_["registry.test:5000"] = {"me", "", "/etc/password", "No such file or directory"};
  EXPECT_THAT(refused().message, HasSubstr("/etc/password cannot be read: No such file or directory"));
}

TEST_F(Failure, of_a_registry_that_is_not_there_nothing_is_said_about_credentials) {
  const auto error = explain("dial tcp: lookup registry-1.docker.io: no such host", "FROM python:3.9\n",
                             "[internal] load metadata for docker.io/library/python:3.9");
  EXPECT_THAT(error.message, StartsWith("Dockerfile:1: dial tcp"));
  EXPECT_THAT(error.hint, Not(HasSubstr("password_file")));
}

TEST_F(Failure, a_step_that_prints_401_is_no_refusal_of_a_registry) {
  const auto error =
      explain("executor failed running [/bin/sh -c curl]: 401 Unauthorized", "FROM a\nRUN curl\n", "[2/2] RUN curl");
  EXPECT_THAT(error.message, StartsWith("Dockerfile:2: executor failed"));
}

TEST_F(Failure, a_base_image_named_by_a_variable_is_told_by_its_from) {
  const auto error = explain(unauthorized, "ARG I=x\nFROM busybox AS one\nFROM $I\n",
                             "[internal] load metadata for registry.test:5000/private:1");
  EXPECT_THAT(error.message, StartsWith("Dockerfile:3: the registry registry.test:5000"));
}

TEST_F(Failure, a_step_that_ran_out_of_disk_is_told_with_the_cause_and_not_only_with_its_exit_code) {
  EXPECT_TRUE(says_disk_full("cp: error writing '/x': No space left on device"));
  EXPECT_FALSE(says_disk_full("cp: cannot stat '/x': No such file or directory"));
  const auto failed = [this] {
    return explain("executor failed running [/bin/sh -c fill]: exit code: 1", "FROM a\nRUN fill\n", "[2/2] RUN fill");
  };
  out_of_space_ = 1;
  EXPECT_THAT(failed().message, StartsWith("Dockerfile:2: the disk of the engine is full (executor failed"));
  EXPECT_THAT(failed().hint, HasSubstr("docker builder prune"));
  out_of_space_ = 0;  // it went on: the step that failed is another
  EXPECT_THAT(failed().message, StartsWith("Dockerfile:2: executor failed"));
}

TEST(RegistryOf, is_the_host_or_the_hub) {
  EXPECT_EQ(registry_of("127.0.0.1:5000/a/b:1"), "127.0.0.1:5000");
  EXPECT_EQ(registry_of("localhost/a"), "localhost");
  EXPECT_EQ(registry_of("ghcr.io/a/b"), "ghcr.io");
  EXPECT_EQ(registry_of("docker.io/library/python:3.9"), "docker.io");
  EXPECT_EQ(registry_of("owner/name"), "docker.io");
  EXPECT_EQ(registry_of("python:3.9"), "docker.io");
}

}  // namespace
}  // namespace runtime::build
