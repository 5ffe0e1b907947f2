#include "runtime/build/build.hpp"

#include <sodium.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/units.hpp"
#include "gateway/net/timer.hpp"
#include "runtime/build/answer_line.hpp"
#include "runtime/build/cache_salt.hpp"
#include "runtime/build/context.hpp"
#include "runtime/build/dockerfile.hpp"
#include "runtime/build/failure.hpp"
#include "runtime/build/mask.hpp"
#include "runtime/build/network.hpp"
#include "runtime/build/plain_trace.hpp"
#include "runtime/build/session.hpp"
#include "runtime/engine/documents.hpp"

namespace runtime::build {
namespace http = gw::http;
namespace net = gw::net;
namespace json = boost::json;
using engine::Error;
using engine::Outcome;
namespace {

std::string random_id() {
  std::array<unsigned char, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  out.pop_back();
  return out;
}

Outcome<std::string> read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return Error{0, path.string() + ": " + std::strerror(errno), "a Space needs a Dockerfile at the top of its folder"};
  std::ostringstream out;
  out << file.rdbuf();
  return std::move(out).str();
}

}  // namespace

struct Build::State : std::enable_shared_from_this<Build::State> {
  State(net::Worker& worker_in, engine::Engine& engine_in, BuildRequest request_in, Observer& observer_in)
      : worker(worker_in),
        engine(engine_in),
        request(std::move(request_in)),
        observer(observer_in),
        handler(services),
        trace([this](std::string text) { return mask.apply(std::move(text)); }),
        plain([this](std::string text) { return mask.apply(std::move(text)); }) {}

  engine::Answer<BuildResult> run();
  void cancel();

  Outcome<> read_recipe();
  Outcome<> resolve_secrets();
  std::string query() const;
  engine::Answer<> start_session();
  void serve_session(std::unique_ptr<net::Stream> stream);
  engine::Answer<> upload(http::UpstreamSide& exchange);
  engine::Answer<> follow(http::UpstreamSide& exchange);
  void message(std::string_view text);
  engine::Answer<> talk();
  engine::Task<> cancel_at_engine();
  engine::Task<> break_off();
  engine::Task<> end_in_time();
  void child_ends();
  engine::Task<> end_children();
  Error failed(std::string text) const;
  void report(const std::vector<StepEvent>& events) {
    for (const auto& event : events) {
      if (event.kind == StepEvent::Kind::log && says_disk_full(event.line)) out_of_space = event.step;
      observer.step(event, steps());
    }
  }
  /// An engine without BuildKit only prints.
  bool prints() const { return !engine.capabilities().buildkit_session; }
  const Steps& steps() const { return prints() ? plain.steps() : trace.steps(); }

  net::Worker& worker;
  engine::Engine& engine;
  BuildRequest request;
  Observer& observer;
  SessionServices services;
  SessionHandler handler;
  Mask mask;
  Trace trace;
  PlainTrace plain;
  Dockerfile dockerfile;
  ContextOptions context;
  std::string build_id = random_id();
  std::string session_id;
  std::unique_ptr<http::Server> session;
  http::UpstreamSide* exchange_now = nullptr;
  std::string image_id;
  std::string error;
  std::optional<std::size_t> out_of_space;  ///< the step that last said so
  net::Timer time_limit{worker};
  net::Timer farewell{worker};
  net::Waiter child_over;
  int children = 0;
  bool uploaded = false;
  bool cancelled = false;
  bool timed_out = false;
};

Error Build::State::failed(std::string text) const {
  if (timed_out)
    return {0, "the build took longer than " + config::to_string(request.timeout),
            "make it shorter, or raise `build: {timeout: ...}` in spaceport.yaml"};
  if (cancelled) return {0, "the build was cancelled", {}};
  return explain_failure(mask.apply(std::move(text)),
                         {request.dockerfile, dockerfile, steps(), services.registries, out_of_space});
}

Outcome<> Build::State::read_recipe() {
  const auto path = request.context / request.dockerfile;
  auto text = read_text(path);
  if (!text) return text.error();
  dockerfile = read_dockerfile(*text);
  if (!dockerfile.problems.empty()) {
    std::string all;
    for (const auto& one : dockerfile.problems) {
      if (!all.empty()) all += "\n";
      all += request.dockerfile + ":" + std::to_string(one.line) + ":" + std::to_string(one.column) + ": " + one.message;
    }
    return Error{400, all, "correct the Dockerfile"};
  }
  context.folder = request.context;
  context.always = {request.dockerfile};
  std::error_code none;
  if (std::filesystem::exists(request.context / ".dockerignore", none)) {
    auto ignore = read_text(request.context / ".dockerignore");
    if (!ignore) return ignore.error();
    std::vector<std::string> problems;
    context.ignore = Dockerignore::parse(*ignore, &problems);
    for (const auto& one : problems) observer.warning(".dockerignore:" + one);
  }
  // A frontend would be pulled from a registry. The engine's own does the same work, except heredocs before engine 23.
  const bool needs_frontend = dockerfile.heredocs && !engine.capabilities().syntax_override;
  if (dockerfile.syntax_line != 0 && !needs_frontend)
    context.replacements[request.dockerfile] = without_syntax(*text, dockerfile);
  return {};
}

