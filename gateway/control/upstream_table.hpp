#pragma once
// Makes the upstreams of snapshots, with the states of their endpoints: what was known of an endpoint is still known after a
// change that kept it. Main thread only.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/control/feed.hpp"
#include "gateway/proxy/route.hpp"

namespace gw::control {

/// What an endpoint is known by: the site and upstream that it belongs to, its address, and what it is asked.
std::string state_key(std::string_view site, const SiteRoute& route, const config::EndpointEntry& entry);

class UpstreamTable {
 public:
  void workers(std::size_t count) { workers_ = count; }

  /// How many requests a site that was fed may have in flight when it does not say; 0: no limit.
  void places_of_site(unsigned most) { places_of_site_ = most; }

  /// How many sites are counted each by itself; those beyond are counted together. Before the first site.
  void counted_sites(std::size_t most) { most_tallies_ = most; }

  /// What is known of an endpoint; null: nothing.
  std::shared_ptr<proxy::EndpointState> known(const std::string& key) const;

  /// The upstreams of one change, shared by the routes that name the same endpoints.
  class Change {
   public:
    Change(UpstreamTable& table, std::string_view site) : table_(table), site_(site) {}
    std::shared_ptr<const proxy::Upstream> of(const SiteRoute& route);

   private:
    UpstreamTable& table_;
    std::string_view site_;
    std::vector<std::pair<const SiteRoute*, std::shared_ptr<const proxy::Upstream>>> made_;
  };

 private:
  std::shared_ptr<const proxy::Upstream> make(std::string_view site, const SiteRoute& route);
  std::shared_ptr<proxy::EndpointState> state(const std::string& key);
  std::shared_ptr<proxy::Gate> gate(const std::string& key);
  std::shared_ptr<proxy::RetryBudget> budget(const std::string& key);
  std::shared_ptr<proxy::Tally> tally(const std::string& label);
  void sweep();

  std::size_t workers_ = 1;
  /// By site, upstream and endpoint. A state lives as long as a snapshot has it.
  std::map<std::string, std::weak_ptr<proxy::EndpointState>, std::less<>> states_;
  std::map<std::string, std::weak_ptr<proxy::Gate>, std::less<>> gates_;  ///< likewise
  std::map<std::string, std::weak_ptr<proxy::RetryBudget>, std::less<>>
      budgets_;                                                              ///< by site, upstream and endpoints; likewise
  std::map<std::string, std::weak_ptr<proxy::Tally>, std::less<>> tallies_;  ///< by label; likewise
  std::shared_ptr<proxy::Tally> rest_;                                       ///< of the sites that are too many
  std::size_t most_tallies_ = 10'000;
  unsigned places_of_site_ = 0;
  std::size_t swept_at_ = 0;  ///< so many there were when those that are gone were last taken out
};

}  // namespace gw::control
