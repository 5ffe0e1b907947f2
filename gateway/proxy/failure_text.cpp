#include "gateway/proxy/failure_text.hpp"

#include "gateway/http/status.hpp"
#include "gateway/proxy/failure_page.hpp"

namespace gw::proxy {

namespace {

using net::Code;
using net::Side;

/// A malformed request, by what is wrong with it (rules 1-37 name the statuses).
std::uint16_t status_of_request(Code code) noexcept {
  switch (code) {
    case Code::unsupported_version:
    case Code::http2_not_spoken:
      return 505;
    case Code::method_not_allowed:
      return 405;
    case Code::target_too_long:
      return 414;
    case Code::fields_too_large:
      return 431;
    case Code::unknown_transfer_coding:
    case Code::unknown_protocol:
      return 501;
    case Code::bad_expectation:
      return 417;
    case Code::header_timeout:
    case Code::idle_timeout:
      return 408;
    case Code::closed:
    case Code::truncated:
    case Code::reset:
    case Code::cancelled:
    case Code::tls:
      return client_gone;
    default:
      return 400;
  }
}

/// An upstream that could not be reached, or did not speak properly.
std::uint16_t status_of_upstream(Code code) noexcept {
  switch (code) {
    case Code::connect_timeout:
    case Code::header_timeout:
    case Code::first_byte_timeout:
    case Code::idle_timeout:
      return 504;
    default:
      return 502;
  }
}

std::string_view headline(Code code, std::uint16_t status, const Site* site) noexcept {
  const SiteState state = site ? site->state : SiteState::ready;
  if (state == SiteState::building) return "This Space is being built";
  if (code == Code::waking && at_rest(state)) return "This Space is waking up";
  if (state == SiteState::starting || code == Code::waking) return "This Space is starting";
  if (state == SiteState::paused) return "This Space is paused";
  if (code == Code::sleeping) return "This Space is sleeping";
  if (code == Code::space_failed) return "This Space is in error";
  if (code == Code::no_route || code == Code::not_routed_port) return "Nothing here";
  if (code == Code::saturated) return "This Space is busy";
  if (status == 502) return "The app gave no proper answer";
  if (status == 504) return "The app did not answer in time";
  const std::string_view phrase = http::reason_phrase(status);
  return phrase.empty() ? "Error" : phrase;
}

}  // namespace

std::uint16_t status_of(net::Failure failure) noexcept {
  switch (failure.code) {
    case Code::body_too_large:
      return failure.side == Side::upstream ? 502 : 413;
    case Code::no_route:
    case Code::not_routed_port:
      return 404;
    case Code::no_endpoint:
    case Code::waking:
    case Code::sleeping:
    case Code::space_failed:
    case Code::saturated:
    case Code::shutting_down:
      return 503;
    case Code::loop:
      return 508;
    case Code::internal:
      return 500;
    // Nobody listens, or there is no way: these come up only on the way to an upstream.
    case Code::refused:
    case Code::unreachable:
    case Code::dialer:
    case Code::bad_interim:
      return 502;
    case Code::connect_timeout:
    case Code::first_byte_timeout:
      return 504;
    default:
      break;
  }
  switch (failure.side) {
    case Side::client:
      return status_of_request(failure.code);
    case Side::upstream:
      return status_of_upstream(failure.code);
    case Side::gateway:
      break;
  }
  if (failure.code == Code::cancelled) return 503;
  return failure.code == Code::header_timeout || failure.code == Code::idle_timeout ? 504 : 500;
}

FailureText failure_text(net::Failure failure, std::uint16_t status, const Site* site) noexcept {
  FailureText text;
  text.headline = headline(failure.code, status, site);
  const bool about_the_site = status == 503 && site && !site->message.empty();
  text.detail = about_the_site ? std::string_view(site->message) : net::explain(failure.code);
  if (status != 503) return text;
  // What ends by itself within seconds is asked for again soon; what waits for a person is not.
  const bool soon = failure.code == Code::waking || failure.code == Code::no_endpoint || failure.code == Code::saturated ||
                    failure.code == Code::shutting_down;
  text.retry_after_s = soon ? 3 : 60;
  if (failure.code == Code::waking) text.refresh_s = 3;
  return text;
}

unsigned grpc_status(std::uint16_t status) noexcept {
  switch (status) {
    case 404:
    case 405:
      return 12;
    case 413:
    case 431:
      return 8;
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 13;
  }
}

}  // namespace gw::proxy
