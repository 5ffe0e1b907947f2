#include <sys/random.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "gateway/http/characters.hpp"
#include "gateway/proxy/policies/policies.hpp"
#include "gateway/proxy/request_id.hpp"

namespace gw::proxy {

namespace {

/// Seeded once a thread, so that no request pays for a system call and no lock is needed.
std::uint64_t seed() noexcept {
  std::uint64_t value = 0;
  if (getrandom(&value, sizeof value, GRND_NONBLOCK) == sizeof value) return value;
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

// Every request is given two or three numbers: two digits at a time.
constexpr auto hex_pairs = [] {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i != pairs.size(); ++i) pairs[i] = {digits[i >> 4], digits[i & 15]};
  return pairs;
}();

constexpr std::size_t longest_id = 64;

bool sane_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= longest_id &&
         std::all_of(id.begin(), id.end(), [](char c) { return http::characters::unreserved[static_cast<unsigned char>(c)]; });
}

}  // namespace

// splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
std::uint64_t unique_number() noexcept {
  thread_local std::uint64_t state = seed();
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

void put_hex(char* at, std::uint64_t value) noexcept {
  for (int i = 0; i != 8; ++i, value <<= 8, at += 2) std::memcpy(at, hex_pairs[value >> 56].data(), 2);
}

void make_request_id(std::string& out) {
  out.resize(16);
  put_hex(out.data(), unique_number());
}

namespace policies {

std::optional<Refusal> take_request_id(RequestHead& request, RequestContext& context) {
  const auto given = request.fields.find(http::Name::x_request_id);
  if (context.peer_trusted && given && sane_id(*given))
    context.request_id = *given;
  else
    make_request_id(context.request_id);
  request.fields.set(http::Name::x_request_id, context.request_id);
  return std::nullopt;
}

void set_response_request_id(ResponseHead& response, const RequestContext& context) {
  response.fields.set(http::Name::x_request_id, context.request_id);
}

}  // namespace policies

}  // namespace gw::proxy
