#include "gateway/control/gateway.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

#include "gateway/control/admin.hpp"
#include "gateway/control/certificates.hpp"
#include "gateway/control/check.hpp"
#include "gateway/control/limit_report.hpp"
#include "gateway/control/metrics_page.hpp"
#include "gateway/control/say.hpp"
#include "gateway/net/timer.hpp"
#include "gateway/proxy/access_log.hpp"

namespace gw::control {
namespace {

using net::Task;

// A ticket lives for two of them.
constexpr std::chrono::hours ticket_rotation{12};
// A changed certificate is in force after two of them.
constexpr std::chrono::seconds certificate_look{1};

void print(const config::Problems& problems) {
  for (const auto& problem : problems) std::fprintf(stderr, "%s\n", problem.text().c_str());
}

// Every connection is a descriptor; the soft limit of 1024 is for programs that use select(2).
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

rlim_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

// One Space, whatever it does, leaves at least three quarters of the descriptors to the others: a request needs two.
unsigned places_of_site() {
  constexpr rlim_t least = 64;
  constexpr rlim_t most = 4096;
  return static_cast<unsigned>(std::clamp(descriptor_limit() / 8, least, most));
}

// For good: sockets are bound and keys are read, nothing that follows needs more. An empty text is success.
std::string become(const std::string& user) {
  if (user.empty() || ::geteuid() != 0) return {};
  const passwd* entry = ::getpwnam(user.c_str());  // NOLINT(concurrency-mt-unsafe): start-up, one thread
  if (entry == nullptr) return "there is no user " + user;
  if (::setgroups(0, nullptr) != 0 || ::setgid(entry->pw_gid) != 0 || ::setuid(entry->pw_uid) != 0)
    return "cannot become the user " + user;
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return {};
}

http::UnsafeNames unsafe_names(config::UnsafeNames wanted) noexcept {
  switch (wanted) {
    case config::UnsafeNames::keep:
      return http::UnsafeNames::keep;
    case config::UnsafeNames::refuse:
      return http::UnsafeNames::refuse;
    case config::UnsafeNames::drop:
      break;
  }
  return http::UnsafeNames::drop;
}

http::ServerSettings server_settings(const config::GatewayFile& file) {
  http::ServerSettings settings;
  settings.header = file.timeouts.header;
  settings.idle = file.timeouts.idle;
  settings.body = file.timeouts.body;
  settings.unsafe_names = unsafe_names(file.unsafe_names);
  return settings;
}

}  // namespace

/// SIGHUP reloads, SIGUSR2 upgrades, SIGTERM and SIGINT drain, a second one of these ends at once.
class Gateway::Signals {
 public:
  explicit Signals(Gateway& gateway) : gateway_(gateway), set_(gateway.main_.context(), SIGHUP, SIGTERM, SIGINT) {
    set_.add(SIGUSR2);
    wait();
  }

 private:
  void wait() {
    set_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (number == SIGHUP) {
        gateway_.main_.spawn(reload());
      } else if (number == SIGUSR2) {
        gateway_.begin_upgrade();
      } else if (gateway_.draining_) {
        gateway_.main_.stop();
      } else {
        gateway_.begin_drain();
      }
      wait();
    });
  }

  Task<> reload() {
    const auto problems = co_await gateway_.reload();
    print(problems);
    say(config::has_errors(problems) ? "not reloaded: the file has errors, the configuration before stays in force"
                                     : "reloaded");
  }

  Gateway& gateway_;
  boost::asio::basic_signal_set<net::Executor> set_;
};

Gateway::Gateway(std::string path, Invocation invocation) : path_(std::move(path)), invocation_(std::move(invocation)) {}

Gateway::~Gateway() {
  admin_listener_.reset();
  metrics_listener_.reset();
  prober_.reset();
  // Whoever follows our events is waited for inside of what he waits for.
  events_.end();
  while (events_.followers() != 0 && main_.run_ready()) {
  }
  // All of them before the first is taken apart: they tell each other of places.
  for (const auto& worker : workers_) worker->stop();
  workers_.clear();
}

