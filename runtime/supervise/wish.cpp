#include "runtime/supervise/wish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "config/names.hpp"
#include "config/suggest.hpp"
#include "runtime/state/trouble.hpp"
#include "runtime/supervise/data_volume.hpp"
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

// One that nobody has seen yet, as the node's defaults have it.
state::SpaceRecord fresh_record(const std::string& id, const Context& context) {
  state::SpaceRecord record;
  record.id = id;
  record.storage_bytes = context.node.defaults.storage.count;
  const std::string owner = id.substr(0, id.find('/'));
  const std::string name = id.substr(id.find('/') + 1);
  record.subdomain = config::slug(owner, name);
  if (context.database.subdomain_taken(record.subdomain)) record.subdomain = config::slug_with_hash(owner, name);
  return record;
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
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
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

void check_settings(const state::Database& database, const Wish& wish) {
  std::map<std::string, std::size_t> sizes;
  for (const auto& [key, value] : database.variables(wish.id)) sizes[key] = value.size();
  for (const auto& [key, value] : database.secrets(wish.id)) sizes[key] = value.reveal().size();
  for (const auto& [key, value] : wish.variables) sizes[key] = value.size();
  for (const auto& [key, value] : wish.secrets) sizes[key] = value.reveal().size();
  check_names(wish);
  check_all_settings(wish.id, sizes);
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

state::SpaceRecord record_with(const Wish& wish, const std::string& readme, const Context& context) {
  const auto known = context.database.space(wish.id);
  state::SpaceRecord record = known ? *known : fresh_record(wish.id, context);
  record.source = wish.folder;
  if (wish.wake) record.desired = state::Desired::running;
  set_options(record, wish, context);
  check_mounts(record, readme, context);
  return record;
}

Settings settings_before(const state::Database& database, const Wish& wish) {
  Settings before;
  before.record = database.space(wish.id);
  if (!before.record) return before;
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

}  // namespace runtime::supervise
