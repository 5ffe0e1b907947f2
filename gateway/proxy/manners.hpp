#pragma once
// How somebody is to be treated whose site sleeps. A plain function on the head of a request.

#include <cstdint>

#include "gateway/http/message.hpp"

namespace gw::proxy {

enum class Manners : std::uint8_t {
  hold,          ///< an API, gRPC, a WebSocket, a form: the answer itself is waited for
  hold_briefly,  ///< somebody looks at a browser: soon something must be seen, and that asks again by itself
  let_sleep,  ///< nobody is there who would be glad if it woke: probes, previews, crawlers, what browsers fetch by themselves
};

Manners manners_for(const http::RequestHead& request) noexcept;

/// Does an Accept field ask for HTML by name? `*/*` is what programs send. `sec_fetch_mode` is that field, or empty.
bool wants_html(std::string_view accept, std::string_view sec_fetch_mode) noexcept;

}  // namespace gw::proxy