int Gateway::run() {
  auto [file, problems] = read_file(path_);
  if (!config::has_errors(problems)) {
    raise_descriptor_limit();
    listening_.inherit();
    const auto more = open(file, {}, true);
    problems.insert(problems.end(), more.begin(), more.end());
  }
  print(problems);
  if (config::has_errors(problems)) return 1;
  if (!start_admin(invocation_.successor.empty() ? file_.admin_socket : invocation_.successor)) return 1;
  listening_.close_rest();
  if (!start_metrics()) return 1;
  if (const auto problem = become(file_.user); !problem.empty()) {
    say(problem);
    return 1;
  }
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
  Signals signals(*this);
  for (const auto& worker : workers_) worker->start();
  prober_ = std::make_unique<Prober>(main_, file_.dialer_socket,
                                     [this](const Probe& probe, bool good) { tell_workers(probe, good); });
  prober_->follow(sites_.probes());
  for (const auto& address : listening_.addresses()) say("listening on " + address);
  main_.spawn(keep_tickets());
  main_.spawn(keep_certificates());
  main_.spawn(tell_of_limits());
  main_.spawn(watch_idleness());
  if (!invocation_.successor.empty())
    main_.spawn(end_unfed());
  else if (file_.feed_hold)
    main_.spawn(end_hold(*file_.feed_hold));
  main_.spawn(announce());
  main_.run();
  return exit_code_;
}

config::Problems Gateway::open(const config::GatewayFile& file, const HandedFiles& handed, bool first) {
  config::Problems problems;
  // As they are before they are loaded, so that no change is missed.
  net::FileWatch watch(watched_files(file.listeners));
  certificates_ = net::FileWatch(watched_files(file_.listeners));
  const int log = proxy::open_access_log(file.access_log);
  if (log == -2) problems.push_back({path_, 0, 0, "cannot open the access log " + file.access_log, false});
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t count = first ? (file.workers == 0 ? cores : file.workers) : workers_.size();
  auto changes = listening_.change(file.listeners, count, path_, handed, problems);
  if (config::has_errors(problems)) return problems;
  // Trust belongs to the port that clients reach.
  auto with_ports = file;
  for (auto& listener : with_ports.listeners) listener.port = listening_.port_of(listener);
  if (first) {
    sites_.workers(count);
    sites_.places_of_site(places_of_site());
  }
  const auto change = sites_.load(with_ports);
  for (const auto& problem : change.problems) problems.push_back({path_, 0, 0, problem, false});
  const auto limits = connection_limits(file.limits, descriptor_limit());
  if (file.limits.connections && limits.connections > descriptor_limit())
    problems.push_back({path_, 0, 0, "\"limits.connections\" is more than the descriptors that this process may open", true});
  limits_->use(limits);
  file_ = file;
  certificates_ = std::move(watch);
  for (std::size_t i = 0; i != count; ++i) {
    if (first)
      workers_.push_back(std::make_unique<WorkerThread>(
          WorkerThread::Start{sites_.snapshot(), server_settings(file), file.dialer_socket, log, ticket_keys_,
                              file.feed_hold.has_value(), i, !invocation_.successor.empty(), limits_, line_}));
    auto& worker = *workers_[i];
    worker.post([&worker, listeners = std::move(changes[i]), snapshot = sites_.snapshot(), change, log, first,
                 settings = server_settings(file)]() mutable {
      worker.use(snapshot, change);
      worker.use(settings);
      worker.listen(std::move(listeners));
      if (!first) worker.reopen_log(log);
    });
  }
  return problems;
}

bool Gateway::start_admin(const std::string& socket) {
  if (socket.empty()) return true;
  admin_socket_.reset(listening_.take_inherited(socket));
  if (admin_socket_) {
    net::listen_again(admin_socket_.get());
  } else {
    const auto opened = net::listen_unix(socket, 0600);
    if (opened.descriptor < 0) {
      say(opened.problem);
      return false;
    }
    admin_socket_.reset(opened.descriptor);
  }
  admin_ = make_admin(*this);
  admin_server_ = std::make_unique<http::Server>(main_, *admin_);
  listen_admin();
  return true;
}

