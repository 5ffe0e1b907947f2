// What a Space mounts, /data and others: how large and how full it is, out as a tar stream, in as one.

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "config/units.hpp"
#include "runtime/api/call.hpp"
#include "runtime/storage/beneath.hpp"
#include "runtime/supervise/data_access.hpp"

namespace runtime::api {

namespace json = boost::json;
namespace http = gw::http;
using state::Kind;
using state::Trouble;
using supervise::Space;

namespace {

/// Each has a thread and half a mebibyte.
constexpr unsigned most_transfers = 16;

// One of the exports and imports at a time.
class Turn {
 public:
  explicit Turn(unsigned& count) : count_(count) {
    if (count_ >= most_transfers) {
      throw Trouble(Kind::unavailable, fmt::format("{} exports and imports are under way already", count_),
                    "try again when one of them has ended");
    }
    ++count_;
  }
  ~Turn() { --count_; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  unsigned& count_;
};

// `%2F` and its like; what is no escape stays as it is.
std::string unescaped(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

std::string sub_path(const http::RequestHead& request) {
  const std::string given = unescaped(query_value(request.query, "path"));
  if (given.empty()) return {};
  const storage::Inside at = storage::inside(given);
  if (!at.problem.empty()) {
    throw Trouble(Kind::bad_input, fmt::format("--path `{}` {}", storage::shown(given), at.problem),
                  "give a path below what is mounted, for example --path models");
  }
  return at.path;
}

supervise::SpaceMount wanted_mount(const Space& space, const http::RequestHead& request, supervise::Transfer direction) {
  const std::string given = unescaped(query_value(request.query, "mount"));
  return supervise::mount_to_transfer(space.record().id, space.mounts(), given.empty() ? "/data" : given, direction);
}

gw::net::Task<> end_with_notes(Exchange& exchange, const storage::Packed& packed) {
  http::Fields trailers;
  json::array notes;
  for (const auto& note : packed.notes) notes.emplace_back(note);
  if (packed.notes_left_out != 0) notes.emplace_back(fmt::format("and {} more", packed.notes_left_out));
  if (!notes.empty()) trailers.add("spaceport-notes", json::serialize(notes));
  co_await exchange.write_body(http::Chunk{{}, true, notes.empty() ? nullptr : &trailers});
}

std::string written_before(const storage::Unpacked& done) {
  if (done.entries == 0) return "nothing was written before it";
  return fmt::format("{} files, folders and links ({}) were written before it, `{}` last", done.entries,
                     config::to_string(config::Bytes{done.bytes}), done.last);
}

Trouble trouble_of(const storage::Unpacked& done, const std::string& space) {
  std::string next = written_before(done);
  if (done.no_room) next += fmt::format("; `spaceport up` with a larger --storage gives {} more room", space);
  if (done.in_the_way) next += "; --replace replaces what is there";
  const Kind kind = done.no_room || done.in_the_way ? Kind::conflict : Kind::bad_input;
  return Trouble(kind, fmt::format("the import into {} ended early: {}", space, done.problem), next);
}

}  // namespace

json::array describe_volumes(const Space& space, const supervise::VolumeUse::Known& known) {
  json::array all;
  for (const auto& mount : space.mounts()) {
    json::object one{{"path", mount.path},           {"source", mount.source},   {"shared", mount.shared},
                     {"read_only", mount.read_only}, {"size_bytes", mount.size}, {"used_bytes", nullptr}};
    if (mount.volume.empty()) one["size_bytes"] = nullptr;
    if (const auto use = known.find(mount.volume); use != known.end()) {
      one["size_bytes"] = use->second.room;
      one["used_bytes"] = use->second.used;
    }
    all.push_back(std::move(one));
  }
  return all;
}

gw::net::Task<> Api::show(Call& call) {
  const auto known = co_await supervisor_.volume_use(call.id);
  const Space& space = supervisor_.space(call.id);
  json::object one = describe(supervisor_, space);
  one["volumes"] = describe_volumes(space, known);
  co_await send_json(call.exchange, 200, one);
}

gw::net::Task<> Api::list(Call& call) {
  const auto known = co_await supervisor_.volume_use({});
  json::array all;
  for (const Space* space : supervisor_.spaces()) {
    json::object one = describe(supervisor_, *space);
    one["volumes"] = describe_volumes(*space, known);
    all.push_back(std::move(one));
  }
  co_await send_json(call.exchange, 200, all);
}

gw::net::Task<> Api::export_data(Call& call) {
  const Turn turn(transfers_);
  const std::string path = sub_path(call.request);
  const auto mount = wanted_mount(supervisor_.space(call.id), call.request, supervise::Transfer::out);
  auto access = co_await supervise::open_data(supervisor_.context(), call.id, mount);
  access.pack.path = path;
  storage::Export exported(supervisor_.context().worker, std::move(access.opener), std::move(access.pack));
  // What is wrong from the beginning is an answer of its own.
  std::string piece = co_await exported.next();
  if (piece.empty())
    throw Trouble(Kind::bad_input,
                  fmt::format("{} of {} cannot be exported: {}", mount.path, call.id, exported.result().problem));
  LineStream stream(call.exchange);
  bool alive = co_await stream.begin("application/x-tar");
  while (alive && !piece.empty()) {
    alive = co_await stream.send(piece);
    if (alive) piece = co_await exported.next();
  }
  if (!alive) co_return;
  if (!exported.result().problem.empty()) {
    spdlog::error("{}: the export of {} broke off: {}", call.id, mount.path, exported.result().problem);
    co_return call.exchange.abort();
  }
  co_await end_with_notes(call.exchange, exported.result());
}

gw::net::Task<> Api::import_data(Call& call) {
  const Turn turn(transfers_);
  const auto mount = wanted_mount(supervisor_.space(call.id), call.request, supervise::Transfer::in);
  auto& context = supervisor_.context();
  auto access = co_await supervise::open_data(context, call.id, mount);
  access.unpack.replace = query_value(call.request.query, "replace") == "1";
  storage::Import imported(context.worker, std::move(access.opener), access.unpack);
  bool whole = !call.request.body.expected();
  bool broke_off = false;
  while (!whole) {
    auto piece = co_await call.exchange.read_body();
    broke_off = !piece;
    if (broke_off) break;
    const std::string_view bytes(piece->data.data(), piece->data.size());
    whole = piece->last;
    bool taken = true;
    if (!bytes.empty()) taken = co_await imported.give(bytes);
    if (!taken) break;
  }
  const storage::Unpacked done = co_await imported.end(whole);
  context.volume_use.forget(mount.volume);
  // Nobody is left to be told.
  if (broke_off) spdlog::error("{}: the import into {} ended early: {}", call.id, mount.path, done.problem);
  if (!done.problem.empty()) throw trouble_of(done, call.id);
  const json::object answer{{"entries", done.entries}, {"bytes", done.bytes}};
  co_await send_json(call.exchange, 200, answer);
}

}  // namespace runtime::api
