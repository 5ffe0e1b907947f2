#include "runtime/dialer/registry.hpp"

namespace runtime::dialer {

using gw::net::DialerStatus;

DialerStatus Registry::add(const gw::net::DialerRegister& registration, gw::net::Descriptor network) {
  const auto known = entries_.find(registration.container);
  if (known == entries_.end() && entries_.size() >= capacity_) return DialerStatus::full;
  if (known != entries_.end() && known->second.generation > registration.generation) return DialerStatus::old_generation;
  entries_.insert_or_assign(registration.container, Entry{registration.generation, std::move(network), registration.addresses});
  return DialerStatus::ok;
}

DialerStatus Registry::remove(const gw::net::DialerUnregister& end) {
  const auto known = entries_.find(end.container);
  if (known == entries_.end()) return DialerStatus::unknown_container;
  if (known->second.generation > end.generation) return DialerStatus::old_generation;
  entries_.erase(known);
  return DialerStatus::ok;
}

Registry::Found Registry::find(const std::string& container, std::uint64_t generation) const {
  const auto known = entries_.find(container);
  if (known == entries_.end()) return {DialerStatus::unknown_container, nullptr};
  if (known->second.generation > generation) return {DialerStatus::old_generation, nullptr};
  if (known->second.generation < generation) return {DialerStatus::future_generation, nullptr};
  return {DialerStatus::ok, &known->second};
}

gw::net::DialerListing Registry::page(const gw::net::DialerList& list) const {
  gw::net::DialerListing listing{list.tag, {}};
  for (auto entry = entries_.upper_bound(list.after); entry != entries_.end() && listing.entries.size() < gw::net::dialer_page;
       ++entry)
    listing.entries.push_back({entry->first, entry->second.generation});
  return listing;
}

}  // namespace runtime::dialer
