"""The protections of traces, timing and log, in the form that mutants.py describes; tests/mutate takes them with those."""
TRACE = "gateway/proxy/policies/trace.cpp"
TIMING = "gateway/proxy/policies/server_timing.cpp"
HANDLE = "gateway/proxy/handle.cpp"
FORWARD = "gateway/proxy/forward.cpp"
SERVER = "gateway/http/server.cpp"
CONFIG = "config/gateway_file.cpp"
FILE = "gateway/proxy/snapshot.cpp"

MUTANTS = [
    # Traces
    ("proxy_test:Trace.what_is_malformed*", TRACE, "if («text.size() < whole_size» ||", "text.size() < whole_size - 1"),
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
    ("proxy_test:Trace.off*", TRACE, "if («!context.snapshot.trace») return", "false"),
    ("proxy_test:Trace.no_two*", TRACE, "put_hex(&out[trace_at + trace_size / 2], «unique_number()»)", "0"),
    ("test_observation.py:left_alone", FILE, "snapshot.trace = «file.trace»", "true"),
    # Timing
    ("proxy_test:ServerTiming.is_nobodys*", TIMING, "if («!context.snapshot.server_timing») return", "false"),
    ("proxy_test:ServerTiming.stands*", TIMING, "«response.fields.add(\"server-timing\", value);»", 'response.fields.erase("server-timing"); response.fields.add("server-timing", value);'),
    ("config_test:GatewayFile.what_is_told*", CONFIG, 'out.server_timing = file.boolean("server_timing").value_or(«false»)', "true"),
    # The log
    ("test_observation.py:wait_for_a_place", FORWARD, "«queued = net::Clock::now() - began;»", None),
    ("test_observation.py:version_of_tls", SERVER, "«info_.tls_version = stream_->tls()->version();»", None),
    ("test_observation.py:all_phases", HANDLE, "«record.trace_id = context.trace_id;»", None),
]
