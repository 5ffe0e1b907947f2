#pragma once
// The running gateway: main thread with signals, admin socket and site table; workers with the data plane. Nothing here is
// on a request's way.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/gateway_file.hpp"
#include "gateway/control/events.hpp"
#include "gateway/control/idle_watch.hpp"
#include "gateway/control/listening.hpp"
#include "gateway/control/prober.hpp"
#include "gateway/control/site_table.hpp"
#include "gateway/control/worker_thread.hpp"
#include "gateway/net/connection_limits.hpp"
#include "gateway/net/file_watch.hpp"
#include "gateway/net/timer.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/proxy/wake_line.hpp"

namespace gw::control {

class Gateway {
 public:
  /// How it was started.
  struct Invocation {
    std::string program;  ///< what a successor is started from; empty: none can be
    /// Not empty: the admin socket instead of the file's. Another gateway serves on the same sockets; this one is fed first, and
    /// accepts nobody before POST /v1/complete.
    std::string successor;
  };

  /// `path` is the gateway file, read again at every reload.
  Gateway(std::string path, Invocation invocation);
  ~Gateway();

  /// Runs until it has drained after SIGTERM or SIGINT; returns the exit code. Problems go to standard error.
  int run();

  // For the admin socket, on the main thread.

  /// Reads the file again, and all that it names except what is `handed`. A file with errors changes nothing.
  net::Task<config::Problems> reload(HandedFiles handed = {});
  /// A new key for session tickets; those of the key before the present one are void from now on.
  net::Task<> rotate_tickets();
  net::Task<Change> put_site(std::string id, std::string json);
  net::Task<Change> erase_site(std::string id);
  /// What came of asking that a site fall asleep.
  enum class Quiesced : std::uint8_t {
    idle,       ///< it sleeps: from now on its requests are held, and nothing was under way
    busy,       ///< it is in use; nothing has changed
    not_ready,  ///< it sleeps already, or does not run
    unknown,
  };
  net::Task<Quiesced> quiesce(std::string id);
  /// Tells all that happens to sites to whoever asks in `client`, until he leaves.
  net::Task<> tell_events(http::ClientSide& client);
  /// `{"sites": [{"id", "state", "requests", ...}]}`, as in traffic.hpp.
  net::Task<boost::json::object> traffic();
  /// The feed has told every site: ends the hold.
  net::Task<> complete();
  /// `{"version", "pid", "workers", "connections", "requests", ..., "sites": [...]}`
  net::Task<boost::json::object> status();
  /// The text of `GET /metrics`.
  net::Task<std::string> metrics();
  void begin_drain(http::Server::Idle idle = http::Server::Idle::end);
  /// Starts the program that we were started from anew on the same sockets, and drains when it serves (SIGUSR2).
  void begin_upgrade();

  net::Worker& main() noexcept { return main_; }

 private:
  class Signals;

  config::Problems open(const config::GatewayFile& file, const HandedFiles& handed, bool first);
  net::Task<config::Problems> reload_certificates();
  net::Task<> keep_certificates();
  net::Task<> keep_tickets();
  net::Task<> tell_of_limits();
  net::Task<> watch_idleness();
  void follow_rest(const std::string& id, bool changed);
  void wake_asked(const std::string& id);
  net::Task<> use_change(Change change);
  net::Task<> post_to_all(std::function<void(WorkerThread&)> job);
  net::Task<> end_hold(std::chrono::milliseconds after);
  net::Task<> end_unfed();
  net::Task<> announce();
  net::Task<> drain(http::Server::Idle idle);
  net::Task<std::size_t> connections();
  net::Task<> upgrade();
  std::vector<int> sockets() const;
  void tell_workers(const Probe& probe, bool good);
  bool start_admin(const std::string& socket);
  bool start_metrics();
  void listen_admin();

  const std::string path_;
  const Invocation invocation_;
  net::Worker main_;
  config::GatewayFile file_;
  SiteTable sites_;
  Listening listening_;
  net::FileWatch certificates_;
  std::shared_ptr<const net::TicketKeys> ticket_keys_ = net::TicketKeys::fresh();
  const std::shared_ptr<net::ConnectionLimits> limits_ = std::make_shared<net::ConnectionLimits>();
  Events events_{main_, [this](bool anybody) { line_->set_answered(anybody); }};
  IdleWatch idle_watch_;
  net::Timer idle_timer_{main_};
  net::Clock::time_point idle_look_{};                           ///< when the timer ends
  std::set<std::string, std::less<>> wanted_;                    ///< sites that sleep, and that somebody wants
  std::map<std::string, std::uint64_t, std::less<>> quiescing_;  ///< sites about to fall asleep, and the turn of each
  std::uint64_t quiesce_turns_ = 0;
  std::uint64_t wakes_asked_ = 0;
  /// Workers ring it: it outlives them.
  const std::shared_ptr<proxy::WakeLine> line_ =
      std::make_shared<proxy::WakeLine>([this](const std::string& site) { main_.post([this, site] { wake_asked(site); }); });
  std::vector<std::unique_ptr<WorkerThread>> workers_;
  std::unique_ptr<Prober> prober_;
  std::unique_ptr<http::Handler> admin_;
  std::unique_ptr<http::Server> admin_server_;
  net::Descriptor admin_socket_;
  std::unique_ptr<net::Listener> admin_listener_;
  std::unique_ptr<http::Handler> metrics_;
  std::unique_ptr<http::Server> metrics_server_;
  std::unique_ptr<net::Listener> metrics_listener_;
  const std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
  const net::Clock::time_point began_ = net::Clock::now();
  bool draining_ = false;
  bool upgrading_ = false;
  int exit_code_ = 0;
};

}  // namespace gw::control
