#pragma once
// The API of the runtime on api.sock.
//
//   GET    /v1/status · /v1/doctor · /v1/spaces · /v1/spaces/{owner}/{name}
//   POST   /v1/stop   ends serve with what it started
//   POST   /v1/secrets/rotate-key   a new key, and every secret sealed with it
//   GET    /v1/events -> stream: the stage of every Space as it is, then every change; never ends by itself
//   GET    /v1/use   what every Space uses, with counters and the moment; GET /metrics the same for Prometheus
//   GET    …/events[?limit=N]   its stages in the past, the newest first
//   DELETE /v1/spaces/{owner}/{name}[?data=1]
//   POST   /v1/spaces/{owner}/{name}/deploy     {dir, variables, secrets, gpus, hardware, storage} -> stream
//   POST   /v1/spaces/{owner}/{name}/cancel[?deployment=N][&keep=1]   undoes the deployment that is under way; answers how the
//          stream ends, and `given_up`. A Space that this deployment made is removed, or with `keep` stays
//   POST   /v1/spaces/{owner}/{name}/restart[?factory=1] -> stream · /pause · /wake -> stream
//   GET    …/deployments   what is remembered of earlier ones · POST …/rollback {deployment} -> stream; without a number: the version before
//   GET    …/hardware   what it has, and the flavors of this node; PUT …/hardware {hardware} -> stream
//   GET    …/sleep   how long without visitors until it sleeps; PUT …/sleep {after: "30m" | "never" | "default"}; POST …/sleep now
//   GET    …/replicas   wanted and serving; PUT …/replicas {replicas: N} -> stream
//   GET    /v1/spaces/{owner}/{name}/logs[?build=1][&follow=1][&tail=N] -> plain text stream
//   GET    …/data[?path=SUB] -> tar stream of /data; the trailer `spaceport-notes` names, as a JSON array, what is not in it. What breaks
//          off is not whole
//   PUT    …/data[?replace=1]   a tar stream into /data; without `replace` nothing that is there is replaced
//   GET, PUT, DELETE …/variables[/KEY] · …/secrets[/KEY]   values of secrets go in and never come out
//
// A stream is JSON lines: {"event": "stage" | "step" | "log" | "built" | "queued" | "warning" | "removed" | "waiting" | "lost", …}; all but
// /v1/events end when the stage is no longer an intermediate one. A client that reads too slowly loses the oldest lines and
// is told so (`lost`).
//
// Whoever is let in: the socket is 0600, and a peer that is neither its owner nor root is refused even so.
// What goes wrong is a problem document (RFC 9457): `title` what, `where`, `next` what to do.

#include <functional>
#include <string_view>
#include <vector>

#include "gateway/http/server.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/supervise/supervisor.hpp"

namespace runtime::api {

class Api final : public gw::http::Handler {
 public:
  using Doctor = std::function<gw::net::Task<boost::json::array>()>;
  /// All are there. `stop` is called once the wish to stop has been answered; `rotate` makes a new key for the secrets.
  Api(supervise::Supervisor& supervisor, Doctor doctor, std::function<void()> stop, std::function<void()> rotate)
      : supervisor_(supervisor), doctor_(std::move(doctor)), stop_(std::move(stop)), rotate_(std::move(rotate)) {}

  gw::net::Task<> handle(Exchange& exchange, gw::http::RequestHead& request,
                         const gw::http::ConnectionInfo& connection) override;
  gw::net::Task<> refuse(Exchange& exchange, const gw::http::RequestHead& request, const gw::http::ConnectionInfo& connection,
                         gw::net::Failure failure) override;

 private:
  struct Call;
  struct Route;
  struct Found;
  void admit(const gw::http::ConnectionInfo& connection) const;
  /// In routes.cpp.
  static Found find_route(std::string_view method, const std::vector<std::string>& parts);
  /// Where it goes; what the handlers need of its path is in it then. Throws Trouble.
  static const Route& route_of(Call& call);

  gw::net::Task<> status(Call& call);
  gw::net::Task<> doctor(Call& call);
  gw::net::Task<> stop(Call& call);
  gw::net::Task<> rotate_key(Call& call);
  gw::net::Task<> deploy(Call& call);
  gw::net::Task<> remove(Call& call);
  gw::net::Task<> cancel(Call& call);
  gw::net::Task<> restart(Call& call);
  gw::net::Task<> wake(Call& call);
  gw::net::Task<> pause(Call& call);
  /// In settings.cpp.
  gw::net::Task<> show_hardware(Call& call);
  gw::net::Task<> set_hardware(Call& call);
  gw::net::Task<> list_variables(Call& call);
  gw::net::Task<> list_secrets(Call& call);
  gw::net::Task<> put_settings(Call& call);
  gw::net::Task<> delete_setting(Call& call);
  /// In rest.cpp.
  gw::net::Task<> show_sleep(Call& call);
  gw::net::Task<> set_sleep(Call& call);
  gw::net::Task<> fall_asleep(Call& call);
  gw::net::Task<> show_replicas(Call& call);
  gw::net::Task<> set_replicas(Call& call);
  /// In use.cpp.
  gw::net::Task<> use(Call& call);
  gw::net::Task<> metrics(Call& call);
  gw::net::Task<> history(Call& call);
  /// In data.cpp.
  gw::net::Task<> export_data(Call& call);
  gw::net::Task<> import_data(Call& call);
  gw::net::Task<> show(Call& call);
  gw::net::Task<> list(Call& call);
  /// In history.cpp.
  gw::net::Task<> deployments(Call& call);
  gw::net::Task<> rollback(Call& call);
  /// In streams.cpp. The stage of a Space, and its events until that is one that stays.
  gw::net::Task<> follow(Call& call);
  gw::net::Task<> events(Call& call);
  gw::net::Task<> logs(Call& call);
  gw::net::Task<> build_log(Call& call);

  supervise::Supervisor& supervisor_;
  Doctor doctor_;
  unsigned transfers_ = 0;  ///< exports and imports under way
  std::function<void()> stop_;
  std::function<void()> rotate_;
};

/// Who called us on the socket (SO_PEERCRED): `peer` is `uid N`. The API lets in its own user and root only.
gw::http::ConnectionInfo peer_of(gw::net::Stream& stream);
/// One Space as the API shows it.
boost::json::object describe(supervise::Supervisor& supervisor, const supervise::Space& space);
/// What is mounted into its containers, and what is used of that as far as it is `known`.
boost::json::array describe_volumes(const supervise::Space& space, const supervise::VolumeUse::Known& known);
/// Its limits as they are on this machine, and the flavors it could have.
boost::json::object describe_hardware(const supervise::Context& context, const supervise::Space& space);
/// Where people open it: `http://local-demo.localhost:8080/`.
std::string url_of(const config::NodeFile& node, const std::string& host);

}  // namespace runtime::api
