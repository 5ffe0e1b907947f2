#include "runtime/build/failure.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace runtime::build {
namespace {

using engine::Error;

// How builder and registries say it: docker 20.10 ("failed with status code [manifests latest]: 401 Unauthorized"), newer ones
// ("failed to authorize"), the hub ("pull access denied ... insufficient_scope: authorization failed").
constexpr std::array<std::string_view, 6> refusals{"401 Unauthorized",   "403 Forbidden",       "no basic auth credentials",
                                                   "pull access denied", "failed to authorize", "authorization failed"};

std::optional<Error> registry_refusal(const std::string& text, std::string_view image,
                                      const std::map<std::string, RegistryCredentials>& known) {
  if (std::ranges::none_of(refusals, [&text](auto sign) { return text.find(sign) != std::string::npos; })) return std::nullopt;
  const std::string host(registry_of(image));
  const auto what = "the registry " + host + " does not give " + std::string(image);
  const auto said = " (" + text + ")";
  const auto at = known.find(host);
  if (at == known.end())
    return Error{400, what + " without credentials" + said,
                 "check the name; if the image is private, add to spaceport.yaml: `registries: [{host: \"" + host +
                     "\", username: NAME, password_file: FILE}]`"};
  const auto& mine = at->second;
  const auto key = " of " + host + " under `registries` in spaceport.yaml";
  if (!mine.trouble.empty())
    return Error{400, what + " without credentials, and " + mine.password_file + " cannot be read: " + mine.trouble,
                 "write the password into that file, or correct `password_file`" + key};
  return Error{400, what + " to the user `" + mine.username + "`" + said,
               "check the image's name, and `username` and `password_file` (" + mine.password_file + ")" + key +
                   "; the file is read anew by each build"};
}

/// BuildKit states a Dockerfile's line inside its sentence; people and editors want file:line.
void move_line_to_front(std::string& message, const std::string& file) {
  constexpr std::string_view sign = "parse error line ";
  const auto at = message.find(sign);
  if (at == std::string::npos) return;
  const auto rest = std::string_view(message).substr(at + sign.size());
  const auto colon = rest.find(": ");
  if (colon == std::string_view::npos) return;
  message = file + ":" + std::string(rest.substr(0, colon)) + ":1: " + std::string(rest.substr(colon + 2));
}

}  // namespace

std::string_view registry_of(std::string_view image) {
  const auto first = image.substr(0, image.find('/'));
  const bool host =
      first.size() < image.size() && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  return host ? first : "docker.io";
}

bool says_disk_full(std::string_view line) { return line.find("No space left on device") != std::string_view::npos; }

Error explain_failure(std::string text, const FailureScene& scene) {
  const bool full = scene.out_of_space && scene.steps.at(*scene.out_of_space).state == Step::State::failed;
  // In the engine's own words, for which there is a rule.
  if (full) text += ": no space left on device";
  auto out = engine::translate({400, std::move(text), {}});
  move_line_to_front(out.message, scene.file);
  for (const auto& step : scene.steps) {
    if (step.state != Step::State::failed) continue;
    if (const auto image = image_of_step(step.name); !image.empty())
      if (auto refused = registry_refusal(out.message, image, scene.registries)) out = std::move(*refused);
    const auto line = line_of_step(scene.dockerfile, step.name);
    if (line != 0) out.message = scene.file + ":" + std::to_string(line) + ": " + out.message;
    break;
  }
  return out;
}

}  // namespace runtime::build
