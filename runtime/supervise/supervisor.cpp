#include "runtime/supervise/supervisor.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/names.hpp"
#include "config/suggest.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/data_volume.hpp"
#include "runtime/supervise/history.hpp"
#include "runtime/supervise/settings_check.hpp"

namespace runtime::supervise {

using state::Kind;
using state::Trouble;

namespace {

std::string problems_text(const config::Problems& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (problem.warning) continue;
    if (!text.empty()) text += '\n';
    text += problem.text();
  }
  return text;
}

void check_names(const Wish& wish) {
  if (auto fault = config::check_space_name(wish.id)) {
    throw Trouble(Kind::bad_input, fmt::format("`{}` cannot be the name of a Space: {}", wish.id, *fault),
                  "give another one with --name owner/name");
  }
  for (const auto& [key, value] : wish.variables) check_setting(Setting::variable, key, value);
  for (const auto& [key, value] : wish.secrets) check_setting(Setting::secret, key, value.reveal());
}

void check_flavor(const std::string& name, const config::NodeFile& node) {
  if (name.empty() || node.find_flavor(name) != nullptr) return;
  std::vector<std::string_view> names;
  std::string known;
  for (const auto& flavor : node.flavors) {
    names.push_back(flavor.name);
    known += " " + flavor.name;
  }
  throw Trouble(Kind::bad_input, fmt::format("there is no hardware `{}`{}", name, config::did_you_mean(name, names)),
                "choose one of" + known);
}

// What a wish is about to change, as it is now.
Settings settings_before(const state::Database& database, const std::optional<state::SpaceRecord>& known, const Wish& wish) {
  Settings before;
  before.record = known;
  if (!known) return before;
  const auto variables = database.variables(wish.id);
  for (const auto& [key, value] : wish.variables) {
    const auto found = variables.find(key);
    before.variables[key] = found == variables.end() ? std::nullopt : std::optional(found->second);
  }
  const auto secrets = database.secrets(wish.id);
  for (const auto& [key, value] : wish.secrets) {
    auto& old = before.secrets[key];
    for (const auto& [name, held] : secrets)
      if (name == key) old = held;
  }
  return before;
}

void set_options(state::SpaceRecord& record, const Wish& wish, const Context& context) {
  const auto& node = context.node;
  if (wish.hardware) {
    check_flavor(*wish.hardware, node);
    record.hardware = *wish.hardware;
  }
  if (wish.gpus) record.gpus = *wish.gpus;
  if (!parse_gpus(record.gpus, record.hardware, node)) {
    throw Trouble(Kind::bad_input, fmt::format("--gpus must be a number, `all` or device=ID,ID, not `{}`", record.gpus),
                  "for example --gpus 1, or --gpus device=0,2");
  }
  if (wish.storage) {
    const auto size = config::parse_bytes(*wish.storage);
    if (!size) {
      throw Trouble(Kind::bad_input, fmt::format("--storage `{}` {}", *wish.storage, size.message),
                    "for example --storage 10Gi, or --storage 0 for none");
    }
    check_storage_grows(context, record.id, size.value->count);
    record.storage_bytes = size.value->count;
  }
}

// As README.md's other problems are told.
void check_mounts(const state::SpaceRecord& record, const std::string& readme, const Context& context) {
  const std::string file = (std::filesystem::path(record.source) / "README.md").string();
  const auto card = config::read_front_matter(readme, file).value;
  const std::string problem = mounts_of(context.database.instance(), record, card, context.node).problem;
  if (problem.empty()) return;
  std::string text;
  for (std::size_t at = 0; at < problem.size();) {
    const auto line = problem.substr(at, std::min(problem.find('\n', at), problem.size()) - at);
    text += (text.empty() ? "" : "\n") + file + ":" + line;
    at += line.size() + 1;
  }
  throw Trouble(Kind::bad_input, text, "the node's spaceport.yaml says under `volumes` what there is, and for whom", file);
}

}  // namespace

std::string checked_readme(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Trouble(Kind::bad_input, fmt::format("there is no folder {}", folder), "give the folder of a Space", folder);
  }
  const fs::path readme = fs::path(folder) / "README.md";
  std::ifstream in(readme, std::ios::binary);
  if (!in) {
    throw Trouble(Kind::bad_input, fmt::format("{}: there is no README.md", readme.string()),
                  "`spaceport init` writes one to start from", readme.string());
  }
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto card = config::read_front_matter(text, readme.string());
  if (config::has_errors(card.problems)) {
    throw Trouble(Kind::bad_input, problems_text(card.problems), "mend the block at the top of README.md", readme.string());
  }
  const fs::path dockerfile = fs::path(folder) / "Dockerfile";
  if (!fs::is_regular_file(dockerfile, ignored)) {
    throw Trouble(Kind::bad_input, fmt::format("{}: there is no Dockerfile", dockerfile.string()),
                  "`spaceport init` writes one to start from", dockerfile.string());
  }
  return text;
}

