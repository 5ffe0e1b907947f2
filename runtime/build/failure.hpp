#pragma once
// Why a build failed, said for the person who wrote the Dockerfile: which line, what, and what to do. Pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/build/build.hpp"
#include "runtime/build/dockerfile.hpp"

namespace runtime::build {

/// What the builder's error stands beside.
struct FailureScene {
  const std::string& file;  ///< the Dockerfile's name
  const Dockerfile& dockerfile;
  const Steps& steps;
  const std::map<std::string, RegistryCredentials>& registries;
  std::optional<std::size_t> out_of_space;  ///< the step whose output last said so
};

/// Does a line that a step printed say that the disk is full? Its program ends with a code that says nothing.
bool says_disk_full(std::string_view line);

/// The registry that an image's name asks: "127.0.0.1:5000" of "127.0.0.1:5000/private:1", "docker.io" of "python:3.9".
std::string_view registry_of(std::string_view image);

/// Makes the builder's `text` (masked already) an error that begins with `Dockerfile:LINE: ` where the line is known. A registry that
/// refused a base image is told with its host and the key of spaceport.yaml, never with a password.
engine::Error explain_failure(std::string text, const FailureScene& scene);

}  // namespace runtime::build
