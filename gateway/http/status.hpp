#pragma once
// What a status code implies.

#include <cstdint>
#include <string_view>

namespace gw::http {

/// The reason phrase of RFC 9110 §15 and its relatives; empty for a code that has none.
std::string_view reason_phrase(std::uint16_t status) noexcept;

/// Has an answer of this status never a body, whatever its fields say (RFC 9112 §6.3, rule 39)?
constexpr bool never_has_body(std::uint16_t status) noexcept { return status < 200 || status == 204 || status == 304; }

}  // namespace gw::http
