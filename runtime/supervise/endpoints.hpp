#pragma once
// How the gateway reaches a container: by namespace through the dialer, or through ports published on 127.0.0.1.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/net/task.hpp"
#include "gateway/net/worker.hpp"
#include "runtime/dialer/registrar.hpp"
#include "runtime/engine/engine.hpp"

namespace runtime::supervise {

class EndpointProvider {
 public:
  virtual ~EndpointProvider() = default;
  /// `netns` or `published`, for people.
  virtual std::string_view name() const noexcept = 0;
  /// Why they are reached this way and not the better one; empty: this is the better one.
  virtual std::string_view reason() const noexcept { return {}; }
  /// Must containers publish their ports?
  virtual bool publishes() const noexcept = 0;
  /// A container has started; from now on its endpoints may be used. Nothing, or why it cannot be reached.
  virtual std::optional<std::string> attach(const engine::Container& container) = 0;
  virtual void detach(const std::string& container) = 0;
  /// The endpoint of a port as the gateway writes it; empty when there is none.
  virtual std::string endpoint(const engine::Container& container, std::uint16_t port) const = 0;
};

/// `HOST:PORT` of ports that the engine published. Works with any engine.
std::unique_ptr<EndpointProvider> published_endpoints(std::string reason = {});

/// `netns:<id>@1:<port>` by way of the dialer. A container of ours is started once in its life, so its generation is 1.
std::unique_ptr<EndpointProvider> netns_endpoints(dialer::Registrar& registrar);

/// Does a server inside the container listen on `port`? Looks into /proc/<pid>/net of a local engine, which needs no
/// connection and sees servers on 127.0.0.1 too; docker-proxy, in contrast, accepts for servers that do not listen yet.
/// Nothing: the process is gone.
std::optional<bool> listens(std::int64_t pid, std::uint16_t port);
/// The same for the text of one `/proc/net/tcp` or `tcp6` table.
bool table_listens(std::string_view table, std::uint16_t port);
/// Has any of these ports an open connection, inside the container with that process? One that its process has left says no.
bool connected(std::int64_t pid, const std::vector<std::uint16_t>& ports);
/// The same for the text of one table.
bool table_connected(std::string_view table, std::uint16_t port);
/// Does what listens on `port` listen on 127.0.0.0/8 or ::1 only? Published ports do not reach it then.
bool listens_on_loopback_only(std::int64_t pid, std::uint16_t port);
/// Does this table have a listener on `port` that is not on a loopback address?
bool table_listens_outward(std::string_view table, std::uint16_t port);

}  // namespace runtime::supervise
