#include "gateway/control/listening.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "gateway/net/listener.hpp"

namespace gw::control {
namespace {

// sd_listen_fds(3): the first descriptor that is passed on.
constexpr int first_inherited = 3;

int number_from_environment(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): start-up, one thread
  int value = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
  return value;
}

std::string key_of(const std::string& host, std::uint16_t port) {
  return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// An entry that cannot be read was reported by the file's own check; it must never widen what is trusted.
proxy::CidrSet trusted_by(const config::Listener& listener) {
  proxy::CidrSet trusted;
  for (const auto& cidr : listener.trusted_proxies) static_cast<void>(trusted.add(cidr));
  return trusted;
}

void close_all(const std::vector<int>& descriptors) {
  for (const int descriptor : descriptors) ::close(descriptor);
}

}  // namespace

std::string listener_key(const config::Listener& listener) { return key_of(listener.host, listener.port); }

void Listening::inherit() {
  if (number_from_environment("LISTEN_PID") != ::getpid()) return;
  const int count = number_from_environment("LISTEN_FDS");
  for (int descriptor = first_inherited; descriptor < first_inherited + count; ++descriptor) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    const auto address = net::local_address(descriptor);
    inherited_[address.is_local ? net::local_path(descriptor) : key_of(address.host, address.port)].push_back(descriptor);
  }
}

int Listening::take_inherited(const std::string& path) {
  const auto found = inherited_.find(path);
  if (found == inherited_.end()) return -1;
  const int descriptor = found->second.back();
  found->second.pop_back();
  if (found->second.empty()) inherited_.erase(found);
  return descriptor;
}

void Listening::close_rest() {
  for (const auto& [key, sockets] : inherited_) close_all(sockets);
  inherited_.clear();
}

std::vector<int> Listening::descriptors() const {
  std::vector<int> all;
  for (const auto& [key, open] : open_) all.insert(all.end(), open.sockets.begin(), open.sockets.end());
  return all;
}

std::vector<int> Listening::take_inherited(const config::Listener& listener, std::size_t workers) {
  const auto found = inherited_.find(listener_key(listener));
  if (found == inherited_.end()) return {};
  auto sockets = std::move(found->second);
  inherited_.erase(found);
  // Fewer sockets than workers: several workers accept from one. More: some workers accept from several, for whoever waits in the
  // queue of a socket that is closed is reset.
  const auto own = sockets.size();
  while (sockets.size() < workers) sockets.push_back(::fcntl(sockets[sockets.size() % own], F_DUPFD_CLOEXEC, first_inherited));
  return sockets;
}

std::vector<int> Listening::bind(const config::Listener& listener, std::size_t workers, std::string& problem) {
  std::vector<int> sockets;
  auto port = listener.port;
  for (std::size_t i = 0; i != workers; ++i) {
    // The first one alone, so that another process on the same address is an error and not a silent sharer.
    const auto opened = net::listen_tcp(listener.host, port, workers > 1);
    if (opened.descriptor < 0) {
      problem = opened.problem;
      close_all(sockets);
      return {};
    }
    sockets.push_back(opened.descriptor);
    port = net::local_address(opened.descriptor).port;
  }
  return sockets;
}

std::shared_ptr<net::TlsContext> Listening::load(const config::Listener& listener, const HandedFiles& handed,
                                                 const std::string& file, config::Problems& problems) const {
  auto loaded = load_tls(listener, handed);
  const auto known = open_.find(listener_key(listener));
  // Root could read them when we started; it has not handed them over this time.
  const bool keep = loaded.denied && known != open_.end() && known->second.listener == listener;
  for (const auto& sentence : loaded.problems)
    problems.push_back({file, 0, 0, sentence + (keep ? "; what was loaded before stays in force" : ""), keep});
  return keep ? known->second.tls : loaded.context;
}

std::vector<std::vector<ListenerChange>> Listening::change(const std::vector<config::Listener>& listeners, std::size_t workers,
                                                           const std::string& file, const HandedFiles& handed,
                                                           config::Problems& problems) {
  std::vector<std::vector<ListenerChange>> changes(workers);
  std::map<std::string, Open> open;
  std::vector<int> fresh;
  for (const auto& listener : listeners) {
    const auto key = listener_key(listener);
    std::shared_ptr<net::TlsContext> tls;
    if (listener.tls) tls = load(listener, handed, file, problems);
    std::vector<int> sockets(workers, -1);
    if (const auto known = open_.find(key); known != open_.end()) {
      open[key] = {known->second.address, listener, tls, known->second.sockets};
    } else {
      std::string problem;
      sockets = take_inherited(listener, workers);
      if (sockets.empty()) sockets = bind(listener, workers, problem);
      if (sockets.empty()) {
        problems.push_back({file, 0, 0, problem, false});
        continue;
      }
      const auto real = net::local_address(sockets.front());
      open[key] = {key_of(real.host, real.port), listener, tls, sockets};
      fresh.insert(fresh.end(), sockets.begin(), sockets.end());
    }
    const auto trusted = trusted_by(listener);
    for (std::size_t i = 0; i != workers; ++i)
      changes[i].push_back({key, sockets[i], tls, listener.proxy_protocol, trusted, listener.http2, {}});
    for (std::size_t i = workers; i < sockets.size(); ++i) changes[i % workers].back().more.push_back(sockets[i]);
  }
  if (config::has_errors(problems)) {
    close_all(fresh);
    return {};
  }
  open_ = std::move(open);
  return changes;
}

std::uint16_t Listening::port_of(const config::Listener& listener) const {
  std::uint16_t port = listener.port;
  if (const auto known = open_.find(listener_key(listener)); known != open_.end()) {
    const auto& real = known->second.address;
    std::from_chars(real.data() + real.rfind(':') + 1, real.data() + real.size(), port);
  }
  return port;
}

std::vector<std::string> Listening::addresses() const {
  std::vector<std::string> result;
  for (const auto& [key, open] : open_) result.push_back(open.address);
  return result;
}

}  // namespace gw::control
