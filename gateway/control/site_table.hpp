#pragma once
// All sites, and the snapshots made from them. Main thread only; the snapshots it hands out are immutable. Putting one
// site rebuilds only the groups of that site's hosts, and shares all others with the snapshot before.

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/gateway_file.hpp"
#include "gateway/control/feed.hpp"
#include "gateway/control/prober.hpp"
#include "gateway/control/upstream_table.hpp"
#include "gateway/proxy/snapshot.hpp"

namespace gw::control {

/// What a change did, or why it did nothing.
struct Change {
  std::vector<std::string> problems;  ///< not empty: nothing was changed
  bool conflict = false;              ///< a host belongs to another site (409 instead of 400)
  bool changed = false;               ///< there is a new snapshot to post
  std::vector<std::string> vanished;  ///< endpoints that nobody uses any more: drop their pools
  std::vector<std::string> probes;    ///< keys of `probes` that are new, gone or asked differently
  std::vector<std::string> hosts;     ///< patterns whose routes are not what they were
};

class SiteTable {
 public:
  SiteTable();

  /// How many workers keep account of each endpoint. Before the first site.
  void workers(std::size_t count) {
    workers_ = count;
    upstreams_.workers(count);
  }

  /// What the sites that were fed may have in flight when they do not say. Before the first site.
  void places_of_site(unsigned most) { upstreams_.places_of_site(most); }

  /// How many sites are counted each by itself. Before the first site.
  void counted_sites(std::size_t most) { upstreams_.counted_sites(most); }

  /// Takes the routes, timeouts, name and trust of a checked file; its routes are the site with the empty id. Used again
  /// for a reload: sites that were fed stay.
  Change load(const config::GatewayFile& file);

  /// PUT /v1/sites/<id>
  Change put(std::string_view id, std::string_view json);
  /// DELETE /v1/sites/<id>; `changed` is false when there is no such site.
  Change erase(std::string_view id);

  /// Another state for a site that is there; nothing else of it changes.
  Change set_state(std::string_view id, proxy::SiteState state);
  /// The site in force with that id; null: there is none.
  std::shared_ptr<const proxy::Site> site(std::string_view id) const;
  /// All that were fed.
  std::vector<std::shared_ptr<const proxy::Site>> sites() const;
  /// When that site may sleep.
  SiteSleep sleep_of(std::string_view id) const;

  /// Has anybody told us of sites besides the file's?
  bool fed() const noexcept { return sites_.size() > 1; }

  /// Every site has been told: from here on a host that is not known is not there.
  Change complete();

  /// The configuration in force now.
  std::shared_ptr<const proxy::Snapshot> snapshot() const noexcept { return snapshot_; }

  /// The endpoints that are to be asked whether they are well.
  const Probes& probes() const noexcept { return probes_; }

  /// The upstreams of all routes, site by site; one that several routes share comes several times.
  std::vector<std::shared_ptr<const proxy::Upstream>> upstreams() const;

  /// The sites, for `GET /v1/status`: `{"sites": [{"id", "state", "hosts", "routes", ...}]}`.
  boost::json::object status() const;

 private:
  using Sites = std::map<std::string, SiteSpec, std::less<>>;

  void check_claims(std::string_view id, const SiteSpec&, Change&) const;
  void replace(const std::string& id, const SiteSpec* before, const SiteSpec* after, proxy::Snapshot& next, Change&);
  void count_probes(std::string_view id, const SiteSpec&, int by, std::vector<std::string>& touched);
  void count_endpoints(const SiteSpec&, int by, std::vector<std::string>* vanished);

  std::size_t workers_ = 1;
  Sites sites_;
  /// By a hash of the address: the names alone of 30,000 endpoints take 6 MB. Two that share one only keep their pools longer.
  std::unordered_map<std::uint64_t, std::uint32_t> endpoint_uses_;
  UpstreamTable upstreams_;
  Probes probes_;
  std::shared_ptr<const proxy::Snapshot> snapshot_;
};

/// May this be a site's id: 1 to 200 letters, digits and `. _ - / ~`?
bool valid_site_id(std::string_view id) noexcept;

}  // namespace gw::control
