#pragma once
// Names for requests: in the failure page, the log and the app's own log the same.

#include <cstdint>
#include <string>

namespace gw::proxy {

/// A number that nobody has had: to be unique, not secret.
std::uint64_t unique_number() noexcept;

/// Writes 16 hexadecimal digits.
void put_hex(char* at, std::uint64_t value) noexcept;

/// Writes a new id, 16 hexadecimal digits: within the buffer of a string, so nothing is allocated twice.
void make_request_id(std::string& out);

}  // namespace gw::proxy
