// The end of the containers of a Space: why one ended, whether it is started again, how one that is replaced leaves.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>

#include "runtime/build/mask.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/space.hpp"

namespace runtime::supervise {
namespace {

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
  context_.swap_out.leaves(container);
  co_await context_.engine.stop(container, std::chrono::seconds(10));
  auto removed = co_await context_.engine.remove(container);
  if (!removed) spdlog::warn("{}: container {}: {}", record_.id, container.substr(0, 12), removed.error().message);
  // One that the engine could not remove may still have its devices; the next look at the engine finds it.
  if (removed) context_.gpus.release(container);
  leaving_.erase(container);
}

// Whoever is being served by it may come to an end: downloads, long answers, WebSockets. Nothing new comes, since the gateway has
// been told; so it is done when no connection to its ports is left.
Task<> Space::drain(const Replica& replica, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds look{50};
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto ports = reachable_ports(replica.card);
  while (!stopping_ && life_.want() != Want::deleted && std::chrono::steady_clock::now() < until &&
         connected(replica.container.pid, ports))
    co_await pause_for(context_.worker, look);
}

Task<> Space::retire_job(Replica replica, std::chrono::milliseconds patience) {
  leaving_.insert(replica.container.id);
  co_await drain(replica, patience);
  co_await remove_container(replica.container.id);
  begin_to_tidy();
  --jobs_;
  changed();
}

}  // namespace runtime::supervise
