#pragma once
// Sockets inside containers, from the dialer. One connection to it per worker, made when first needed and again after a
// restart of the dialer; asks are pipelined. Lives on its worker's thread.

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/net/address.hpp"
#include "gateway/net/connect.hpp"
#include "gateway/net/dialer_message.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

class DialerLink;
class PendingAsk;

class DialerClient final : public ContainerDialer {
 public:
  DialerClient(Worker& worker, std::string socket_path);
  ~DialerClient();
  DialerClient(const DialerClient&) = delete;
  DialerClient& operator=(const DialerClient&) = delete;

  /// Unconnected sockets that live in the container's namespace, and the addresses that it has there.
  struct Dialed {
    std::vector<Descriptor> v4;
    std::vector<Descriptor> v6;
    std::vector<IpAddress> addresses;
  };
  /// At most `dialer_sockets` in all. Every failure is {dialer, upstream, always}: nothing has left us.
  Task<Result<Dialed>> dial(ContainerAddress address, std::uint8_t v4, std::uint8_t v6, Duration timeout);

  /// A connection to the port: at the address where it was found last time, else at each in this order: the container's
  /// own (first, since a source of 127.0.0.1 makes some apps trust strangers), 127.0.0.1, ::1 (`localhost` for Node).
  /// `refused` when nobody listens at any of them. The client must outlive the call.
  Task<Result<Descriptor>> connect(const ContainerAddress& address, Duration timeout, Cancellation* cancel = nullptr) override;

 private:
  struct Found {
    std::uint64_t generation = 0;
    IpAddress address;
  };
  struct Attempt {
    IpAddress address;
    Descriptor socket;
  };

  Task<Result<Dialed>> ask(const ContainerAddress& address, std::uint8_t v4, std::uint8_t v6, Duration timeout);
  Task<Result<Descriptor>> connect_anywhere(const ContainerAddress& address, Clock::time_point end, Cancellation* cancel);
  static Dialed adopt(PendingAsk& answered);
  std::shared_ptr<DialerLink> link();
  static std::vector<Attempt> attempts(Dialed dialed);
  void remember(const ContainerAddress& address, const Attempt& attempt);

  Worker& worker_;
  std::string path_;
  std::shared_ptr<DialerLink> link_;
  std::uint32_t next_tag_ = 1;
  /// By container and port; bounded, any entry may be dropped.
  std::unordered_map<std::string, Found> found_;
};

}  // namespace gw::net
