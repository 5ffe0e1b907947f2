#pragma once
// Which start of which container has which namespace. Decides only; opens and enters nothing.
//
// Invariant: one start of a container is registered at a time, the latest that was announced. An ask that names another
// start is refused, so a socket never leads into a container that the asker did not mean.

#include <map>
#include <string>
#include <vector>

#include "gateway/net/descriptor_passing.hpp"
#include "gateway/net/dialer_message.hpp"

namespace runtime::dialer {

class Registry {
 public:
  struct Entry {
    std::uint64_t generation = 0;
    gw::net::Descriptor network;  ///< keeps the namespace alive, so that its number cannot come to mean another one
    std::vector<gw::net::IpAddress> addresses;
  };
  struct Found {
    gw::net::DialerStatus status = gw::net::DialerStatus::ok;
    const Entry* entry = nullptr;  ///< valid until the registry changes
  };

  explicit Registry(std::size_t capacity) : capacity_(capacity) {}

  /// The same start may be registered again (the runtime does so when it adopts us).
  gw::net::DialerStatus add(const gw::net::DialerRegister& registration, gw::net::Descriptor network);
  gw::net::DialerStatus remove(const gw::net::DialerUnregister& end);
  Found find(const std::string& container, std::uint64_t generation) const;
  gw::net::DialerListing page(const gw::net::DialerList& list) const;
  std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::size_t capacity_;
  std::map<std::string, Entry> entries_;
};

}  // namespace runtime::dialer
