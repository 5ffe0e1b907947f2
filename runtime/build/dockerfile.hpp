#pragma once
// Reads a Dockerfile as far as the build must know it beforehand: which ARGs it has, which secrets it mounts, which images
// it starts from. BuildKit remains the judge of everything else. Pure.

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace runtime::build {

struct DockerfileProblem {
  std::size_t line = 0;
  std::size_t column = 1;
  std::string message;
};

struct SecretMount {
  std::string id;
  bool required = false;
  std::size_t line = 0;
};

struct Instruction {
  std::string name;       ///< upper case
  std::string arguments;  ///< continuation lines joined by a space
  std::size_t line = 0;   ///< of its first line
};

struct Dockerfile {
  std::vector<Instruction> instructions;
  std::set<std::string> global_args;  ///< before the first FROM
  std::set<std::string> args;         ///< all, wherever they stand
  std::vector<std::string> images;    ///< of FROM, as written, without names of earlier stages
  std::vector<SecretMount> secrets;
  std::vector<std::string> exposed;
  std::string user;    ///< of the last USER
  std::string syntax;  ///< of `# syntax=`; empty without one
  std::size_t syntax_line = 0;
  std::size_t escape_line = 0;  ///< of `# escape=`; 0 without one
  bool heredocs = false;
  std::vector<DockerfileProblem> problems;
};

Dockerfile read_dockerfile(std::string_view text);

/// The line of the instruction that a step of BuildKit's, such as `[stage 2/5] RUN make`, carries out; 0 when there is none.
/// BuildKit tells a step by its text only. The step that asks a registry about a base image is told by its FROM.
std::size_t line_of_step(const Dockerfile& read, std::string_view step);

/// The image that a step of BuildKit's asks a registry about ("docker.io/library/python:3.9"); empty for every other step.
std::string_view image_of_step(std::string_view step);

/// The text without its `# syntax=` line, so that the engine's own frontend reads it and nothing is pulled for it. Every
/// line keeps its number; an `# escape=` directive after it stays one.
std::string without_syntax(std::string_view text, const Dockerfile& read);

}  // namespace runtime::build
