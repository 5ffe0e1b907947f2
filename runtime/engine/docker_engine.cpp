// The calls of DockerEngine, one line of the API each.
#include "runtime/engine/docker_engine.hpp"

#include "runtime/engine/documents.hpp"
#include "runtime/engine/log_frames.hpp"

namespace runtime::engine {
namespace json = boost::json;
namespace {

std::string container(std::string_view id, std::string_view verb) {
  return "/containers/" + url_encode(id) + std::string(verb);
}

/// Names of images keep their slashes and colons: the engine reads the path as it is.
std::string image(std::string_view name, std::string_view verb) { return "/images/" + std::string(name) + std::string(verb); }

template <class T, class Read>
std::vector<T> all_with(const std::vector<std::string>& labels, const json::value& document, Read read) {
  std::vector<T> out;
  const auto* array = document.if_array();
  if (array == nullptr) return out;
  for (const auto& one : *array) {
    T found = read(one);
    if (has_all(found.labels, labels)) out.push_back(std::move(found));
  }
  return out;
}

// Of two labels podman 4.3 finds the volumes that have one of them, and no image at all. So the engine is asked for one, and
// the others are looked at here.
std::string query_for(std::vector<std::string> labels, std::string_view status = {}) {
  if (labels.size() > 1) labels.erase(labels.begin() + 1, labels.end());
  return "filters=" + url_encode(filters(labels, status));
}

std::string id_of(const json::value& document) {
  const auto* object = document.if_object();
  const auto* id = object != nullptr ? object->if_contains("Id") : nullptr;
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

}  // namespace

Answer<Info> DockerEngine::info() {
  auto document = co_await call("GET", "/info", {}, {}, patience_);
  if (!document) co_return document.error();
  co_return to_info(*document);
}

Answer<std::string> DockerEngine::create(ContainerSpec spec) {
  if (auto ready = co_await ensure_negotiated(); !ready) co_return ready.error();
  // Podman 4.3 starts it without them, and says nothing.
  if (!spec.device_requests.empty() && !capabilities_.device_requests)
    co_return Error(501, "this engine gives no GPU to a container", "use docker, or hardware without a GPU");
  std::string query;
  if (!spec.name.empty()) query = "name=" + url_encode(spec.name);
  auto body = json::serialize(to_json(spec));
  auto document = co_await call("POST", "/containers/create", std::move(query), std::move(body), std::chrono::seconds(120));
  if (!document) co_return document.error();
  co_return id_of(*document);
}

Answer<> DockerEngine::start(std::string id) { return post(container(id, "/start")); }

Answer<Container> DockerEngine::inspect(std::string id) {
  auto document = co_await get(container(id, "/json"));
  if (!document) co_return document.error();
  co_return to_container(*document);
}

Answer<> DockerEngine::stop(std::string id, std::chrono::seconds patience) {
  return post(container(id, "/stop"), "t=" + std::to_string(patience.count()), {}, patience + std::chrono::seconds(60));
}

Answer<> DockerEngine::kill(std::string id, std::string signal) {
  return post(container(id, "/kill"), "signal=" + url_encode(signal));
}

Answer<> DockerEngine::restart(std::string id, std::chrono::seconds patience) {
  return post(container(id, "/restart"), "t=" + std::to_string(patience.count()), {}, patience + std::chrono::seconds(120));
}

Answer<> DockerEngine::pause(std::string id) { return post(container(id, "/pause")); }
Answer<> DockerEngine::unpause(std::string id) { return post(container(id, "/unpause")); }

Answer<int> DockerEngine::wait(std::string id) {
  // No deadline: a container may run for months.
  auto document = co_await call("POST", container(id, "/wait"), "condition=not-running", {}, std::chrono::seconds(0));
  if (!document) co_return document.error();
  const auto* object = document->if_object();
  const auto* code = object != nullptr ? object->if_contains("StatusCode") : nullptr;
  boost::system::error_code bad;
  const int status = code != nullptr ? code->to_number<int>(bad) : 0;
  co_return status;
}

Answer<> DockerEngine::remove(std::string id) { return erase(container(id, ""), "force=1&v=1"); }

Answer<> DockerEngine::update(std::string id, Limits limits) {
  return post(container(id, "/update"), {}, json::serialize(to_json(limits)));
}

Answer<Stats> DockerEngine::stats(std::string id) {
  // Without one-shot the engine waits a second for a second sample.
  auto document = co_await get(container(id, "/stats"), "stream=false&one-shot=true");
  if (!document) co_return document.error();
  co_return to_stats(*document);
}

Answer<Bytes> DockerEngine::written(std::string id) {
  auto document = co_await get(container(id, "/json"), "size=1");
  if (!document) co_return document.error();
  const auto* object = document->if_object();
  const auto* size = object != nullptr ? object->if_contains("SizeRw") : nullptr;
  boost::system::error_code bad;
  const Bytes bytes = size != nullptr ? size->to_number<Bytes>(bad) : 0;
  co_return bytes;
}

Answer<std::vector<ContainerSummary>> DockerEngine::list(std::vector<std::string> labels) {
  auto document = co_await get("/containers/json", "all=1&" + query_for(labels));
  if (!document) co_return document.error();
  co_return all_with<ContainerSummary>(labels, *document, to_summary);
}

Answer<std::vector<ContainerSummary>> DockerEngine::list_running(std::vector<std::string> labels) {
  auto document = co_await get("/containers/json", query_for(labels, "running"));
  if (!document) co_return document.error();
  co_return all_with<ContainerSummary>(labels, *document, to_summary);
}

Answer<> DockerEngine::logs(std::string id, LogOptions options, LogSink sink, Canceller* canceller) {
  std::string query = "follow=" + std::string(options.follow ? "1" : "0");
  query += std::string("&stdout=") + (options.standard_output ? "1" : "0");
  query += std::string("&stderr=") + (options.standard_error ? "1" : "0");
  query += std::string("&timestamps=") + (options.timestamps ? "1" : "0");
  query += "&tail=" + url_encode(options.tail);
  if (!options.since.empty()) query += "&since=" + url_encode(options.since);
  LogFrames frames;
  std::function<bool(std::string_view)> feed = [&frames, &sink](std::string_view bytes) { return frames.feed(bytes, sink); };
  co_return co_await stream(container(id, "/logs"), std::move(query), std::move(feed), canceller);
}

Answer<Network> DockerEngine::create_network(NetworkSpec spec) {
  auto body = json::serialize(to_json(spec));
  auto document = co_await call("POST", "/networks/create", {}, std::move(body), std::chrono::seconds(60));
  if (!document) co_return document.error();
  co_return co_await inspect_network(id_of(*document));
}

Answer<Network> DockerEngine::inspect_network(std::string name) {
  auto document = co_await get("/networks/" + url_encode(name));
  if (!document) co_return document.error();
  co_return to_network(*document);
}

Answer<> DockerEngine::remove_network(std::string name) { return erase("/networks/" + url_encode(name)); }

Answer<Volume> DockerEngine::create_volume(VolumeSpec spec) {
  auto body = json::serialize(to_json(spec));
  auto document = co_await call("POST", "/volumes/create", {}, std::move(body), std::chrono::seconds(60));
  if (!document) co_return document.error();
  co_return to_volume(*document);
}

Answer<Volume> DockerEngine::inspect_volume(std::string name) {
  auto document = co_await get("/volumes/" + url_encode(name));
  if (!document) co_return document.error();
  co_return to_volume(*document);
}

Answer<> DockerEngine::remove_volume(std::string name) { return erase("/volumes/" + url_encode(name)); }

Answer<std::vector<Volume>> DockerEngine::list_volumes(std::vector<std::string> labels) {
  auto document = co_await get("/volumes", query_for(labels));
  if (!document) co_return document.error();
  const auto* object = document->if_object();
  const auto* volumes = object != nullptr ? object->if_contains("Volumes") : nullptr;
  if (volumes == nullptr) co_return std::vector<Volume>{};
  co_return all_with<Volume>(labels, *volumes, to_volume);
}

Answer<std::vector<Network>> DockerEngine::list_networks(std::vector<std::string> labels) {
  auto document = co_await get("/networks", query_for(labels));
  if (!document) co_return document.error();
  co_return all_with<Network>(labels, *document, to_network);
}

Answer<Image> DockerEngine::inspect_image(std::string name) {
  auto document = co_await get(image(name, "/json"));
  if (!document) co_return document.error();
  co_return to_image(*document);
}

Answer<> DockerEngine::remove_image(std::string name, bool force) { return erase(image(name, ""), force ? "force=1" : ""); }

Answer<> DockerEngine::tag_image(std::string name, std::string repository, std::string tag) {
  return post(image(name, "/tag"), "repo=" + url_encode(repository) + "&tag=" + url_encode(tag));
}

Answer<std::vector<Image>> DockerEngine::list_images(std::vector<std::string> labels) {
  auto document = co_await get("/images/json", query_for(labels));
  if (!document) co_return document.error();
  co_return all_with<Image>(labels, *document, to_image);
}

Answer<> DockerEngine::events(EventFilter filter, EventSink sink, Canceller* canceller) {
  // Which words it understands shows only then.
  if (auto ready = co_await ensure_negotiated(); !ready) co_return ready.error();
  std::string query = "filters=" + url_encode(filters(version_.podman ? as_podman(filter) : filter));
  if (filter.since != 0) query += "&since=" + std::to_string(filter.since);
  std::string held;
  std::function<bool(std::string_view)> feed = [&held, &sink](std::string_view bytes) {
    held.append(bytes);
    for (std::size_t end; (end = held.find('\n')) != std::string::npos; held.erase(0, end + 1)) {
      boost::system::error_code bad;
      const auto document = json::parse(std::string_view(held).substr(0, end), bad);
      if (!bad && !sink(to_event(document))) return false;
    }
    return true;
  };
  co_return co_await stream("/events", std::move(query), std::move(feed), canceller);
}

Answer<> DockerEngine::cancel_build(std::string build_id) {
  // It has only to be heard: an engine that does not even say so does not answer.
  auto answer = co_await call("POST", "/build/cancel", "id=" + url_encode(build_id), {}, patience_);
  if (!answer) co_return answer.error();
  co_return Outcome<>{};
}

Answer<Bytes> DockerEngine::prune_builds(Bytes keep) {
  auto document = co_await call("POST", "/build/prune", "keep-storage=" + std::to_string(keep), {}, std::chrono::seconds(300));
  if (!document) co_return document.error();
  const auto* object = document->if_object();
  const auto* freed = object != nullptr ? object->if_contains("SpaceReclaimed") : nullptr;
  boost::system::error_code bad;
  const Bytes bytes = freed != nullptr ? freed->to_number<Bytes>(bad) : 0;
  co_return bytes;
}

}  // namespace runtime::engine
