#pragma once
// Answers of the API: JSON documents, problems (RFC 9457), and streams of JSON lines.

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "gateway/http/exchange.hpp"
#include "runtime/state/trouble.hpp"

namespace runtime::api {

using Exchange = gw::http::ClientSide;

/// The whole body of a request, at most 4 MiB. Throws Trouble when it is longer or breaks off.
gw::net::Task<std::string> read_all(Exchange& exchange, const gw::http::RequestHead& request);

/// The body as an object; an empty body is an empty object. Throws Trouble when it is not one.
boost::json::object parse_object(std::string_view body);

gw::net::Task<> send_json(Exchange& exchange, unsigned status, const boost::json::value& body);
/// `allowed`: what a wrong method might have been, as `Allow` has it.
gw::net::Task<> send_trouble(Exchange& exchange, const state::Trouble& trouble, std::string_view allowed = {});

/// The document of a problem and its status.
boost::json::object problem_of(const state::Trouble& trouble);
unsigned status_of(state::Kind kind) noexcept;

/// A body that is sent piece by piece.
class LineStream {
 public:
  explicit LineStream(Exchange& exchange) : exchange_(exchange) {}
  gw::net::Task<bool> begin(std::string_view content_type);
  /// False: the client is gone.
  gw::net::Task<bool> send(std::string_view bytes);
  gw::net::Task<> end();

 private:
  Exchange& exchange_;
};

}  // namespace runtime::api
