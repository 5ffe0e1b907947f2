// The answers that go on: progress of a deployment, and logs.

#include <fmt/format.h>

#include <fstream>

#include "runtime/api/call.hpp"

namespace runtime::api {

namespace json = boost::json;
using supervise::Space;

gw::net::Task<> Api::follow(Call& call) {
  LineStream stream(call.exchange);
  const Space& space = supervisor_.space(call.id);
  supervise::Journal::Listener listener(supervisor_.space(call.id).journal(), supervisor_.context().worker);
  // What holds now was said before anybody listened, or is about to be said: then it is not repeated.
  const std::string first = supervise::Journal::line_of(space.stage_event());
  if (!co_await stream.begin("application/x-ndjson")) co_return;
  std::optional<std::string> line = first;
  for (bool begins = true;; begins = false) {
    // A line now and then shows that we are alive, and finds out that the client is gone.
    if (!begins) line = co_await listener.next(std::chrono::seconds(15));
    if (!line && listener.over()) break;
    if (!line) line = R"({"event":"waiting"})";
    if (!begins && *line == first) continue;
    if (!co_await stream.send(*line + "\n")) co_return;
    const json::value event = json::parse(*line);
    const auto& fields = event.as_object();
    if (fields.at("event") == "removed") break;
    if (fields.at("event") == "stage" && !fields.at("intermediate").as_bool()) break;
  }
  co_await stream.end();
}

gw::net::Task<> Api::events(Call& call) {
  LineStream stream(call.exchange);
  supervise::Journal::Listener listener(supervisor_.context().events, supervisor_.context().worker);
  if (!co_await stream.begin("application/x-ndjson")) co_return;
  // Listening began before the first look, so that nothing falls between; what is heard twice says the same.
  std::string now;
  for (const Space* space : supervisor_.spaces()) now += supervise::Journal::line_of(space->stage_event()) + "\n";
  bool alive = co_await stream.send(now);
  while (alive && !listener.over()) {
    auto line = co_await listener.next(std::chrono::seconds(15));
    if (listener.over() && !line) break;
    alive = co_await stream.send(line.value_or(R"({"event":"waiting"})") + "\n");
  }
  if (alive) co_await stream.end();
}

gw::net::Task<> Api::build_log(Call& call) {
  const bool live = query_value(call.request.query, "follow") == "1";
  LineStream stream(call.exchange);
  if (!co_await stream.begin("text/plain; charset=utf-8")) co_return;
  Space* space = &supervisor_.space(call.id);
  supervise::Journal::Listener listener(space->journal(), supervisor_.context().worker);
  std::ifstream in(space->build_log(), std::ios::binary);
  std::string piece(16 * 1024, '\0');
  for (;;) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (!co_await stream.send(std::string_view(piece).substr(0, got))) co_return;
    if (got == piece.size()) continue;
    if (!live || listener.over()) break;
    const auto stage = space->stage();
    if (stage != supervise::Stage::building && stage != supervise::Stage::running_building) break;
    in.clear();
    while (co_await listener.next(std::chrono::milliseconds(200))) {
      if (listener.over()) break;
    }
  }
  co_await stream.end();
}

gw::net::Task<> Api::logs(Call& call) {
  if (query_value(call.request.query, "build") == "1") co_return co_await build_log(call);
  Space& space = supervisor_.space(call.id);
  const auto container = space.shown_container();
  const std::string last = space.last_output();
  LineStream stream(call.exchange);
  if (!co_await stream.begin("text/plain; charset=utf-8")) co_return;
  if (!container) {
    co_await stream.send(last);
    co_return co_await stream.end();
  }
  engine::LogOptions options;
  options.follow = query_value(call.request.query, "follow") == "1";
  if (auto tail = query_value(call.request.query, "tail"); !tail.empty()) options.tail = tail;
  // The engine pushes, the client pulls: what is between them is kept small by ending a reader that does not keep up.
  constexpr std::size_t most_waiting = 1 << 20;
  auto& worker = supervisor_.context().worker;
  struct Pipe {
    explicit Pipe(gw::net::Worker& on) : signal(on) {}
    supervise::Signal signal;
    std::string waiting;
    engine::Canceller canceller;
    bool ended = false;
  };
  auto pipe = std::make_shared<Pipe>(worker);  // shared by the reader and the writer, whichever ends last
  auto reader = [](engine::Engine& engine, std::string id, engine::LogOptions with,
                   std::shared_ptr<Pipe> into) -> gw::net::Task<> {
    const engine::LogSink sink = [&](engine::LogStream, std::string_view bytes) {
      into->waiting += bytes;
      into->signal.raise();
      return into->waiting.size() < most_waiting && !into->canceller.aborted();
    };
    co_await engine.logs(id, with, sink, &into->canceller);
    into->ended = true;
    into->signal.raise();
  };
  worker.spawn(reader(supervisor_.context().engine, container->id, options, pipe));
  bool alive = true;
  while (alive && !(pipe->ended && pipe->waiting.empty())) {
    if (pipe->waiting.empty()) {
      co_await pipe->signal.wait(std::chrono::seconds(1));
      continue;
    }
    std::string bytes;
    bytes.swap(pipe->waiting);
    alive = co_await stream.send(bytes);
  }
  pipe->canceller.abort();
  if (alive) co_await stream.end();
}

}  // namespace runtime::api
