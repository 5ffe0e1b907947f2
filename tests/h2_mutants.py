"""The protections of HTTP/2 from clients, in the form that mutants.py describes; tests/mutate takes them with those.

Not here, because libnghttp2 stands before or behind them and taking ours out changes nothing that anybody sees: the bound of unsent
acknowledgements (the bucket is full first), and what RequestReader says of trailers on a whole connection (its own tests see that).
"""
READER = "gateway/http/h2/request_reader.cpp"
RULES = "gateway/http/h2/field_rules.hpp"
GUARD = "gateway/http/h2/abuse_guard.cpp"
ORDER = "gateway/http/h2/frame_order.cpp"
NUMBERS = "gateway/http/h2/stream_numbers.hpp"
SERVER = "gateway/http/h2/server_connection.cpp"
SERVED = "gateway/http/h2/server_connection.hpp"
STREAM = "gateway/http/h2/server_stream.cpp"
SESSION = "gateway/http/h2/session.cpp"
BASE = "gateway/http/h2/stream_base.cpp"
CLIENT = "gateway/http/h2/client_connection.cpp"
ASKING = "gateway/http/h2/client_stream.cpp"


def rule(number, file, find, new):
    return f"http_test:Rule{number:02}.*", file, find, new


MUTANTS = [
    # Heads
    rule(48, READER, "if («!is_lower_token(name)» || !is_clean_value(value)) return Verdict::malformed;\n  if (value", "false"),
    rule(48, READER, "if (!is_lower_token(name) || «!is_clean_value(value)») return Verdict::malformed;\n  if (value", "false"),
    rule(48, READER, "if («!is_lower_token(name)» || !is_clean_value(value)) return Verdict::malformed;\n  trailers", "false"),
    rule(48, READER, "if (!is_lower_token(name) || «!is_clean_value(value)») return Verdict::malformed;\n  trailers", "false"),
    rule(48, RULES, "|| «(c >= 'A' && c <= 'Z')») return false", "false"),
    rule(48, RULES, "&& «trim(value).size() == value.size()»;", "true"),
    rule(49, READER, "if («is_connection_specific(id)») return Verdict::malformed", "false"),
    rule(49, READER, "return «head.trailers_welcome» ? Verdict::fine", "true"),
    rule(32, READER, "if («is_hop_by_hop(field.id)») return", "false"),
    rule(50, READER, "if («seen_.regular») return Verdict::malformed", "false"),
    rule(50, READER, "if («!head.method.empty() || value.empty()») return", "false"),
    rule(50, READER, "if («std::exchange(seen_.scheme, true)») return", "(seen_.scheme = true, false)"),
    rule(50, READER, "if («std::exchange(seen_.authority, true)») return", "(seen_.authority = true, false)"),
    rule(50, READER, "if («std::exchange(seen_.path, true)» || value", "(seen_.path = true, false)"),
    rule(50, READER, "seen_.path, true) || «value.empty()») return", "false"),
    rule(50, READER, "if («target->form != Target::Form::origin») return Verdict::malformed", "false"),
    rule(50, READER, "if («head.method.empty()» ||", "false"),
    rule(50, READER, "|| («!head.protocol.empty() && !connect»)) return", "false"),
    rule(50, READER, "const bool whole = «seen_.scheme» && seen_.path", "true"),
    rule(50, READER, "const bool whole = seen_.scheme && «seen_.path»", "true"),
    rule(50, READER, "if («head.path == \"*\" && head.method != \"OPTIONS\"») return", "false"),
    rule(51, READER, "if («!is_token(value) || value.size() > longest_method») refuse", "false"),
    rule(51, READER, "if («!equals_ignoring_case(value, rules_.tls ? \"https\" : \"http\")») refuse", "false"),
    rule(51, READER, "if («value.size() > rules_.target_bytes») {", "false"),
    rule(51, READER, "if (const auto fine = normalise_path(target->path, head.path); «!fine») refuse", "false"),
    rule(51, READER, "if («head.method == \"TRACE\"» ||", "false"),
    rule(51, READER, "|| («connect && !extended»)) refuse", "false"),
    rule(52, READER, "if (const auto fine = normalise_authority(value, head.authority); «!fine») refuse", "false"),
    rule(52, READER, "if («std::exchange(seen_.host, true)») refuse", "(seen_.host = true, false)"),
    rule(52, READER, "if (const auto fine = normalise_authority(field.value, host_); «!fine») refuse", "false"),
    rule(52, READER, "if («!seen_.authority && !seen_.host») return refuse", "false"),
    rule(52, READER, "else if («!same_authority(head.authority, host_, default_port)»)", "false"),
    rule(53, READER, "if («!length» || std::exchange(seen_.content_length", "false"),
    rule(53, READER, "|| «std::exchange(seen_.content_length, true)») return", "(seen_.content_length = true, false)"),
    rule(53, READER, "if («end && seen_.length != 0») return", "false"),
    rule(54, READER, "if («seen_.content_length»)\n    head.body", "false"),
    rule(55, READER, "return «++crumbs_ <= rules_.crumb_count» &&", "++crumbs_"),
    rule(55, READER, "&& «cookies_.size() + value.size() + 2 <= rules_.crumb_bytes»;", "true"),
    rule(55, READER, "if («!cookies_.empty()») cookies_ += \"; \"", "false"),
    rule(58, READER, "if («head.protocol != \"websocket\"») return refuse", "false"),
    rule(58, READER, "if («seen_.content_length») return refuse(Code::bad_upgrade)", "false"),
    rule(58, READER, "«head.fields.set(Name::sec_websocket_key, h1::websocket_key());»", None),
    rule(37, READER, "if («!equals_ignoring_case(field.value, \"100-continue\")») refuse", "false"),
    rule(14, READER, "if («rules_.unsafe_names == UnsafeNames::drop») return Verdict::fine", "false"),
    rule(14, READER, "if («rules_.unsafe_names == UnsafeNames::refuse») refuse", "false"),
    rule(9, READER, "if («++fields_ > most_trailers» ||", "false"),
    rule(9, READER, "|| «bytes_ > most_trailer_bytes») return", "false"),
    rule(9, READER, "if (dropped || «!is_allowed_trailer(trailers[trailers.size() - 1])»)", "false"),
    rule(64, READER, "return «bytes_ <= rules_.head_bytes» &&", "true"),
    rule(64, READER, "&& «fields_ <= rules_.field_count»;", "true"),
    rule(64, READER, "if («decoded_ > most_heads * rules_.head_bytes») return", "false"),
    rule(64, READER, "if («refused_ == Code::fields_too_large») return Verdict::fine;\n  return name", "false"),
    rule(64, READER, "if («value.size() > rules_.line_bytes») {", "false"),
    # Streams
    rule(57, SERVER, "if («known == nullptr» ||", "false"),
    rule(57, SERVER, "|| «nghttp2_stream_get_state(known) == NGHTTP2_STREAM_STATE_IDLE») terminate", "false"),
    rule(57, SERVER, "if («good != arrived») terminate", "false"),
    rule(57, ORDER, "if («says && numbers_.has_ended(id)») return false", "false"),
    rule(57, ORDER, "if («in_fields_ && type != NGHTTP2_CONTINUATION») over_ = true", "false"),
    rule(57, ORDER, "if («type == NGHTTP2_RST_STREAM» ||", "false"),
    rule(57, ORDER, "|| («says && (flags & NGHTTP2_FLAG_END_STREAM) != 0»)) numbers_", "false"),
    rule(57, ORDER, "|| («says» && (flags", "true"),
    rule(57, ORDER, "if (over_ || «id % 2 == 0») return true", "false"),
    rule(57, ORDER, "if («held_ == 0» && input", "true"),
    rule(57, ORDER, "takes(head)) {\n      «over_ = true;»", None),
    rule(57, ORDER, "4) & «0x7FFF'FFFF»)", "0xFFFF'FFFF"),
    rule(57, NUMBERS, "if («back(id) < kept») ended_", "true"),
    rule(57, NUMBERS, "«ended_ <<= static_cast<std::size_t>(id / 2 - highest_);»", None),
    ("test_http2.py:idle_connection", SESSION, "«nghttp2_option_set_no_closed_streams(option, 1);»", None),
    rule(57, SERVER, "if («std::find(reset_.begin(), reset_.end(), id) != reset_.end()») return", "false"),
    ("http_test:Http2Protocol.flow_control", SERVER, "«if (error == NGHTTP2_FLOW_CONTROL_ERROR) terminate(NGHTTP2_FLOW_CONTROL_ERROR);»", None),
    rule(61, SERVER, "«started != starts_a_turn» && !starting_.empty()", "true"),
    rule(61, SERVER, "|| «children() >= 2 * std::size_t{most_streams}») {", "false"),
    # The bucket
    rule(61, GUARD, "if («leaked > 0») {", "false"),
    rule(61, GUARD, "«since_ += std::chrono::milliseconds(leaked * 1'000 / a_second);»", "since_ = now;"),
    rule(69, GUARD, "if («++level_ > burst») return Verdict::over", "++level_ > 1'000'000"),
    rule(69, GUARD, "return «level_ > warned_at» && !std::exchange", "false"),
    rule(69, GUARD, "&& «!std::exchange(warned_, true)» ?", "true"),
    rule(66, GUARD, "if («updates_ == 0») return odd(now)", "false"),
    rule(66, GUARD, "«--updates_;»", None),
    rule(66, GUARD, "updates_ = static_cast<unsigned>(«std::min<std::size_t>(updates_ + due, most_updates_due)»)", "updates_ + due"),
    rule(69, SERVER, "«if (verdict == AbuseGuard::Verdict::warn) return say_goodbye();»", None),
    rule(66, SERVER, "server_.count().calmed += 1;\n  if (verdict == AbuseGuard::Verdict::warn) return say_goodbye();\n  «terminate(NGHTTP2_ENHANCE_YOUR_CALM);»", None),
    rule(66, SERVER, "if («header.type > NGHTTP2_CONTINUATION» ||", "false"),
    rule(66, SERVER, "|| «header.type == NGHTTP2_PRIORITY») odd()", "false"),
    rule(66, SERVER, "«if (header.type == NGHTTP2_WINDOW_UPDATE) judge(guard_.window_update(deadlines().now()));»", None),
    rule(66, SERVER, "«frame.hd.length <= frame.data.padlen» && !end", "frame.hd.length == 0"),
    rule(66, SERVER, "else if («std::exchange(settings_seen_, true)»)\n        odd();", "false"),
    rule(66, SERVER, "if («!ack»)\n        odd();", "false"),
    rule(61, SERVER, "server_.count().resets_received += 1;\n      «odd();»", None),
    rule(62, SERVER, "if («resets_due_ != 0»)", "true"),
    rule(62, SERVER, "«++resets_due_;»", None),
    rule(66, SESSION, "«nghttp2_option_set_user_recv_extension_type(option, static_cast<std::uint8_t>(type));»", None),
    # Heads that take long or too much
    rule(63, SESSION, "«nghttp2_option_set_max_continuations(option, most_continuations);»", "nghttp2_option_set_max_continuations(option, 1'000);"),
    rule(67, SERVER, "«if (now >= head_by_) return terminate(NGHTTP2_ENHANCE_YOUR_CALM);»", None),
    rule(67, SERVER, "«if (next == timer_at_) return;»", None),
    rule(67, SERVED, "in_head_ = in_head_ && «!head_ends_»;", "false"),
    rule(67, SERVED, "«in_head_ = in_head_ && !head_ends_;»", None),
    ("http_test:Http2Slow.settings_are*", SERVER, "«if (now >= acknowledge_by_) return terminate(NGHTTP2_SETTINGS_TIMEOUT);»", None),
    # Who takes nothing
    rule(65, BASE, "«reset(session_.cancelled);»", None),
    rule(65, SESSION, "«stream_.write_deadline(write_patience());»", None),
    rule(67, BASE, "if (patience != net::Duration::zero()) «reading_patience_.expires_in(patience);»", None),

    # Upstreams
    ("http_test:Http2Client.an_upstream_that_is_silent*", ASKING, "«connection_.unanswered(asked_);»", None),
    ("http_test:Http2Client.an_upstream_that_is_slow*", CLIENT, "if («heard_ <= since») deserted_ = true;", "true"),
]
