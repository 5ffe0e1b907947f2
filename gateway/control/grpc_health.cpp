#include "gateway/control/grpc_health.hpp"

#include <cstdint>

namespace gw::control {
namespace {

// Both messages have their only field under this number.
constexpr std::uint64_t only_field = 1;
constexpr std::uint64_t serving = 1;

/// How a value is encoded (https://protobuf.dev/programming-guides/encoding/).
enum WireType : std::uint64_t { varint = 0, eight_bytes = 1, with_length = 2, four_bytes = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

/// False: it does not end, or does not fit into 64 bits.
bool take_varint(std::string_view& in, std::uint64_t& value) noexcept {
  std::uint64_t sum = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    sum |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte >= 0x80) continue;
    value = sum;
    return true;
  }
  return false;
}

bool skip(std::string_view& in, std::uint64_t size) noexcept {
  if (size > in.size()) return false;
  in = in.substr(size);
  return true;
}

/// False: no such encoding, or it does not end.
bool skip_value(std::string_view& in, std::uint64_t type) noexcept {
  std::uint64_t number = 0;
  switch (type) {
    case varint:
      return take_varint(in, number);
    case eight_bytes:
      return skip(in, 8);
    case four_bytes:
      return skip(in, 4);
    case with_length:
      return take_varint(in, number) && skip(in, number);
    default:
      return false;
  }
}

}  // namespace

std::string grpc_health_question(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    put_varint(message, only_field << 3 | with_length);
    put_varint(message, service.size());
    message += service;
  }
  std::string body(1, '\0');  // not compressed
  for (const unsigned shift : {24U, 16U, 8U, 0U}) body.push_back(static_cast<char>(message.size() >> shift));
  return body + message;
}

bool grpc_health_is_serving(std::string_view body) noexcept {
  constexpr std::size_t prefix = 5;
  // A compressed message was not asked for.
  if (body.size() < prefix || body.front() != '\0') return false;
  std::uint64_t size = 0;
  for (std::size_t i = 1; i != prefix; ++i) size = size << 8 | static_cast<unsigned char>(body[i]);
  body.remove_prefix(prefix);
  if (size != body.size()) return false;
  std::uint64_t status = 0;
  while (!body.empty()) {
    std::uint64_t tag = 0;
    if (!take_varint(body, tag)) return false;
    if (tag == (only_field << 3 | varint)) {
      // The last one counts.
      if (!take_varint(body, status)) return false;
    } else if (!skip_value(body, tag & 7)) {
      return false;
    }
  }
  return status == serving;
}

}  // namespace gw::control
