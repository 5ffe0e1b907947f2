"""The protections of traces, timing, log and metrics, in the form that mutants.py describes; tests/mutate takes them with those.

Not here: the least size of a traceparent, because what reads past it is for ASan to see."""
TRACE = "gateway/proxy/policies/trace.cpp"
TIMING = "gateway/proxy/policies/server_timing.cpp"
HANDLE = "gateway/proxy/handle.cpp"
FORWARD = "gateway/proxy/forward.cpp"
SERVER = "gateway/http/server.cpp"
CONFIG = "config/gateway_file.cpp"
FILE = "gateway/proxy/snapshot.cpp"
LINE = "gateway/proxy/log_line.hpp"
TALLY = "gateway/proxy/tally.cpp"
TEXT = "gateway/control/exposition.cpp"
METRICS = "gateway/control/metrics.cpp"
PAGE = "gateway/control/metrics_page.cpp"
ADMIN = "gateway/control/admin.cpp"
GATEWAY = "gateway/control/gateway.cpp"
TABLE = "gateway/control/upstream_table.cpp"
WORKER = "gateway/control/worker_thread.cpp"

MUTANTS = [
    # Traces
    ("proxy_test:Trace.what_is_malformed*", TRACE, "|| «text.size() > longest») return false", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "if («!is_hex(version)» ||", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, '|| «version == "ff"») return false', "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, 'if (text.size() != whole_size && («version == "00"» ||', "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "|| «text[whole_size] != '-'»)) return false", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "if («text[trace_at - 1] != '-'» ||", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "|| «text[parent_at - 1] != '-'» ||", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "|| «text[flags_at - 1] != '-'») return false", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "if («!is_hex(trace)» ||", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "|| «!is_hex(parent)» ||", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "|| «!is_hex(text.substr(flags_at, 2))») return false", "false"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "return «!is_zero(trace)» &&", "true"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "&& «!is_zero(parent)»;", "true"),
    ("proxy_test:Trace.what_is_malformed*", TRACE, '«request.fields.erase("tracestate");»', None),
    ("proxy_test:Trace.what_is_malformed*", TRACE, "«if (given) request.fields.erase(Name::traceparent);»", None),
    ("proxy_test:Trace.two_of_them*", TRACE, "&& «request.fields.count(Name::traceparent) == 1») {", "true"),
    ("proxy_test:Trace.off*", TRACE, "if («!context.snapshot->trace») return", "false"),
    ("proxy_test:Trace.no_two*", TRACE, "put_hex(&out[trace_at + trace_size / 2], «unique_number()»)", "0"),
    ("test_observation.py:left_alone", FILE, "snapshot.trace = «file.trace»", "true"),
    # Timing
    ("proxy_test:ServerTiming.is_nobodys*", TIMING, "if («!context.snapshot->server_timing») return", "false"),
    ("proxy_test:ServerTiming.stands*", TIMING, "«response.fields.add(\"server-timing\", value);»", 'response.fields.erase("server-timing"); response.fields.add("server-timing", value);'),
    ("config_test:GatewayFile.what_is_told*", CONFIG, 'out.server_timing = file.boolean("server_timing").value_or(«false»)', "true"),
    # The log
    ("proxy_test:AccessLog.every_byte*", LINE, "return «control» ||", "false"),
    ("proxy_test:AccessLog.every_byte*", LINE, "|| «not_ascii» ||", "false"),
    ("proxy_test:AccessLog.every_byte*", LINE, "|| «has_zero(eight ^ each('\"'))» ||", "false"),
    ("proxy_test:AccessLog.every_byte*", LINE, "|| «has_zero(eight ^ each('\\\\'))»;", "false"),
    ("proxy_test:AccessLog.every_byte*", LINE, "(«(eight | (eight + each(1)))» & each(0x80))", "eight"),
    ("proxy_test:AccessLog.the_longest*", "gateway/proxy/access_log.cpp", "(1 + flush_at + «longest_line»)", "16"),
    ("test_observation.py:wait_for_a_place", FORWARD, "«queued = net::Clock::now() - began;»", None),
    ("test_observation.py:version_of_tls", SERVER, "«info_.tls_version = stream_->tls()->version();»", None),
    ("test_observation.py:all_phases", HANDLE, "«record.trace_id = context.trace_id;»", None),
    # What is counted
    ("proxy_test:SiteCounts.count_statuses*", TALLY, "by_class[std::min<std::size_t>(exchange.status / 100, «by_class.size() - 1»)]", "2"),
    ("proxy_test:SiteCounts.a_bound*", TALLY, "&& «exchange.took > bounds[bucket]») ++bucket", "exchange.took >= bounds[bucket]"),
    ("proxy_test:SiteCounts.how_long*", TALLY, "«if (exchange.tunnel) return;»", None),
    ("proxy_test:SiteCounts.of_several*", TALLY, "«if (causes.size() < more.causes.size()) causes.resize(more.causes.size());»", "if (causes.empty()) return;"),
    ("proxy_test:Proxy.a_site_is_counted*", HANDLE, "(«tally != nullptr» ?", "false"),
    ("test_metrics.py:causes", HANDLE, "ended.cause = «cause»;", "std::nullopt"),
    ("proxy_test:Forward.counts_connections*", FORWARD, "moved_on = true;\n        «++with.counters.retries;»", None),
    ("proxy_test:Forward.counts_connections*", FORWARD, "pooled = false;\n      «++with.counters.retries;»", None),
    ("proxy_test:Forward.counts_connections*", FORWARD, "«++with.counters.reused;»", None),
    ("test_metrics.py:causes", FORWARD, "++(«connected» ?", "true"),
    ("test_metrics.py:tls_and_http2", SERVER, "«++server_.tls_.failed;»", None),
    ("test_metrics.py:tls_and_http2", SERVER, "if («stream_->tls()->resumed()») ++server_", "false"),
    # Cardinality
    ("control_test:SiteTable.sites_beyond*", TABLE, "if («tallies_.size() >= most_tallies_») {", "false"),
    ("control_test:SiteTable.sites_beyond*", TABLE, "if (tallies_.size() >= most_tallies_) «std::erase_if(tallies_, [](const auto& one) { return one.second.expired(); });»", None),
    ("control_test:SiteTable.a_site_that_changes*", TABLE, "at = tallies_.find(label); «at != tallies_.end()»)", "false"),
    ("control_test:Metrics.sites_that_are_counted_together*", METRICS, "if («upstream->tally->of() == proxy::Tally::Of::many_sites») continue", "false"),
    ("control_test:Metrics.a_site_that_nobody*", METRICS, "if («!reading.visited()») continue", "false"),
    ("test_metrics.py:strangers", HANDLE, "«context.route != nullptr ? context.route->upstream->tally.get() : nullptr»", "context.snapshot->router.match(\"a.test\", \"/\")->upstream->tally.get()"),
    # The text
    ("control_test:Exposition.a_label*", TEXT, "if («c == '\\\\'»)", "false"),
    ("control_test:Exposition.a_label*", TEXT, "else if («c == '\\n'»)", "false"),
    ("control_test:Exposition.a_label*", TEXT, "else if («c == '\"'» &&", "false"),
    ("control_test:Exposition.a_label*", TEXT, "&& «quoted»)", "true"),
    ("control_test:Exposition.a_family*", TEXT, "«head_.assign(\"# HELP \")».append(name)", "out_.append(\"# HELP \")"),
    ("control_test:Exposition.writes_families*", TEXT, "«head_.clear();»", None),
    ("control_test:Exposition.writes_families*", TEXT, "out_.append(«head_»).append(name_)", "std::string()"),
    ("control_test:Metrics.buckets*", METRICS, "«together += counts.took[i];»", "together = counts.took[i];"),
    ("control_test:Metrics.gates*", METRICS, "if (gate == nullptr || «!known.insert(gate).second») continue", "false"),
    ("control_test:Metrics.gates*", METRICS, "if (!endpoint.state || «!known.insert(endpoint.state.get()).second») continue", "false"),
    ("control_test:Metrics.gates*", METRICS, "reading.state = «std::max(reading.state, seen.health.state())»", "seen.health.state()"),
    ("control_test:Metrics.workers*", METRICS, "if (upstream->tally && «known.insert(upstream->tally.get()).second») tallies", "true"),
    ("control_test:Metrics.workers*", WORKER, "«tls.add(more.tls);»", None),
    ("control_test:Metrics.workers*", WORKER, "«http2.add(more.http2);»", None),
    # Where they are
    ("test_metrics.py:nothing_else", PAGE, 'return «request.path == "/metrics"» &&', "true"),
    ("test_metrics.py:nothing_else", PAGE, '&& («request.method == "GET"» ||', "true"),
    ("test_metrics.py:taken_port", GATEWAY, "if («!start_metrics()») return 1", "(start_metrics(), false)"),
    ("config_test:GatewayFile.what_is_told*", CONFIG, "return «one.port != 0 && one.port == out.metrics->port»;", "false"),
]
