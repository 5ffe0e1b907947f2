#pragma once
// The only place where a Failure becomes a status. What the gateway says itself: a small page for browsers, problem+json
// (RFC 9457) for programs, trailers-only for gRPC.

#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/net/result.hpp"
#include "gateway/proxy/context.hpp"
#include "gateway/proxy/route.hpp"

namespace gw::proxy {

/// Logged when the client is gone before an answer; never sent.
inline constexpr std::uint16_t client_gone = 499;

/// The status for a failure, `client_gone` when there is nobody left to tell (rule 46).
std::uint16_t status_of(net::Failure) noexcept;

/// An answer of the gateway's own. `head.body` has the length; `body` is empty for HEAD.
struct FailureAnswer {
  http::ResponseHead head;
  std::string body;
};

/// What the asker's request says about the form of the answer. Views: valid for the call.
struct Asker {
  std::string_view accept;
  std::string_view sec_fetch_mode;
  std::string_view content_type;
  std::string_view request_id;
  const Site* site = nullptr;  ///< null when nothing was matched
  bool head_request = false;
};

/// Must not be called for `client_gone`: nobody would read it.
FailureAnswer failure_page(net::Failure, const Asker&);

/// The answer to what a policy refused, or to a failure on the way, for a request that has a context.
FailureAnswer failure_page(const Refusal&, const http::RequestHead&, const RequestContext&);

/// For a request that was refused before it had a context: malformed, too large, too late.
FailureAnswer failure_page(net::Failure, const http::RequestHead&, std::string_view request_id);

}  // namespace gw::proxy
