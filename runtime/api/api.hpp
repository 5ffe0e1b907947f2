#pragma once
// The API of the runtime on api.sock. Who may open the socket (0600) may do everything.
//
//   GET    /v1/status · /v1/doctor · /v1/spaces · /v1/spaces/{owner}/{name}
//   DELETE /v1/spaces/{owner}/{name}[?data=1]
//   POST   /v1/spaces/{owner}/{name}/deploy     {dir, variables, secrets, gpus, hardware, storage} -> stream
//   POST   /v1/spaces/{owner}/{name}/restart[?factory=1] -> stream · /pause · /wake -> stream
//   GET    /v1/spaces/{owner}/{name}/logs[?build=1][&follow=1][&tail=N] -> plain text stream
//   GET, PUT, DELETE …/variables[/KEY] · …/secrets[/KEY]   values of secrets go in and never come out
//
// A stream is JSON lines: {"event": "stage" | "step" | "log" | "built" | "warning" | "removed", …}. It ends when the stage
// is no longer an intermediate one.

#include <functional>

#include "gateway/http/server.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/supervise/supervisor.hpp"

namespace runtime::api {

class Api final : public gw::http::Handler {
 public:
  using Doctor = std::function<gw::net::Task<boost::json::array>()>;
  Api(supervise::Supervisor& supervisor, Doctor doctor) : supervisor_(supervisor), doctor_(std::move(doctor)) {}

  gw::net::Task<> handle(Exchange& exchange, gw::http::RequestHead& request,
                         const gw::http::ConnectionInfo& connection) override;
  gw::net::Task<> refuse(Exchange& exchange, const gw::http::RequestHead& request, const gw::http::ConnectionInfo& connection,
                         gw::net::Failure failure) override;

 private:
  struct Call;
  gw::net::Task<> dispatch(Call& call);
  gw::net::Task<> on_space(Call& call);
  gw::net::Task<> settings(Call& call);
  gw::net::Task<> follow(Call& call);
  gw::net::Task<> logs(Call& call);
  gw::net::Task<> build_log(Call& call);
  void deploy(Call& call);
  boost::json::object status() const;

  supervise::Supervisor& supervisor_;
  Doctor doctor_;
};

/// One Space as the API shows it.
boost::json::object describe(supervise::Supervisor& supervisor, const supervise::Space& space);
/// Where people open it: `http://local-demo.localhost:8080/`.
std::string url_of(const config::NodeFile& node, const std::string& host);

}  // namespace runtime::api