Supervisor::Supervisor(Context& context)
    : context_(context),
      changed_(context.worker),
      ticking_(context.worker),
      visitors_(context.worker, context.layout.gateway_socket().string()),
      nap_(context.worker),
      fence_(context.worker) {}

Space& Supervisor::take(state::SpaceRecord record) {
  const std::string id = record.id;
  auto& slot = spaces_[id];
  if (!slot) {
    slot = std::make_unique<Space>(context_, std::move(record));
    if (!first_look_ && !engine_answers_) slot->engine(Engine::gone);
  }
  return *slot;
}

Task<> Supervisor::run(Space* space) {
  const std::string id = space->id();
  ++running_;
  co_await space->drive();
  --running_;
  if (space->erased()) spaces_.erase(id);
  changed_.raise();
}

void Supervisor::check_settings(const Wish& wish) const {
  std::map<std::string, std::size_t> sizes;
  for (const auto& [key, value] : context_.database.variables(wish.id)) sizes[key] = value.size();
  for (const auto& [key, value] : context_.database.secrets(wish.id)) sizes[key] = value.reveal().size();
  for (const auto& [key, value] : wish.variables) sizes[key] = value.size();
  for (const auto& [key, value] : wish.secrets) sizes[key] = value.reveal().size();
  check_names(wish);
  check_all_settings(wish.id, sizes);
}

Space& Supervisor::deploy(Wish wish) {
  check_settings(wish);
  const std::string readme = checked_readme(wish.folder);
  auto& database = context_.database;
  const auto known = database.space(wish.id);
  if (known && space(wish.id).stage() == Stage::deleting) {
    throw Trouble(Kind::conflict, wish.id + " is being removed", "try again in a moment");
  }
  state::SpaceRecord record = known.value_or(state::SpaceRecord{});
  if (!known) {
    record.id = wish.id;
    record.storage_bytes = context_.node.defaults.storage.count;
    const std::string owner = wish.id.substr(0, wish.id.find('/'));
    const std::string name = wish.id.substr(wish.id.find('/') + 1);
    record.subdomain = config::slug(owner, name);
    if (database.subdomain_taken(record.subdomain)) record.subdomain = config::slug_with_hash(owner, name);
  }
  record.source = wish.folder;
  if (wish.wake) record.desired = state::Desired::running;
  set_options(record, wish, context_);
  check_mounts(record, readme, context_);

  Settings before = settings_before(database, known, wish);
  // From here on only the disk can fail, and it leaves the old record in place.
  database.save_space(record);
  for (const auto& [key, value] : wish.variables) database.set_variable(wish.id, key, value);
  for (const auto& [key, value] : wish.secrets) database.set_secret(wish.id, key, value);
  record = *database.space(wish.id);
  const bool fresh = !spaces_.contains(wish.id);
  Space& space = take(record);
  space.deploy(record, readme, wish.no_cache, wish.wake, std::move(before));
  if (wish.wake) space.set_want(Want::running);
  if (fresh) context_.worker.spawn(run(&space));
  return space;
}

Space& Supervisor::redeploy(const std::string& id, bool no_cache) {
  Space& found = space(id);
  Wish wish;
  wish.id = id;
  wish.folder = found.record().source;
  wish.no_cache = no_cache;
  return deploy(std::move(wish));
}

void Supervisor::settings_changed(const std::string& id) {
  Space& found = space(id);
  if (found.stage() == Stage::deleting) return;
  // A build of the folder would bring back what was gone back from.
  if (found.rolled_back()) {
    if (found.record().desired == state::Desired::running) found.restart();
    return;
  }
  Wish wish;
  wish.id = id;
  wish.folder = found.record().source;
  wish.wake = false;
  try {
    deploy(std::move(wish));
  } catch (const Trouble& trouble) {
    spdlog::warn("{}: its image stays as it is, because {}", id, trouble.what());
    if (found.record().desired == state::Desired::running) found.restart();
  }
}

Space& Supervisor::roll_back(const std::string& id, std::int64_t deployment) {
  Space& found = space(id);
  if (found.stage() == Stage::deleting)
    throw Trouble(Kind::conflict, id + " is being removed", "nothing is left to go back to");
  found.roll_back(rollback_target(context_.database.deployments(id), found.wanted(), deployment));
  return found;
}

