#include "gateway/http/fields.hpp"

#include <algorithm>
#include <array>

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

void Fields::grow(std::size_t size) {
  constexpr std::size_t smallest = 512;
  text_.resize(std::max({smallest, 2 * text_.size(), used_ + size}));
}

Fields::Entry& Fields::append(std::size_t name_size, std::string_view value) {
  char* at = text_.data() + used_ + name_size;
  *at++ = ':';
  *at++ = ' ';
  at += value.copy(at, value.size());
  *at++ = '\r';
  *at++ = '\n';
  Entry& entry = entries_.emplace_back();
  entry.name_at = static_cast<std::uint32_t>(used_);
  entry.value_at = static_cast<std::uint32_t>(used_ + name_size + 2);
  entry.value_size = static_cast<std::uint32_t>(value.size());
  entry.name_size = static_cast<std::uint16_t>(name_size);
  used_ = entry.end();
  return entry;
}

void Fields::add(std::string_view name, std::string_view value) { add_as(known_name(name), name, value); }

void Fields::add(Name id, std::string_view value) { add_as(id, http::text(id), value); }

void Fields::add_as(Name id, std::string_view name, std::string_view value) {
  if (text_.size() - used_ < name.size() + value.size() + overhead) {
    // They may be views of what moves now.
    const std::string own = std::string(name).append(value);
    grow(own.size() + overhead);
    return add_as(id, std::string_view(own).substr(0, name.size()), std::string_view(own).substr(name.size()));
  }
  name.copy(text_.data() + used_, name.size());
  append(name.size(), value).id = id;
}

Fields::Field Fields::add_received(std::size_t name_size, std::string_view value) {
  Entry& entry = append(name_size, value);
  const std::string_view name{text_.data() + entry.name_at, name_size};
  entry.id = known_name(name);
  return {entry.id, name, {text_.data() + entry.value_at, entry.value_size}};
}

void Fields::drop_last() noexcept {
  used_ = entries_.back().name_at;
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
    if (entry.id == id) return std::string_view{text_.data() + entry.value_at, entry.value_size};
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
  used_ = 0;
  entries_.clear();
}

}  // namespace gw::http
