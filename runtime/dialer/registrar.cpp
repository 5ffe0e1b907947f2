#include "runtime/dialer/registrar.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace runtime::dialer {

using gw::net::Descriptor;
using gw::net::DialerStatus;
using gw::net::Passed;

Registrar::Registrar(std::string socket_path, std::chrono::milliseconds timeout)
    : path_(std::move(socket_path)), timeout_(timeout) {}

Outcome Registrar::add(const Inspect& inspect) {
  constexpr int tries = 3;
  std::string container;
  for (int i = 0; i < tries; ++i) {
    const auto before = inspect();
    if (!before) return {DialerStatus::unknown_container, "the container does not run"};
    container = before->container;
    std::array<Descriptor, 1> network{open_network_namespace(*before)};
    const auto after = inspect();
    if (!after || after->generation != before->generation || after->pid != before->pid || !network[0]) continue;
    const gw::net::DialerRegister registration{next_tag_++, after->container, after->generation, after->addresses};
    return outcome(call(registration, network), container);
  }
  return {DialerStatus::unknown_container, "the namespace of container " + container + " cannot be opened"};
}

std::vector<std::string> Registrar::add_all(const std::vector<Inspect>& containers) {
  std::vector<std::string> problems;
  for (const auto& inspect : containers)
    if (auto result = add(inspect); !result.ok()) problems.push_back(std::move(result.problem));
  return problems;
}

Outcome Registrar::remove(const std::string& container, std::uint64_t generation) {
  auto result = outcome(call(gw::net::DialerUnregister{next_tag_++, container, generation}), container);
  if (result.status == DialerStatus::unknown_container) return {};
  return result;
}

std::optional<std::vector<gw::net::DialerListing::Entry>> Registrar::list() {
  std::vector<gw::net::DialerListing::Entry> all;
  for (;;) {
    const auto reply = call(gw::net::DialerList{next_tag_++, all.empty() ? std::string() : all.back().container});
    const auto* page = reply ? std::get_if<gw::net::DialerListing>(&*reply) : nullptr;
    if (page == nullptr) return std::nullopt;
    all.insert(all.end(), page->entries.begin(), page->entries.end());
    if (page->entries.size() < gw::net::dialer_page) return all;
  }
}

std::optional<DialerState> Registrar::ping() {
  const auto reply = call(gw::net::DialerPing{next_tag_++});
  const auto* done = reply ? std::get_if<gw::net::DialerDone>(&*reply) : nullptr;
  if (done == nullptr) return std::nullopt;
  return DialerState{done->instance, done->containers};
}

std::optional<gw::net::DialerReply> Registrar::call(const gw::net::DialerRequest& request,
                                                    std::span<const Descriptor> descriptors) {
  const auto packet = gw::net::encode(request);
  const auto tag = std::visit([](const auto& message) { return message.tag; }, request);
  // Every request may be repeated: a connection that a restarted dialer closed is found out by using it.
  const bool reused = static_cast<bool>(socket_);
  if (auto reply = call_once(packet, tag, descriptors)) return reply;
  socket_.reset();
  if (!reused) return std::nullopt;
  auto reply = call_once(packet, tag, descriptors);
  if (!reply) socket_.reset();
  return reply;
}

std::optional<gw::net::DialerReply> Registrar::call_once(const std::string& packet, std::uint32_t tag,
                                                         std::span<const Descriptor> descriptors) {
  if (!socket_ && !connect()) return std::nullopt;
  if (gw::net::send_packet(socket_.get(), packet, descriptors) != Passed::done) return std::nullopt;
  std::array<char, gw::net::dialer_packet_bytes> buffer;
  std::size_t length = 0;
  std::vector<Descriptor> none;
  if (gw::net::receive_packet(socket_.get(), buffer, length, none, 0) != Passed::done) return std::nullopt;
  auto reply = gw::net::decode_dialer_reply({buffer.data(), length});
  if (!reply || std::visit([](const auto& message) { return message.tag; }, *reply) != tag) return std::nullopt;
  return reply;
}

bool Registrar::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  timeval limit{};
  limit.tv_sec = timeout_.count() / 1000;
  limit.tv_usec = timeout_.count() % 1000 * 1000;
  // The send timeout also bounds connect: it waits while the backlog of the listener is full.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
  socket_ = std::move(socket);
  return true;
}

Outcome Registrar::outcome(const std::optional<gw::net::DialerReply>& reply, const std::string& container) const {
  const auto* done = reply ? std::get_if<gw::net::DialerDone>(&*reply) : nullptr;
  if (done == nullptr) return {DialerStatus::no_sockets, "the dialer does not answer at " + path_};
  if (done->status == DialerStatus::ok) return {};
  return {done->status, "the dialer refused container " + container + ": " + std::string(name(done->status))};
}

Descriptor open_network_namespace(const Start& start) {
  if (!start.sandbox_key.empty()) {
    Descriptor network(::open(start.sandbox_key.c_str(), O_RDONLY | O_CLOEXEC));
    if (network) return network;
  }
  if (start.pid <= 0) return {};
  return Descriptor(::open(("/proc/" + std::to_string(start.pid) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
}

}  // namespace runtime::dialer