bool Gateway::start_metrics() {
  if (!file_.metrics) return true;
  // Shared, so that a successor can have it while we drain.
  const auto opened = net::listen_tcp(file_.metrics->host, file_.metrics->port, true);
  if (opened.descriptor < 0) {
    say("metrics: " + opened.problem);
    return false;
  }
  metrics_ = make_metrics_page(*this);
  metrics_server_ = std::make_unique<http::Server>(main_, *metrics_);
  metrics_listener_ = std::make_unique<net::Listener>(main_, opened.descriptor,
                                                      [this](std::unique_ptr<net::Stream> stream, net::PeerAddress peer) {
                                                        http::ConnectionInfo info;
                                                        info.peer = std::move(peer.host);
                                                        info.http2 = false;
                                                        metrics_server_->accept(std::move(stream), std::move(info));
                                                      });
  const auto local = net::local_address(opened.descriptor);
  say("metrics on " + net::to_string(net::TcpAddress{local.host, local.port}));
  return true;
}

// On a copy of the socket, so that it stays open while nobody accepts.
void Gateway::listen_admin() {
  if (!admin_socket_) return;
  const int copy = ::fcntl(admin_socket_.get(), F_DUPFD_CLOEXEC, 0);
  admin_listener_ =
      std::make_unique<net::Listener>(main_, copy, [this](std::unique_ptr<net::Stream> stream, const net::PeerAddress&) {
        http::ConnectionInfo info;
        info.peer = "unix";
        admin_server_->accept(std::move(stream), std::move(info));
      });
}

Task<config::Problems> Gateway::reload(HandedFiles handed) {
  auto [file, problems] = read_file(path_);
  if (!config::has_errors(problems)) {
    if (file.workers != file_.workers || file.admin_socket != file_.admin_socket || file.user != file_.user ||
        file.metrics != file_.metrics)
      problems.push_back({path_, 0, 0, "workers, admin, metrics and user are read at the start only; restart for these", true});
    const auto more = open(file, handed, false);
    problems.insert(problems.end(), more.begin(), more.end());
    if (prober_) prober_->follow(sites_.probes());
    co_await post_to_all([](WorkerThread&) {});
  }
  co_return problems;
}

// The gateway file is not read again: somebody may be in the middle of changing it.
Task<config::Problems> Gateway::reload_certificates() {
  config::Problems problems;
  auto changes = listening_.change(file_.listeners, workers_.size(), path_, {}, problems);
  for (std::size_t i = 0; i != changes.size(); ++i) {
    auto& worker = *workers_[i];
    worker.post([&worker, listeners = std::move(changes[i])]() mutable { worker.listen(std::move(listeners)); });
  }
  co_await post_to_all([](WorkerThread&) {});
  co_return problems;
}

Task<> Gateway::keep_certificates() {
  net::Timer timer(main_);
  for (;;) {
    co_await timer.wait(certificate_look);
    if (draining_) co_return;
    if (!certificates_.changed()) continue;
    const auto problems = co_await reload_certificates();
    print(problems);
    say(config::has_errors(problems)
            ? "a certificate file has changed and cannot be used: what was loaded before stays in force"
            : "certificate files have changed and are loaded");
  }
}

Task<> Gateway::keep_tickets() {
  net::Timer timer(main_);
  for (;;) {
    co_await timer.wait(ticket_rotation);
    co_await rotate_tickets();
  }
}

Task<> Gateway::rotate_tickets() {
  ticket_keys_ = ticket_keys_ ? ticket_keys_->rotated() : net::TicketKeys::fresh();
  const std::function<void(WorkerThread&)> use_new = [keys = ticket_keys_](WorkerThread& worker) { worker.use(keys); };
  co_await post_to_all(use_new);
}

Task<> Gateway::post_to_all(std::function<void(WorkerThread&)> job) {
  // Returns when every worker has done it: whoever was told "done" may rely on the next request.
  auto left = std::make_shared<std::size_t>(workers_.size());
  auto done = std::make_shared<net::Waiter>();
  for (const auto& worker : workers_)
    worker->post([this, job, left, done, &worker = *worker] {
      job(worker);
      boost::asio::post(main_.context(), [left, done] {
        if (--*left == 0) done->notify();
      });
    });
  while (*left != 0) co_await done->wait();
}

void Gateway::tell_workers(const Probe& probe, bool good) {
  const auto question = probe.rules.question();
  say("endpoint " + probe.text + (good ? " answers " : " does not answer ") + question + (good ? " again" : " well"));
  for (std::size_t i = 0; i != workers_.size(); ++i)
    workers_[i]->post(
        [state = probe.state, rules = probe.rules, i, good] { state->at(i).health.probed(good, rules, net::Clock::now()); });
}

}  // namespace gw::control
