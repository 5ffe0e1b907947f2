// The build of a Space as a job beside its driver: progress to the listeners and to the build log.

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <ctime>
#include <fstream>
#include <system_error>

#include "runtime/state/trouble.hpp"
#include "runtime/supervise/build_cache.hpp"
#include "runtime/supervise/space.hpp"

namespace runtime::supervise {
namespace {

namespace json = boost::json;
using build::StepEvent;

std::string_view state_name(build::Step::State state) {
  switch (state) {
    case build::Step::State::waiting:
      return "waiting";
    case build::Step::State::running:
      return "running";
    case build::Step::State::done:
      return "done";
    case build::Step::State::cached:
      return "cached";
    case build::Step::State::failed:
      return "failed";
  }
  return "waiting";
}

// The log has the form that people know from the hub: `--> step`, its output, `DONE 0.5s` or `CACHED`.
class Reporter final : public build::Observer {
 public:
  Reporter(Journal& journal, BuildLimits& limits, const std::string& file)
      : journal_(journal), limits_(limits), log_(file, std::ios::binary) {}

  void warning(const std::string& text) override {
    log_ << "warning: " << text << '\n';
    journal_.say({{"event", "warning"}, {"text", text}});
  }

  void step(const StepEvent& event, const build::Steps& steps) override {
    const build::Step& step = steps.at(event.step);
    switch (event.kind) {
      case StepEvent::Kind::named:
      case StepEvent::Kind::progress:
        return;
      case StepEvent::Kind::started:
        limits_.put_in_force();
        log_ << "--> " << step.name << '\n';
        break;
      case StepEvent::Kind::log:
        killed_ = killed_ || says_killed(event.line);
        log_ << event.line << '\n';
        break;
      case StepEvent::Kind::done:
        log_ << fmt::format("DONE {:.1f}s\n", step.seconds());
        break;
      case StepEvent::Kind::cached:
        log_ << "--> " << step.name << "\nCACHED\n";
        break;
      case StepEvent::Kind::failed:
        log_ << "ERROR " << step.error << '\n';
        break;
    }
    log_.flush();
    json::object line{{"event", event.kind == StepEvent::Kind::log ? "log" : "step"},
                      {"number", step.number},
                      {"name", step.name},
                      {"state", state_name(step.state)},
                      {"seconds", step.seconds()}};
    if (event.kind == StepEvent::Kind::log) line["line"] = event.line;
    if (!step.error.empty()) line["error"] = step.error;
    journal_.say(line);
  }

  std::ofstream& log() { return log_; }
  /// Has a step said that a program of its was killed?
  bool killed() const noexcept { return killed_; }

