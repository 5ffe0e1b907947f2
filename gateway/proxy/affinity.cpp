#include "gateway/proxy/affinity.hpp"

#include <charconv>

#include "gateway/http/characters.hpp"

namespace gw::proxy {
namespace {

constexpr std::size_t hexadecimal_digits = 16;

std::optional<std::uint64_t> hash_of(std::optional<std::string_view> text) noexcept {
  if (!text || text->empty()) return std::nullopt;
  return stable_hash(*text);
}

std::optional<std::uint64_t> read_seat(std::optional<std::string_view> text) noexcept {
  if (!text || text->size() != hexadecimal_digits) return std::nullopt;
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id, 16);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return id;
}

}  // namespace

// FNV-1a, then the finaliser of SplitMix64: FNV alone leaves its upper bits alike for texts that differ at their ends.
bool in_container(std::string_view address) noexcept { return address.starts_with("netns:"); }

std::uint64_t seat_of(std::string_view address) noexcept {
  return stable_hash(in_container(address) ? address.substr(0, address.rfind(':')) : address);
}

std::uint64_t stable_hash(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return mix(hash, bytes.size());
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t x = a + b * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::optional<std::string_view> cookie(const http::RequestHead& request, std::string_view name) noexcept {
  for (const auto field : request.fields) {
    if (field.id != http::Name::cookie) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const auto end = rest.find(';');
      const auto pair = http::trim(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      if (pair.size() > name.size() && pair[name.size()] == '=' && pair.starts_with(name)) return pair.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> affinity(const Upstream& upstream, const http::RequestHead& request,
                                      const RequestContext& context) noexcept {
  const auto& rules = *upstream.balancing;
  if (rules.balance == config::Balance::sticky) return read_seat(cookie(request, rules.sticky_cookie));
  if (rules.balance != config::Balance::hash) return std::nullopt;
  switch (rules.hash.source) {
    case config::HashBy::Source::client:
      return hash_of(context.client);
    case config::HashBy::Source::header:
      return hash_of(request.fields.find(rules.hash.name));
    case config::HashBy::Source::cookie:
      return hash_of(cookie(request, rules.hash.name));
  }
  return std::nullopt;
}

std::string seat_cookie(std::string_view name, std::uint64_t id, std::string_view path, bool secure) {
  std::string text(name);
  text += '=';
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(id >> shift) & 15U];
  text.append("; Path=").append(path).append("; HttpOnly; SameSite=Lax");
  if (secure) text += "; Secure";
  return text;
}

}  // namespace gw::proxy