Task<boost::json::object> Supervisor::go_back(std::string id, std::int64_t deployment, bool keep) {
  Space& meant = space(id);
  const bool given_up = (deployment == 0 || meant.deployment() == deployment) && meant.go_back(keep);
  // Looked up anew each time: it may be erased meanwhile.
  constexpr std::chrono::milliseconds look{20};
  constexpr std::chrono::seconds patience{30};
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto busy = [&] {
    const auto found = spaces_.find(id);
    return found != spaces_.end() && (!found->second->at_rest() || found->second->stage() == Stage::deleting);
  };
  while (given_up && busy() && std::chrono::steady_clock::now() < until) co_await pause_for(context_.worker, look);
  const auto found = spaces_.find(id);
  boost::json::object left{{"event", "removed"}, {"space", id}};
  if (found != spaces_.end()) left = found->second->stage_event();
  left["given_up"] = given_up;
  co_return left;
}

bool Supervisor::set_hardware(const std::string& id, const std::string& flavor) {
  Space& found = space(id);
  check_flavor(flavor, context_.node);
  state::SpaceRecord record = found.record();
  if (record.hardware == flavor) return false;
  record.hardware = flavor;
  context_.database.save_space(record);
  return found.set_hardware(std::move(record));
}

namespace {

// The nearest id, or the only Space of that name whose owner was left out or mistaken.
std::string nearest(const std::string& id, const std::vector<std::string_view>& ids) {
  if (auto hint = config::did_you_mean(id, ids); !hint.empty()) return hint;
  const auto name = [](std::string_view of) { return of.substr(of.find('/') + 1); };
  std::vector<std::string_view> same;
  for (const auto each : ids)
    if (name(each) == name(id)) same.push_back(each);
  return same.size() == 1 ? fmt::format("; did you mean \"{}\"?", same.front()) : std::string();
}

}  // namespace

Space& Supervisor::space(const std::string& id) {
  const auto found = spaces_.find(id);
  if (found != spaces_.end()) return *found->second;
  std::vector<std::string_view> ids;
  for (const auto& [each, space] : spaces_) ids.push_back(each);
  throw Trouble(Kind::not_found, fmt::format("there is no Space `{}`{}", id, nearest(id, ids)),
                "`spaceport ls` shows what there is");
}

std::vector<Space*> Supervisor::spaces() {
  std::vector<Space*> all;
  for (const auto& [id, space] : spaces_) all.push_back(space.get());
  return all;
}

// A gateway that is too busy to answer is asked again; of one that has ended again its successor is told.
Task<> Supervisor::feed_all() {
  constexpr unsigned tries = 5;
  for (unsigned i = 0; i != tries; ++i) {
    const bool told = co_await context_.gateway.send_all();
    if (told) co_return;
    co_await pause_for(context_.worker, std::chrono::milliseconds(100));
  }
  spdlog::error("the gateway was not told of the Spaces: it does not answer");
}

Task<> Supervisor::attach_all() {
  for (Space* space : spaces()) {
    for (const auto& container : space->containers()) {
      if (auto problem = context_.endpoints.attach(container)) spdlog::warn("{}: {}", space->id(), *problem);
    }
  }
  co_return;
}

Task<> Supervisor::begin() {
  for (auto& record : context_.database.spaces()) take(record);
  co_await reconcile();
  // Before the drivers begin: a gateway that has just started waits for the word that it knows all Spaces.
  for (const Space* space : spaces()) context_.gateway.remember(space->id(), space->site());
  co_await feed_all();
  // After a restart of the machine all are started, a few at a time: those that were used last first.
  auto all = spaces();
  std::stable_sort(all.begin(), all.end(),
                   [](const Space* a, const Space* b) { return a->record().last_used > b->record().last_used; });
  for (Space* space : all) context_.worker.spawn(run(space));
  context_.worker.spawn(watch());
  context_.gateway.when_succeeded([this] { visitors_.again(); });
  context_.worker.spawn(hear_gateway());
  context_.worker.spawn(keep_rest());
  context_.worker.spawn(guard());
}

Task<> Supervisor::stop(bool containers_too) {
  stopping_ = true;
  if (watching_) watching_->abort();
  visitors_.again();
  ticking_.raise();
  co_await ask_for_traffic();
  remember_use();
  nap_.raise();
  context_.events.close();
  for (Space* space : spaces()) space->stop(containers_too);
  // An app has 10 seconds to end; a job that hangs on a hanging engine does not keep us.
  constexpr std::chrono::milliseconds look{10};
  constexpr std::chrono::seconds patience{15};
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!idle() && std::chrono::steady_clock::now() < until) co_await pause_for(context_.worker, look);
  // The engine keeps a network that containers use.
  const std::string network = network_name(context_.database.instance());
  if (!engine_answers_ || context_.node.defaults.network != "bridge") co_return;
  auto removed = co_await context_.engine.remove_network(network);
  if (removed) co_await fence_.remove();
}

}  // namespace runtime::supervise
