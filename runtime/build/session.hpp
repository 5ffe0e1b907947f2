#pragma once
// BuildKit's session: the engine calls us back over an upgraded connection, with gRPC on HTTP/2.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/http/server.hpp"
#include "runtime/build/build.hpp"

namespace runtime::build {

/// What the session serves. Values live here and nowhere else; they are wiped with it.
struct SessionServices {
  std::map<std::string, std::string> secrets;
  std::map<std::string, RegistryCredentials> registries;
  SessionServices() = default;
  SessionServices(const SessionServices&) = delete;
  SessionServices& operator=(const SessionServices&) = delete;
  ~SessionServices();
};

/// The answer to one gRPC call: a message, or a status other than 0.
struct GrpcReply {
  int status = 0;
  std::string message;  ///< the reply's bytes, or the text of the status
};

/// Health/Check, Secrets/GetSecret and Auth/Credentials; everything else is Unimplemented (12). Pure.
GrpcReply answer_call(const SessionServices& services, std::string_view method, std::string_view request);

/// Answers the exchanges of the session.
class SessionHandler final : public gw::http::Handler {
 public:
  explicit SessionHandler(const SessionServices& services) : services_(services) {}
  gw::net::Task<> handle(gw::http::ClientSide& exchange, gw::http::RequestHead& request,
                         const gw::http::ConnectionInfo& connection) override;
  gw::net::Task<> refuse(gw::http::ClientSide& exchange, const gw::http::RequestHead& request,
                         const gw::http::ConnectionInfo& connection, gw::net::Failure failure) override;

 private:
  const SessionServices& services_;
};

/// Opens the session `id` and gives the stream on which the engine now speaks HTTP/2 to us.
engine::Answer<std::unique_ptr<gw::net::Stream>> open_session(engine::Engine& engine, std::string id);

}  // namespace runtime::build
