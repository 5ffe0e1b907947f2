#pragma once
// Names for requests: in the failure page, the log and the app's own log the same.

#include <string>

namespace gw::proxy {

/// Writes a new id, 16 hexadecimal digits: within the buffer of a string, so nothing is allocated twice.
void make_request_id(std::string& out);

}  // namespace gw::proxy
