#include "runtime/build/dockerfile.hpp"

#include <gmock/gmock.h>

namespace runtime::build {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Dockerfile, finds_args_before_and_after_from) {
  const auto read = read_dockerfile("ARG BASE=x\nFROM ${BASE}\narg MODEL\nARG A=1 B\n");
  EXPECT_THAT(read.global_args, ElementsAre("BASE"));
  EXPECT_THAT(read.args, ElementsAre("A", "B", "BASE", "MODEL"));
  EXPECT_TRUE(read.problems.empty());
}

TEST(Dockerfile, finds_secret_mounts_and_whether_they_are_required) {
  const auto read = read_dockerfile(
      "FROM a\nRUN --mount=type=secret,id=ONE,mode=0444,required=true \\\n --mount=type=secret,id=TWO "
      "--mount=type=cache,target=/c true\n"
      "RUN --mount=type=secret,target=/run/secrets/THREE,required cat x\n");
  ASSERT_EQ(read.secrets.size(), 3u);
  EXPECT_EQ(read.secrets[0].id, "ONE");
  EXPECT_TRUE(read.secrets[0].required);
  EXPECT_EQ(read.secrets[0].line, 2u);
  EXPECT_EQ(read.secrets[1].id, "TWO");
  EXPECT_FALSE(read.secrets[1].required);
  EXPECT_EQ(read.secrets[2].id, "THREE");
  EXPECT_TRUE(read.secrets[2].required);
}

TEST(Dockerfile, continued_lines_pass_over_comments_and_keep_numbers) {
  const auto read = read_dockerfile("FROM a\nRUN x \\\n# note\n\n  && y\nUSER 1000\n");
  ASSERT_EQ(read.instructions.size(), 3u);
  EXPECT_EQ(read.instructions[1].arguments, "x && y");
  EXPECT_EQ(read.instructions[2].line, 6u);
  EXPECT_EQ(read.user, "1000");
}

TEST(Dockerfile, the_escape_directive_changes_the_continuation) {
  const auto read = read_dockerfile("# escape=`\nFROM a\nRUN x `\n y\\\nUSER b\n");
  ASSERT_EQ(read.instructions.size(), 3u);
  EXPECT_EQ(read.instructions[1].arguments, "x y\\");
}

TEST(Dockerfile, earlier_stages_are_no_images) {
  const auto read = read_dockerfile("FROM --platform=linux/amd64 go:1 AS build\nFROM scratch\nFROM build\nEXPOSE 80 81/tcp\n");
  EXPECT_THAT(read.images, ElementsAre("go:1"));
  EXPECT_THAT(read.exposed, ElementsAre("80", "81/tcp"));
}

TEST(Dockerfile, an_unknown_instruction_is_named_with_its_line_and_a_suggestion) {
  const auto read = read_dockerfile("FROM a\n\n  RUNN x\n");
  ASSERT_EQ(read.problems.size(), 1u);
  EXPECT_EQ(read.problems[0].line, 3u);
  EXPECT_EQ(read.problems[0].column, 3u);
  EXPECT_THAT(read.problems[0].message, HasSubstr("did you mean `RUN`"));
}

TEST(Dockerfile, without_from_there_is_a_problem) {
  EXPECT_FALSE(read_dockerfile("ARG A\n").problems.empty());
  EXPECT_FALSE(read_dockerfile("").problems.empty());
  EXPECT_FALSE(read_dockerfile("RUN x\nFROM a\n").problems.empty());
}

TEST(Dockerfile, heredocs_are_no_instructions) {
  const auto read = read_dockerfile("FROM a\nRUN <<EOF\nnot an instruction\nEOF\nCOPY <<-\"X\" /f\nbody\n\tX\nUSER b\n");
  EXPECT_TRUE(read.heredocs);
  EXPECT_TRUE(read.problems.empty());
  EXPECT_EQ(read.user, "b");
}

TEST(Dockerfile, the_syntax_line_goes_and_every_line_keeps_its_number) {
  const std::string_view text = "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n";
  const auto read = read_dockerfile(text);
  EXPECT_EQ(read.syntax, "docker/dockerfile:1");
  const auto changed = read_dockerfile(without_syntax(text, read));
  EXPECT_TRUE(changed.syntax.empty());
  EXPECT_NE(changed.escape_line, 0u);
  EXPECT_EQ(changed.instructions[0].line, 3u);
}

}  // namespace
}  // namespace runtime::build

TEST(Dockerfile, a_step_of_the_engine_leads_back_to_its_line) {
  const auto read = runtime::build::read_dockerfile("FROM scratch\n\nCOPY a /a\nRUN make  all && \\\n  make install\n");

  EXPECT_EQ(3U, runtime::build::line_of_step(read, "[2/3] COPY a /a"));
  EXPECT_EQ(4U, runtime::build::line_of_step(read, "[stage-1 3/3] RUN make all && make install"));
  EXPECT_EQ(0U, runtime::build::line_of_step(read, "[3/3] RUN something else"));
  EXPECT_EQ(0U, runtime::build::line_of_step(read, "exporting to image"));
}