Outcome<> Build::State::resolve_secrets() {
  for (const auto& mount : dockerfile.secrets) {
    const auto provider = request.secrets.find(mount.id);
    auto value = provider != request.secrets.end() && provider->second ? provider->second() : std::nullopt;
    if (value) {
      mask.add(*value);
      services.secrets[mount.id] = std::move(*value);
    } else if (mount.required) {
      return Error{400,
                   request.dockerfile + ":" + std::to_string(mount.line) + ":1: the secret `" + mount.id +
                       "` is required here and the Space has none of that name",
                   "set it: `spaceport secrets set " + request.space + " " + mount.id + "`, or `--secret " + mount.id + "`"};
    }
  }
  services.registries = request.registries;
  for (const auto& [host, one] : request.registries) mask.add(one.password);
  return {};
}

std::string Build::State::query() const {
  json::object args;
  for (const auto& [name, value] : request.variables)
    if (dockerfile.args.contains(name)) args[name] = value;
  // Otherwise all builds share what `RUN --mount=type=cache` keeps: those of other Spaces, and of another instance's Space
  // of the same name.
  if (!prints()) args["BUILDKIT_CACHE_MOUNT_NS"] = cache_salt(request.salt_key, {{"space", request.space}});
  json::object labels;
  for (const auto& [name, value] : request.labels) labels[name] = value;
  // Podman keeps the container of a step that fails, unless it is forced.
  std::string out = std::string(prints() ? "" : "version=2&") + "rm=1&forcerm=1&t=" + engine::url_encode(request.tag) +
                    "&dockerfile=" + engine::url_encode(request.dockerfile) + "&buildid=" + build_id +
                    "&buildargs=" + engine::url_encode(json::serialize(args)) +
                    "&labels=" + engine::url_encode(json::serialize(labels));
  if (!session_id.empty()) out += "&session=" + session_id;
  if (request.no_cache) out += "&nocache=1";
  out += network_query(request.network, !prints());
  if (!request.platform.empty()) out += "&platform=" + engine::url_encode(request.platform);
  // The value of a secret is not part of a step's cache key, extra hosts are: this name keeps two Spaces, and two values of
  // one secret, apart.
  if (!services.secrets.empty())
    out += "&extrahosts=" + engine::url_encode("s-" + host_label(request.space) + "-v" +
                                               cache_salt(request.salt_key, services.secrets) + ".cache-salt:127.0.0.1");
  return out;
}

engine::Answer<> Build::State::start_session() {
  // Without secrets and credentials too: a registry that asks who pulls is answered over the session, by nobody.
  if (!engine.capabilities().buildkit_session) {
    if (services.secrets.empty() && services.registries.empty() && dockerfile.secrets.empty()) co_return Outcome<>{};
    co_return Error{0, "this engine cannot give secrets to a build: it has no BuildKit",
                    "use docker, or take the secrets out of the Dockerfile: an app has them when it runs"};
  }
  session_id = random_id();
  auto stream = co_await open_session(engine, session_id);
  if (!stream) co_return stream.error();
  serve_session(std::move(*stream));
  co_return Outcome<>{};
}

void Build::State::serve_session(std::unique_ptr<net::Stream> stream) {
  http::ServerSettings settings;
  // BuildKit asks when it needs something, however long the steps between take.
  settings.idle = std::chrono::hours(24);
  settings.unsafe_names = http::UnsafeNames::keep;
  session = std::make_unique<http::Server>(worker, handler, settings);
  http::ConnectionInfo info;
  info.peer = "unix";
  session->accept(std::move(stream), std::move(info));
}

engine::Answer<> Build::State::upload(http::UpstreamSide& exchange) {
  ContextStream pack(worker, context);
  for (;;) {
    auto piece = co_await pack.next();
    if (!piece) co_return piece.error();
    const http::Chunk chunk{{piece->data(), piece->size()}, piece->empty(), nullptr};
    // A build that is refused at once is answered while the tar is still being sent; the answer says why.
    if (auto sent = co_await exchange.write_body(chunk); !sent) break;
    if (chunk.last) break;
  }
  for (const auto& warning : pack.warnings()) observer.warning(warning);
  uploaded = true;
  co_return Outcome<>{};
}

void Build::State::message(std::string_view text) {
  const AnswerLine line = read_answer_line(text);
  if (!line.trace.empty()) {
    if (const auto events = trace.feed(line.trace)) report(*events);
  } else if (!line.image_id.empty()) {
    image_id = line.image_id;
  } else if (prints() && !line.printed.empty()) {
    report(plain.feed(line.printed));
  } else if (!line.error.empty()) {
    error = line.error;
  }
}

