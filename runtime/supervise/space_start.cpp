// Starting, watching and removing the containers of a Space: jobs beside its driver.

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "runtime/build/mask.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/space.hpp"

namespace runtime::supervise {
namespace {

std::string text_of(const engine::Error& error) {
  return error.hint.empty() ? error.message : error.message + "\n" + error.hint;
}

// 128 + n is how init and shells report a signal.
std::string exit_in_words(const engine::Container& container) {
  if (container.oom_killed) {
    return "it needed more memory than its limit and was killed (Memory limit exceeded)\n"
           "choose larger hardware with --hardware, or raise `defaults: {memory: ...}` in spaceport.yaml";
  }
  const int code = container.exit_code;
  if (code > 128 && code < 128 + 65) {
    return fmt::format("it was ended by signal {} ({}, exit code {})", code - 128, ::strsignal(code - 128), code);
  }
  if (code == 127) return "its command was not found (exit code 127)\ncheck CMD and ENTRYPOINT in the Dockerfile";
  if (code == 126) {
    return "its command may not be executed by uid 1000 (exit code 126)\n"
           "`chmod +x` it in the Dockerfile, or COPY it with --chown=user";
  }
  return fmt::format("it ended with exit code {}", code);
}

}  // namespace

ReplicaPlan Space::plan() {
  ReplicaPlan plan;
  plan.instance = context_.database.instance();
  plan.space = record_;
  plan.card = card_;
  plan.deployment = deployment_.n;
  plan.serial = static_cast<std::uint64_t>(std::time(nullptr)) * 100 + ++serial_ % 100;
  plan.image = deployment_.image;
  plan.domain = context_.node.domain;
  plan.variables = context_.database.variables(record_.id);
  plan.secrets = context_.database.secrets(record_.id);
  plan.limits = limits_of(record_.hardware, context_.node, context_.machine);
  plan.gpus = parse_gpus(record_.gpus, record_.hardware, context_.node).value_or(Gpus{});
  plan.network = context_.node.defaults.network == "bridge" ? network_name(plan.instance) : context_.node.defaults.network;
  plan.publish = context_.endpoints.publishes();
  plan.defaults = context_.node.defaults;
  return plan;
}

Task<std::string> Space::prepare_volume() {
  engine::VolumeSpec spec;
  spec.name = volume_name(context_.database.instance(), record_.id);
  spec.labels = {{instance_label, context_.database.instance()}, {space_label, record_.id}};
  auto volume = co_await context_.engine.create_volume(spec);
  if (!volume) co_return text_of(volume.error());
  // A fresh volume belongs to root, and uid 1000 could not write. The engine fills an empty volume from the image and
  // would copy the owner of its /data too; that one is left alone only while it is 1000.
  constexpr uid_t space_user = 1000;
  if (::chown(volume->mountpoint.c_str(), space_user, space_user) != 0) {
    co_return fmt::format("/data cannot be given to uid 1000: {}: {}\nrun serve as root", volume->mountpoint,
                          std::strerror(errno));
  }
  co_return std::string();
}

// Answers why not; nothing: `next_` is that container.
Task<std::string> Space::create_container(ReplicaPlan plan, Life::Ticket ticket) {
  engine::ContainerSpec spec = container_spec(plan);
  ++creating_;
  auto id = co_await context_.engine.create(std::move(spec));
  --creating_;
  if (!id) co_return text_of(id.error());
  if (!life_.start_wanted(ticket)) {
    leaving_.insert(*id);
    co_await remove_container(*id);
    co_return std::string("it is not wanted any more");
  }
  next_ = Replica{{}, plan.deployment, plan.card, {}};
  next_->container.id = *id;
  co_return std::string();
}

Task<std::string> Space::start_container(ReplicaPlan plan, Life::Ticket ticket) {
  const bool with_data = record_.storage_bytes != 0;
  if (with_data) {
    if (auto problem = co_await prepare_volume(); !problem.empty()) co_return problem;
  }
  if (auto problem = co_await create_container(std::move(plan), ticket); !problem.empty()) co_return problem;
  const std::string id = next_->container.id;
  auto started = co_await context_.engine.start(id);
  if (!started) co_return text_of(started.error());
  // An image with a /data of its own has just overwritten the owner of an empty volume.
  if (with_data) {
    if (auto problem = co_await prepare_volume(); !problem.empty()) co_return problem;
  }
  auto container = co_await context_.engine.inspect(id);
  if (!container) co_return text_of(container.error());
  if (!next_ || next_->container.id != id) co_return std::string("it is not wanted any more");
  next_->container = without_environment(*container);
  if (!container->running()) co_return co_await why_it_ended(id);
  if (auto problem = context_.endpoints.attach(*container)) {
    // An app that ends at once is gone a moment before the engine has noticed it.
    for (int i = 0; i != 20; ++i) {
      const auto again = co_await context_.engine.inspect(id);
      if (again && !again->running()) co_return co_await why_it_ended(id);
      co_await pause_for(context_.worker, std::chrono::milliseconds(50));
    }
    co_return *problem;
  }
  co_return std::string();
}

Task<std::string> Space::await_ready(Life::Ticket ticket) {
  const std::string id = next_->container.id;
  const std::int64_t pid = next_->container.pid;
  const auto began = std::chrono::steady_clock::now();
  const auto limit = card_.startup_duration_timeout;
  for (unsigned attempt = 0; std::chrono::steady_clock::now() - began < limit; ++attempt) {
    if (stopping_ || !next_ || !life_.start_wanted(ticket)) co_return "it is not wanted any more";
    const auto listening = listens(pid, card_.app_port);
    if (!listening) co_return co_await why_it_ended(id);
    if (*listening) {
      next_->warning = reach_warning(pid);
      co_return std::string();
    }
    co_await pause_for(context_.worker, probe_interval(attempt));
  }
  co_return fmt::format(
      "nothing listens on port {} after {}: let the app listen there (app_port in README.md), or raise "
      "startup_duration_timeout",
      card_.app_port, config::to_string(limit));
}

std::string Space::reach_warning(std::int64_t pid) const {
  std::string ports;
  if (!context_.endpoints.publishes()) return ports;
  for (const std::uint16_t port : reachable_ports(card_))
    if (listens_on_loopback_only(pid, port)) ports += fmt::format("{}127.0.0.1:{}", ports.empty() ? "" : " and ", port);
  if (ports.empty()) return ports;
  return fmt::format(
      "the app listens on {} only, which published ports do not reach: let it listen on 0.0.0.0, or run serve as root beside "
      "a local engine (containers are published because {})",
      ports, context_.endpoints.reason());
}

Task<std::string> Space::why_it_ended(std::string container) {
  auto seen = co_await context_.engine.inspect(container);
  // The process is gone a moment before the engine has noticed it.
  for (int i = 0; seen && seen->running() && i != 40; ++i) {
    co_await pause_for(context_.worker, std::chrono::milliseconds(50));
    seen = co_await context_.engine.inspect(container);
  }
  std::string output;
  engine::LogOptions options;
  options.tail = "20";
  const engine::LogSink sink = [&](engine::LogStream, std::string_view text) {
    output += text;
    return output.size() < 64 * 1024;
  };
  co_await context_.engine.logs(container, options, sink, nullptr);
  last_output_ = without_secrets(output);
  if (!seen) co_return "the container is gone";
  co_return "the container does not run: " + exit_in_words(*seen);
}

// An app may print what it was given; what we tell of its end does not repeat it.
std::string Space::without_secrets(std::string text) const {
  try {
    build::Mask mask;
    for (const auto& [key, value] : context_.database.secrets(record_.id)) mask.add(value.reveal());
    return mask.apply(std::move(text));
  } catch (const state::Trouble& trouble) {
    return fmt::format("(not shown, because its secrets cannot be looked for: {})", trouble.what());
  }
}

Task<> Space::start_job(Life::Ticket ticket) {
  std::string problem;
  try {
    ReplicaPlan planned = plan();
    problem = co_await start_container(std::move(planned), ticket);
    if (problem.empty()) problem = co_await await_ready(ticket);
  } catch (const state::Trouble& trouble) {
    problem = trouble.what();
  }
  if (!problem.empty() && life_.start_wanted(ticket)) {
    co_await look_for_engine();
  }
  if (stopping_ && next_ && life_.start_wanted(ticket)) {
    co_await remove_container(next_->container.id);  // half-started: nothing of it is left behind
    next_.reset();
  } else if (problem.empty()) {
    life_.start_ready(ticket);
  } else if (life_.start_wanted(ticket)) {
    message_ = without_secrets(problem);
    const Verdict verdict = life_.start_failed(ticket, BackOff::Clock::now());
    if (verdict.kind == Verdict::Kind::given_up && life_.want() != Want::deleted) {
      deployment_.error = message_;
      context_.database.save_deployment(deployment_);
    }
    co_await back_off(verdict);
  }
  --jobs_;
  changed();
}

// A step has failed: was it the engine? Then it is no fault of the Space.
Task<> Space::look_for_engine() {
  // A named value: GCC 12 destroys a temporary of a co_await expression twice.
  const auto info = co_await context_.engine.info();
  if (!info) engine(Engine::gone);
}

Task<> Space::back_off(Verdict verdict) {
  changed();
  if (verdict.kind != Verdict::Kind::again) co_return;
  // In pieces, so that a `serve` that ends does not wait for it.
  constexpr std::chrono::milliseconds piece{100};
  const auto until = std::chrono::steady_clock::now() + verdict.wait;
  while (!stopping_ && std::chrono::steady_clock::now() < until)
    co_await pause_for(context_.worker, std::min(piece, verdict.wait));
  life_.back_off_over(verdict.ticket);
}

Task<> Space::crash_job(std::string container, bool out_of_memory, Verdict verdict) {
  leaving_.insert(container);
  std::string problem = co_await why_it_ended(container);
  if (out_of_memory && problem.find("Memory limit") == problem.npos) problem += " (Memory limit exceeded)";
  co_await remove_container(container);
  if (verdict.kind == Verdict::Kind::again) message_ = problem;
  if (verdict.kind == Verdict::Kind::given_up) {
    message_ = fmt::format(
        "it ended {} times within {} minutes and is not started again; mend the app, then `spaceport restart {}`\n"
        "the last time: {}",
        BackOff::crashes_in_window + 1, BackOff::window.count(), record_.id, problem);
  }
  co_await back_off(verdict);
  --jobs_;
  changed();
}

Task<> Space::remove_container(std::string container) {
  leaving_.insert(container);
  context_.endpoints.detach(container);
  co_await context_.engine.stop(container, std::chrono::seconds(10));
  auto removed = co_await context_.engine.remove(container);
  if (!removed) spdlog::warn("{}: container {}: {}", record_.id, container.substr(0, 12), removed.error().message);
  leaving_.erase(container);
}

Task<> Space::retire_job(std::string container) {
  co_await remove_container(std::move(container));
  begin_to_tidy();
  --jobs_;
  changed();
}

}  // namespace runtime::supervise
