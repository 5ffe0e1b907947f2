#include "gateway/http/fields.hpp"

#include <algorithm>
#include <array>

#include "gateway/http/characters.hpp"

namespace gw::http {
namespace {

constexpr std::size_t name_count = static_cast<std::size_t>(Name::count_);

/// In the order of Name.
constexpr std::array<std::string_view, name_count> texts{"",
                                                         "accept",
                                                         "accept-encoding",
                                                         "alt-svc",
                                                         "authorization",
                                                         "cache-control",
                                                         "connection",
                                                         "content-length",
                                                         "content-type",
                                                         "cookie",
                                                         "date",
                                                         "early-data",
                                                         "expect",
                                                         "forwarded",
                                                         "host",
                                                         "http2-settings",
                                                         "keep-alive",
                                                         "location",
                                                         "max-forwards",
                                                         "origin",
                                                         "proxy",
                                                         "proxy-authenticate",
                                                         "proxy-authorization",
                                                         "proxy-connection",
                                                         "range",
                                                         "retry-after",
                                                         "sec-fetch-mode",
                                                         "sec-websocket-accept",
                                                         "sec-websocket-extensions",
                                                         "sec-websocket-key",
                                                         "sec-websocket-protocol",
                                                         "sec-websocket-version",
                                                         "server",
                                                         "set-cookie",
                                                         "te",
                                                         "traceparent",
                                                         "trailer",
                                                         "transfer-encoding",
                                                         "true-client-ip",
                                                         "upgrade",
                                                         "user-agent",
                                                         "via",
                                                         "x-client-ip",
                                                         "x-forwarded-client-cert",
                                                         "x-forwarded-for",
                                                         "x-forwarded-host",
                                                         "x-forwarded-port",
                                                         "x-forwarded-prefix",
                                                         "x-forwarded-proto",
                                                         "x-original-uri",
                                                         "x-original-url",
                                                         "x-real-ip",
                                                         "x-request-id",
                                                         "x-rewrite-url"};

constexpr std::size_t shortest = 2;
constexpr std::size_t longest = 24;
constexpr std::size_t slot_count = 512;

/// Length and four characters tell all known names apart; `seed` makes their slots differ.
constexpr std::size_t slot_of(std::string_view name, std::uint32_t seed) noexcept {
  const auto at = [name](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i])); };
  const std::uint32_t ending = at(name.size() - 2) + 2 * at(name.size() - 1);
  const std::uint32_t key = at(0) | at(name.size() / 2) << 7 | ending << 14 | static_cast<std::uint32_t>(name.size()) << 24;
  return (key * seed) >> 23;
}

struct Slots {
  std::uint32_t seed = 0;
  std::array<std::uint8_t, slot_count> names{};
};

/// Searched by the compiler: the first seed for which no two names share a slot.
constexpr Slots find_slots() {
  Slots slots;
  for (slots.seed = 0x9E3779B1;; slots.seed += 2) {
    slots.names = {};
    bool perfect = true;
    for (std::size_t i = 1; i != name_count && perfect; ++i) {
      std::uint8_t& slot = slots.names[slot_of(texts[i], slots.seed)];
      perfect = slot == 0;
      slot = static_cast<std::uint8_t>(i);
    }
    if (perfect) return slots;
  }
}

constexpr Slots slots = find_slots();

constexpr bool lengths_hold() {
  for (std::size_t i = 1; i != name_count; ++i)
    if (texts[i].size() < shortest || texts[i].size() > longest) return false;
  return true;
}
static_assert(lengths_hold());

}  // namespace

Name known_name(std::string_view lower_case) noexcept {
  if (lower_case.size() < shortest || lower_case.size() > longest) return Name::other;
  const std::uint8_t candidate = slots.names[slot_of(lower_case, slots.seed)];
  return texts[candidate] == lower_case ? static_cast<Name>(candidate) : Name::other;
}

std::string_view text(Name name) noexcept { return texts[static_cast<std::size_t>(name)]; }

Fields::Entry& Fields::append(std::string_view name, std::string_view value) {
  const auto at = static_cast<std::uint32_t>(text_.size());
  const auto name_size = static_cast<std::uint16_t>(name.size());
  text_.append(name).append(value);
  return entries_.emplace_back(Entry{at, at + name_size, static_cast<std::uint32_t>(value.size()), name_size, Name::other});
}

void Fields::add(std::string_view name, std::string_view value) { append(name, value).id = known_name(name); }

void Fields::add(Name id, std::string_view value) { append(http::text(id), value).id = id; }

Fields::Field Fields::add_received(std::string_view name, std::string_view value) {
  Entry& entry = append(name, value);
  char* at = text_.data() + entry.name_at;
  for (char* const end = at + entry.name_size; at != end; ++at) *at = to_lower(*at);
  const std::string_view lower_case{text_.data() + entry.name_at, entry.name_size};
  entry.id = known_name(lower_case);
  return {entry.id, lower_case, {text_.data() + entry.value_at, entry.value_size}};
}

void Fields::drop_last() noexcept {
  text_.resize(entries_.back().name_at);
  entries_.pop_back();
}

void Fields::set(Name id, std::string_view value) {
  erase(id);
  add(id, value);
}

void Fields::erase(Name id) noexcept {
  std::erase_if(entries_, [id](const Entry& entry) { return entry.id == id; });
}

void Fields::erase(std::string_view lower_case_name) noexcept {
  erase_if([lower_case_name](const Field& field) { return field.name == lower_case_name; });
}

std::optional<std::string_view> Fields::find(Name id) const noexcept {
  for (const Entry& entry : entries_)
    if (entry.id == id) return std::string_view{text_}.substr(entry.value_at, entry.value_size);
  return std::nullopt;
}

std::optional<std::string_view> Fields::find(std::string_view lower_case_name) const noexcept {
  for (std::size_t i = 0; i != entries_.size(); ++i) {
    const Field field = (*this)[i];
    if (field.name == lower_case_name) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(Name id) const noexcept {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [id](const Entry& e) { return e.id == id; }));
}

Fields::Field Fields::operator[](std::size_t i) const noexcept {
  const Entry& entry = entries_[i];
  return {entry.id, {text_.data() + entry.name_at, entry.name_size}, {text_.data() + entry.value_at, entry.value_size}};
}

void Fields::clear() noexcept {
  text_.clear();
  entries_.clear();
}

void Fields::release() noexcept {
  std::string{}.swap(text_);
  std::vector<Entry>{}.swap(entries_);
}

}  // namespace gw::http