engine::Answer<> Build::State::follow(http::UpstreamSide& exchange) {
  const Error broken{0, "the engine ended the connection in the middle of the build",
                     "look whether the engine still runs: `docker info`"};
  auto head = co_await exchange.read_head();
  if (!head) co_return broken;
  const int status = (*head)->status;
  std::string held;
  for (bool more = (*head)->body.expected(); more;) {
    auto piece = co_await exchange.read_body();
    if (!piece) co_return broken;
    held.append(piece->data.data(), piece->data.size());
    more = !piece->last;
    if (status != 200) continue;
    std::size_t begin = 0;
    for (std::size_t end; (end = held.find('\n', begin)) != std::string::npos; begin = end + 1)
      message(std::string_view(held).substr(begin, end - begin));
    held.erase(0, begin);
  }
  if (status != 200) co_return engine::to_error(status, held);
  if (!held.empty()) message(held);
  report(prints() ? plain.finish(error.empty()) : trace.finish());
  co_return Outcome<>{};
}

engine::Answer<> Build::State::talk() {
  auto connection = co_await engine.connect(engine::any_silence);
  if (!connection) co_return connection.error();
  if (cancelled) co_return Outcome<>{};  // while we waited for the connection
  auto& exchange = (*connection)->exchange();
  exchange_now = &exchange;
  http::RequestHead head;
  head.method = "POST";
  head.authority = "docker";
  head.path = engine.path("/build");
  head.query = "?" + query();
  head.fields.add("content-type", "application/x-tar");
  head.body = http::BodySize::unknown();
  Outcome<> result;
  if (auto sent = co_await exchange.write_head(head, http::Chunk{}); !sent)
    result = Error{0, "the engine did not take the build", "look whether it runs: `docker info`"};
  if (result) result = co_await upload(exchange);
  if (result) result = co_await follow(exchange);
  exchange_now = nullptr;
  co_return result;
}

engine::Answer<BuildResult> Build::State::run() {
  const auto begun = std::chrono::steady_clock::now();
  if (sodium_init() < 0) co_return Error{0, "the cryptography library does not start", {}};
  if (auto version = co_await engine.negotiate(); !version) co_return version.error();
  if (auto ok = read_recipe(); !ok) co_return ok.error();
  if (auto ok = resolve_secrets(); !ok) co_return ok.error();
  if (auto why = network_problem(request.network, !prints()); !why.empty())
    co_return Error{0, why, "use docker, or `build: {network: default}` in spaceport.yaml"};
  if (auto ok = co_await start_session(); !ok) co_return ok.error();
  if (request.timeout.count() > 0) {
    ++children;
    worker.spawn(end_in_time());
  }
  Outcome<> talked;
  if (!cancelled) talked = co_await talk();
  co_await end_children();
  if (cancelled) co_return failed({});
  if (!talked) {
    auto why = talked.error();
    why.message = mask.apply(std::move(why.message));
    co_return why;
  }
  if (error.empty() && image_id.empty()) error = "the engine ended the build without an image";
  if (!error.empty()) co_return failed(error);
  BuildResult result;
  result.image_id = image_id;
  for (const auto& step : steps()) {
    if (step.name.empty()) continue;
    ++result.steps;
    if (step.state == Step::State::cached) ++result.cached_steps;
  }
  result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  co_return result;
}

engine::Task<> Build::State::end_children() {
  time_limit.cancel();
  farewell.cancel();
  if (session) {
    session->stop();
    co_await session->empty();
  }
  while (children != 0) co_await child_over.wait();
}

void Build::State::child_ends() {
  --children;
  child_over.notify();
}

engine::Task<> Build::State::end_in_time() {
  const auto self = shared_from_this();
  if (co_await time_limit.wait(request.timeout)) {
    timed_out = true;
    cancel();
  }
  child_ends();
}

engine::Task<> Build::State::cancel_at_engine() {
  const auto self = shared_from_this();
  const auto asked = co_await engine.cancel_build(build_id);
  if (!asked) farewell.cancel();
  child_ends();
}

// Behind an answer the stream should end by itself. But an engine says yes to any id, and one that has lost the build or is stuck in
// it would keep us for ever. Breaking the connection off cancels too.
engine::Task<> Build::State::break_off() {
  const auto self = shared_from_this();
  co_await farewell.wait(request.farewell);
  if (exchange_now != nullptr) exchange_now->abort();
  child_ends();
}

void Build::State::cancel() {
  if (cancelled) return;
  cancelled = true;
  if (exchange_now == nullptr) return;
  // The engine knows the build by its id only once the context is there.
  if (!uploaded) return exchange_now->abort();
  children += 2;
  worker.spawn(cancel_at_engine());
  worker.spawn(break_off());
}

Build::Build(net::Worker& worker, engine::Engine& engine, BuildRequest request, Observer& observer)
    : state_(std::make_shared<State>(worker, engine, std::move(request), observer)) {}
Build::~Build() = default;

engine::Answer<BuildResult> Build::run() { return state_->run(); }
void Build::cancel() { state_->cancel(); }

}  // namespace runtime::build
