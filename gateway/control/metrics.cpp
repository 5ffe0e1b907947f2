#include "gateway/control/metrics.hpp"

#include <algorithm>
#include <set>

#include "gateway/control/exposition.hpp"

namespace gw::control {
namespace {

using Type = Exposition::Type;

constexpr std::array<std::string_view, 6> classes{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

void tell_requests(Exposition& out, const Readings& readings) {
  out.family("spaceport_gateway_requests_total", Type::counter, "Requests that are over, by the class of their status.");
  for (const auto& [site, reading] : readings.sites)
    for (std::size_t i = 0; i != classes.size(); ++i)
      if (const auto count = reading.counts.by_class[i]; count != 0) out.sample({{"site", site}, {"code", classes[i]}}, count);
  out.family("spaceport_gateway_errors_total", Type::counter,
             "Requests that the gateway refused or failed, by the cause that X-Gateway-Error names.");
  for (const auto& [site, reading] : readings.sites) {
    const auto& causes = reading.counts.causes;
    for (std::size_t i = 0; i != causes.size(); ++i)
      if (causes[i] != 0) out.sample({{"site", site}, {"cause", net::name(static_cast<net::Code>(i))}}, causes[i]);
  }
}

void tell_durations(Exposition& out, const Readings& readings) {
  using proxy::SiteCounts;
  out.family("spaceport_gateway_request_duration_seconds", Type::histogram,
             "From the whole head of a request to the end of its answer, without WebSockets.");
  for (const auto& [site, reading] : readings.sites) {
    if (!reading.visited()) continue;
    const auto& counts = reading.counts;
    std::uint64_t together = 0;
    for (std::size_t i = 0; i != counts.took.size(); ++i) {
      together += counts.took[i];
      const bool last = i == SiteCounts::bounds.size();
      const auto bound = last ? "+Inf" : number(std::chrono::duration<double>(SiteCounts::bounds[i]).count());
      out.sample({{"site", site}, {"le", bound}}, together, "_bucket");
    }
    out.sample({{"site", site}}, std::chrono::duration<double>(counts.took_together).count(), "_sum");
    out.sample({{"site", site}}, together, "_count");
  }
}

/// A family with one number for each site that `take` finds one in.
template <class Take>
void tell_each(Exposition& out, const Readings& readings, std::string_view name, Type type, std::string_view help, Take take) {
  out.family(name, type, help);
  for (const auto& [site, reading] : readings.sites)
    if (const std::optional<std::uint64_t> value = take(reading)) out.sample({{"site", site}}, *value);
}

void tell_sites(Exposition& out, const Readings& readings) {
  using Number = std::optional<std::uint64_t>;
  tell_each(out, readings, "spaceport_gateway_request_bytes_total", Type::counter, "Bytes of the bodies of requests.",
            [](const SiteReading& site) -> Number { return site.visited() ? Number(site.counts.bytes_in) : Number(); });
  tell_each(out, readings, "spaceport_gateway_response_bytes_total", Type::counter, "Bytes of the bodies of answers.",
            [](const SiteReading& site) -> Number { return site.visited() ? Number(site.counts.bytes_out) : Number(); });
  const auto limited = [](std::uint64_t SiteReading::*member) {
    return [member](const SiteReading& site) { return site.limited ? Number(site.*member) : Number(); };
  };
  tell_each(out, readings, "spaceport_gateway_site_in_flight", Type::gauge, "Requests that hold a place of the site.",
            limited(&SiteReading::in_flight));
  tell_each(out, readings, "spaceport_gateway_site_waiting", Type::gauge, "Requests that wait for a place.",
            limited(&SiteReading::waiting));
  tell_each(out, readings, "spaceport_gateway_site_saturated_total", Type::counter,
            "Requests that were sent away because the queue was full or the wait too long.", limited(&SiteReading::refused));
}

void tell_endpoints(Exposition& out, const Readings& readings) {
  const auto tell = [&](std::string_view name, std::string_view help, auto take) {
    out.family(name, Type::gauge, help);
    for (const auto& [site, reading] : readings.sites)
      for (const auto& [text, endpoint] : reading.endpoints) out.sample({{"site", site}, {"endpoint", text}}, take(endpoint));
  };
  tell("spaceport_gateway_endpoint_state", "0 up, 1 warming up, 2 ejected for failed requests, 3 down by its probes.",
       [](const EndpointReading& one) { return static_cast<std::uint64_t>(one.state); });
  tell("spaceport_gateway_endpoint_in_flight", "Requests at the endpoint.",
       [](const EndpointReading& one) { return one.in_flight; });
}

void tell_limits(Exposition& out, const Readings& readings) {
  if (readings.most_connections != 0)
    out.one("spaceport_gateway_connections_limit", Type::gauge, "Connections that clients may have together.",
            readings.most_connections);
  out.family("spaceport_gateway_connections_refused_total", Type::counter,
             "Connections that were reset at once: too_many, the client had its share; too_fast, it opened them too fast.");
  out.sample({{"cause", "too_many"}}, readings.limits.too_many);
  out.sample({{"cause", "too_fast"}}, readings.limits.too_fast);
  out.family("spaceport_gateway_accept_pauses_total", Type::counter,
             "Times that nobody was accepted for a while: full, all connections were in use; descriptors, none were left.");
  out.sample({{"cause", "full"}}, readings.limits.full);
  out.sample({{"cause", "descriptors"}}, readings.limits.descriptors);
}

void tell_clients(Exposition& out, const WorkerReport& total) {
  out.one("spaceport_gateway_connections", Type::gauge, "Connections of clients.", total.connections);
  out.one("spaceport_gateway_accepted_total", Type::counter, "Connections that were accepted.", total.accepted);
  out.one("spaceport_gateway_requests_in_flight", Type::gauge, "Requests under way.", total.counters.in_flight);
  out.one("spaceport_gateway_tls_handshakes_total", Type::counter, "TLS handshakes that were completed.", total.tls.handshakes);
  out.one("spaceport_gateway_tls_resumptions_total", Type::counter, "Of these, with a session of an earlier connection.",
          total.tls.resumed);
  out.one("spaceport_gateway_tls_failures_total", Type::counter, "TLS handshakes that failed.", total.tls.failed);
  out.one("spaceport_gateway_http2_connections_total", Type::counter, "HTTP/2 connections.", total.http2.connections);
  out.one("spaceport_gateway_http2_streams_total", Type::counter, "HTTP/2 streams.", total.http2.streams);
  out.one("spaceport_gateway_http2_resets_received_total", Type::counter, "HTTP/2 streams that clients reset.",
          total.http2.resets_received);
  out.one("spaceport_gateway_http2_resets_sent_total", Type::counter, "HTTP/2 streams that were reset for a client's fault.",
          total.http2.resets_sent);
  out.one("spaceport_gateway_http2_calmed_total", Type::counter, "HTTP/2 connections that were ended for too many oddities.",
          total.http2.calmed);
}

void tell_upstreams(Exposition& out, const proxy::Counters& total) {
  out.one("spaceport_gateway_upstream_connects_total", Type::counter, "Connections to endpoints that were made.",
          total.connects);
  out.one("spaceport_gateway_upstream_connect_failures_total", Type::counter,
          "Connections to endpoints that could not be made.", total.connect_failures);
  out.one("spaceport_gateway_upstream_reused_total", Type::counter, "Requests that found a connection in the pool.",
          total.reused);
  out.one("spaceport_gateway_upstream_pooled", Type::gauge, "Connections in the pools.", total.pooled);
  out.one("spaceport_gateway_retries_total", Type::counter, "Requests that were tried a second time.", total.retries);
  out.one("spaceport_gateway_retries_refused_total", Type::counter,
          "Requests that were not, because too many requests to their upstream had been of late.", total.retries_refused);
  out.one("spaceport_gateway_access_log_dropped_lines_total", Type::counter, "Lines of the access log that nobody took.",
          total.dropped_log_lines);
}

void tell_sleep(Exposition& out, const Readings& readings) {
  const auto& total = readings.total.counters;
  out.one("spaceport_gateway_requests_held", Type::gauge, "Requests that wait for a Space that sleeps.", total.held);
  out.one("spaceport_gateway_holds_total", Type::counter, "Requests that have waited for a Space that slept.",
          total.held_before);
  out.one("spaceport_gateway_hold_seconds_total", Type::counter, "How long they waited, together.",
          std::chrono::duration<double>(std::chrono::microseconds(total.held_microseconds)).count());
  out.one("spaceport_gateway_wakes_asked_total", Type::counter, "Times that somebody wanted a Space that slept.",
          readings.wakes_asked);
}

void tell_process(Exposition& out, const Readings& readings) {
  out.family("spaceport_gateway_build_info", Type::gauge, "Which gateway this is.");
  out.sample({{"version", SPACEPORT_VERSION}}, 1U);
  out.one("spaceport_gateway_workers", Type::gauge, "Threads that serve.", readings.workers);
  out.one("spaceport_gateway_draining", Type::gauge, "1: it ends when its last request has.", readings.draining ? 1U : 0U);
  out.one("process_resident_memory_bytes", Type::gauge, "Resident memory.", readings.process.resident_bytes);
  out.one("process_open_fds", Type::gauge, "Open file descriptors.", readings.process.descriptors);
  out.one("process_max_fds", Type::gauge, "Descriptors that may be open.", readings.process.most_descriptors);
  out.one("process_cpu_seconds_total", Type::counter, "Processor time, of the user and of the system.",
          readings.process.cpu_seconds);
  out.one("process_start_time_seconds", Type::gauge, "When it was started, in seconds since 1970.", readings.started);
}

}  // namespace

bool SiteReading::visited() const noexcept {
  return std::any_of(counts.by_class.begin(), counts.by_class.end(), [](auto count) { return count != 0; });
}

Tallies tallies_of(const Upstreams& upstreams) {
  Tallies tallies;
  std::set<const proxy::Tally*> known;
  for (const auto& upstream : upstreams)
    if (upstream->tally && known.insert(upstream->tally.get()).second) tallies.push_back(upstream->tally);
  return tallies;
}

void read_upstreams(Readings& readings, const Upstreams& upstreams) {
  std::set<const void*> known;
  for (const auto& upstream : upstreams) {
    if (!upstream->tally || !known.insert(upstream.get()).second) continue;
    auto& site = readings.sites[upstream->tally->label()];
    // A site's upstreams stand before the same gate.
    for (const auto* gate : {upstream->gate.get(), upstream->endpoint_gate.get()}) {
      if (gate == nullptr || !known.insert(gate).second) continue;
      site.limited = true;
      if (gate == upstream->gate.get()) site.in_flight += gate->in_flight();
      site.waiting += gate->waiting();
      site.refused += gate->refused();
    }
    if (upstream->tally->of() == proxy::Tally::Of::many_sites) continue;
    for (const auto& endpoint : upstream->endpoints) {
      if (!endpoint.state || !known.insert(endpoint.state.get()).second) continue;
      auto& reading = site.endpoints[endpoint.text];
      for (std::size_t i = 0; i != endpoint.state->workers(); ++i) {
        const auto& seen = endpoint.state->at(i);
        reading.in_flight += seen.in_flight.load(std::memory_order_relaxed);
        reading.state = std::max(reading.state, seen.health.state());
      }
    }
  }
}

void read_worker(Readings& readings, const Tallies& tallies, const WorkerReport& report, const WorkerCounts& counts) {
  readings.total.add(report);
  readings.sites[""].counts.add(report.unrouted);
  for (const auto& [index, seen] : counts) readings.sites[tallies[index]->label()].counts.add(seen);
}

std::string metrics_text(const Readings& readings) {
  Exposition out;
  tell_requests(out, readings);
  tell_durations(out, readings);
  tell_sites(out, readings);
  tell_endpoints(out, readings);
  tell_clients(out, readings.total);
  tell_limits(out, readings);
  tell_upstreams(out, readings.total.counters);
  tell_sleep(out, readings);
  tell_process(out, readings);
  return out.take();
}

}  // namespace gw::control