 private:
  Journal& journal_;
  BuildLimits& limits_;
  std::ofstream log_;
  bool killed_ = false;
};

std::map<std::string, build::RegistryCredentials> credentials(const config::NodeFile& node) {
  std::map<std::string, build::RegistryCredentials> all;
  for (const auto& registry : node.registries) {
    auto& one = all[registry.host];
    one.username = registry.username;
    one.password_file = registry.password_file;
    errno = 0;
    std::ifstream in(registry.password_file);
    // Told by the build that needs it: one bad file must not stop the Spaces that build on public images.
    if (!in)
      one.trouble = std::generic_category().message(errno);
    else if (!std::getline(in, one.password) || one.password.empty())
      one.trouble = "it is empty";
  }
  return all;
}

}  // namespace

build::BuildRequest Space::build_request(const state::DeploymentRecord& deployment, bool no_cache) const {
  const std::string& instance = context_.database.instance();
  build::BuildRequest request;
  request.space = record_.id;
  request.context = record_.source;
  request.tag = tag(deployment.n);
  request.variables = context_.database.variables(record_.id);
  for (const auto& [key, value] : context_.database.secrets(record_.id)) {
    request.secrets[key] = [held = value]() -> std::optional<std::string> { return std::string(held.reveal()); };
  }
  request.labels = {{instance_label, instance}, {space_label, record_.id}};
  request.registries = credentials(context_.node);
  request.network = context_.node.build.network;
  request.no_cache = no_cache;
  request.timeout = context_.node.build.timeout;
  request.salt_key = context_.box.derive("buildsal");
  return request;
}

void Space::warn_of_oauth(build::Observer& observer) const {
  const auto missing = missing_oauth(context_.database.variables(id()), context_.database.secret_names(id()));
  if (missing.empty()) return;
  observer.warning(
      fmt::format("hf_oauth: true is not served here: Spaceport brings no sign-in provider, and {} {} not set; set them as "
                  "variables and secrets if you have one, then OAUTH_SCOPES is made of hf_oauth_scopes",
                  fmt::join(missing, ", "), missing.size() == 1 ? "is" : "are"));
}

std::string Space::hint_of_hardware() const {
  const bool chosen = !record_.hardware.empty() || !record_.gpus.empty();
  return chosen ? std::string() : hardware_hint(id(), card().suggested_hardware, context_.node);
}

std::string Space::tag(std::int64_t deployment) const {
  return fmt::format("spaceport-{}/{}:{}", context_.database.instance().substr(0, 8), record_.subdomain, deployment);
}

std::string Space::build_log_of(std::int64_t deployment) const {
  return (context_.layout.logs() / fmt::format("{}-{}.log", record_.subdomain, deployment)).string();
}

// The image of a deployment that was given up. By its name: the same layers may be the image of an older one too.
Task<> Space::discard_image_job(std::int64_t deployment) {
  const std::string name = tag(deployment);
  // Not before its build has ended and its container is gone: an image in use would only lose its name.
  constexpr std::chrono::milliseconds look_again{20};
  while (!stopping_ && (jobs_ != discards_ || starts() || !leaving_.empty())) co_await pause_for(context_.worker, look_again);
  co_await context_.engine.remove_image(name, true);
  --discards_;
  --jobs_;
  changed();
}

// Until it may be built, or nobody wants it any more; whoever listens is told how many are before it.
Task<> Space::await_turn(Turns::Turn& turn, Life::Ticket ticket, std::ostream& log) {
  constexpr std::chrono::seconds look{1};
  while (!turn.take() && life_.build_wanted(ticket) && !stopping_) {
    const std::size_t ahead = turn.ahead();
    if (queued_behind_ != ahead) {
      queued_behind_ = ahead;
      const std::string text = ahead == 0   ? "waiting until the build cache is pruned"
                               : ahead == 1 ? "waiting for another build"
                                            : fmt::format("waiting for {} other builds", ahead);
      log << text << std::endl;
      journal_.say({{"event", "queued"}, {"ahead", ahead}, {"text", text}});
    }
    co_await turn.wait(look);
  }
  if (queued_behind_) journal_.say({{"event", "queued"}, {"ahead", nullptr}});
  queued_behind_.reset();
}

Task<> Space::build_job(state::DeploymentRecord deployment, bool no_cache, Life::Ticket ticket) {
  deployment.build_log = build_log_of(deployment.n);
  deployment_.build_log = deployment.build_log;
  std::string error;
  // A coroutine begins inside the call that starts it: whoever asked for this build is to hear of it from its first word on.
  const auto later = [this]<class Handler>(Handler&& go_on) {
    boost::asio::post(context_.worker.executor(), std::forward<Handler>(go_on));
  };
  co_await gw::net::Completion(later);
  try {
    Reporter reporter(journal_, context_.build_limits, deployment.build_log);
    reporter.log() << fmt::format("===== Build Queued at {:%Y-%m-%d %H:%M:%S} / Deployment: {} =====\n\n",
                                  fmt::gmtime(std::time(nullptr)), deployment.n);
    if (card_.oauth.enabled) warn_of_oauth(reporter);
    if (const auto hint = hint_of_hardware(); !hint.empty()) reporter.warning(hint);
    if (!card_.preload_from_hub.empty()) {
      reporter.warning(
          "preload_from_hub is not served here: nothing is downloaded for it; download what it names in a RUN of the "
          "Dockerfile");
    }
    Turns::Turn turn(context_.builds, context_.worker);
    co_await await_turn(turn, ticket, reporter.log());
    context_.build_limits.put_in_force();
    const MemoryCounts counts = context_.build_limits.counts();
    build::Build build(context_.worker, context_.engine, build_request(deployment, no_cache), reporter);
    build_ = &build;
    if (!life_.build_wanted(ticket) || stopping_) build.cancel();
    auto result = co_await build.run();
    if (build_ == &build) build_ = nullptr;
    if (given_up_.contains(deployment.n)) {
      error = "it was interrupted";
    } else if (result) {
      deployment.image = result->image_id;
      deployment.status = state::DeploymentStatus::built;
      journal_.say({{"event", "built"},
                    {"image", result->image_id},
                    {"steps", result->steps},
                    {"cached", result->cached_steps},
                    {"seconds", static_cast<double>(result->took.count()) / 1000}});
    } else {
      const engine::Error why = context_.build_limits.explained(result.error(), counts, reporter.killed());
      error = why.message;
      if (!why.hint.empty()) error += "\n" + why.hint;
      reporter.log() << "\nbuild error\n" << error << '\n';
    }
  } catch (const state::Trouble& trouble) {
    error = trouble.what();
  }
  if (!error.empty() && !followed_ && life_.build_wanted(ticket)) co_await look_for_engine();
  // No fault of the Space. Whoever follows his deployment is told; a change that nobody follows is built when the engine is back.
  if (!error.empty() && life_.engine() == Engine::gone && !followed_) {
    life_.build_lost(ticket);
    error.clear();
  }
  if (!error.empty()) {
    deployment.status = state::DeploymentStatus::failed;
    deployment.error = error;
  }
  try {
    if (life_.want() != Want::deleted && !stopping_) context_.database.save_deployment(deployment);
  } catch (const state::Trouble& trouble) {
    spdlog::error("{}: {}", record_.id, trouble.what());
  }
  if (error.empty() && !stopping_ && life_.build_wanted(ticket)) co_await grow_mounts();
  // Only the build that is wanted still says anything about the Space.
  if (!stopping_ && life_.build_ended(ticket, error.empty())) {
    deployment_ = deployment;
    message_ = error;
    if (error.empty() && !no_cache_) keep_what_is_the_same();
    no_cache_ = false;
  }
  if (!error.empty()) begin_to_tidy();
  --jobs_;
  changed();
  if (!stopping_) context_.worker.spawn(prune_build_cache(context_));
}

}  // namespace runtime::supervise
