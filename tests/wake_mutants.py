"""The protections of sites that sleep and of those who wait for them, in the form that mutants.py describes."""
PULSE = "gateway/proxy/pulse.cpp"
PRESENCE = "gateway/proxy/presence.hpp"
LOBBY = "gateway/proxy/lobby.cpp"
HOLD = "gateway/proxy/hold.cpp"
MANNERS = "gateway/proxy/manners.cpp"
HANDLE = "gateway/proxy/handle.cpp"
RELAY = "gateway/proxy/relay.cpp"
TUNNEL = "gateway/proxy/tunnel.cpp"
UPLOAD = "gateway/proxy/upload.cpp"
FORWARD = "gateway/proxy/forward.cpp"
FRAMES = "gateway/http/websocket_frames.cpp"
IDLE = "gateway/control/idle_watch.cpp"
EVENTS = "gateway/control/events.cpp"
SLEEP = "gateway/control/gateway_sleep.cpp"
SITES = "gateway/control/site_table.cpp"
THREAD = "gateway/control/worker_thread.cpp"
READER = "gateway/control/feed_balancing.cpp"

MUTANTS = [
    # What is use of a site
    ("proxy_test:Pulse.an_exchange_is*", PULSE, "return «working != 0» || (streams", "false"),
    ("proxy_test:Pulse.a_stream_is*", PULSE, "sockets || «now - streamed < lately»", "false"),
    ("proxy_test:Pulse.a_stream_is*", PULSE, "streams != 0 && («sockets» || now", "false"),
    ("proxy_test:Pulse.a_stream_is*", PULSE, "working != 0 || («streams != 0» && (sockets", "true"),
    ("proxy_test:Pulse.an_exchange_is*", PULSE, "return «working != 0» || (sockets", "false"),
    ("proxy_test:Pulse.an_exchange_that*", PRESENCE, "~Presence() { «leave();» }", None),
    ("proxy_test:Pulse.a_request_that*", PRESENCE, "if («streams()») stamp(part_->streamed, now);\n  }\n", "part_ != nullptr"),
    ("proxy_test:Pulse.a_stream_is*", PRESENCE, "if («!streams()») stamp(part_->ended", "true"),
    ("proxy_test:Pulse.what_a_client*", PRESENCE, "«if (asleep()) line_->ask(*site_);»", None),
    ("proxy_test:Pulse.holds*", PULSE, "while («held < most»)", "true"),
    ("proxy_test:Presence.an_answer_without*", RELAY, "if («!piece.last && head.body.kind == http::BodySize::Kind::unknown»)", "false"),
    ("proxy_test:Presence.an_answer_that*", RELAY, "if («!piece.last» && head.body.kind", "true"),
    ("proxy_test:Presence.an_upload*", RELAY, "!piece.last && «head.body.kind == http::BodySize::Kind::unknown»", "true"),
    ("proxy_test:Presence.an_answer_without*", RELAY, "«context_.presence.moved(worker_.deadlines().now());»", None),
    ("proxy_test:Presence.what_a_client_goes*", UPLOAD, "«presence_.heard(worker_.deadlines().now());»", None),
    ("proxy_test:Presence.messages*", TUNNEL, "if («client_frames_.followed_data()») presence_", "true"),
    ("proxy_test:Presence.what_a_client_says*", TUNNEL, "if (client_frames_.followed_data()) «presence_.heard(worker_.deadlines().now());»", None),
    ("proxy_test:Presence.messages*", TUNNEL, "if («frames_.followed_data()») presence_.moved", "true"),
    ("proxy_test:Presence.messages*", TUNNEL, "if (frames_.followed_data()) «presence_.moved(worker_.deadlines().now());»", None),
    ("proxy_test:Presence.messages*", TUNNEL, "«context.presence.becomes_stream(context.phases.first_byte);»", None),
    ("proxy_test:Presence.a_websocket*", TUNNEL, "if («!ending_ && presence_.asleep()») return moved();", "false"),
    ("http_test:WebSocketFrames.tell*", FRAMES, "followed_data_ = followed_data_ || «!control_»;\n    } else", "true"),
    ("http_test:WebSocketFrames.tell*", FRAMES, "«followed_data_ = false;»", None),
    ("http_test:WebSocketFrames.tell*", FRAMES, "control_ = «(opcode & control_frame) != 0»;", "false"),
    ("proxy_test:Hold.nothing_that_ends*", FORWARD, "|| «context_.presence.asleep()») return", "false"),
    ("proxy_test:Hold.an_exchange*", HANDLE, "«context.presence.end(now);»", None),
    ("proxy_test:Hold.an_exchange*", HANDLE, "if («!refusal && context.route->site») context.presence", "false"),
    # Who wakes it
    ("proxy_test:Manners.are*", MANNERS, "if («request.method == \"HEAD\"» ||", "false"),
    ("proxy_test:Manners.are*", MANNERS, "|| «request.method == \"OPTIONS\"»)", "false"),
    ("proxy_test:Manners.are*", MANNERS, "if («request.path == \"/favicon.ico\"» ||", "false"),
    ("proxy_test:Manners.are*", MANNERS, "|| «request.path == \"/robots.txt\"»)", "false"),
    ("proxy_test:Manners.are*", MANNERS, "if («is_prefetch(request)» ||", "false"),
    ("proxy_test:Manners.nobody*", MANNERS, "|| «is_robot(request)») return", "false"),
    ("proxy_test:Manners.are*", MANNERS, "if («request.method != \"GET\"» ||", "false"),
    ("proxy_test:Manners.a_websocket*", MANNERS, "|| «request.tunnel != http::Tunnel::none») return", "false"),
    # Waiting
    ("proxy_test:Hold.until*", HANDLE, "if («refusal && refusal->asleep») refusal", "false"),
    ("proxy_test:Hold.until*", LOBBY, "site->pulse.get() == at->first && «at_rest(site->state)») {", "site->state == SiteState::sleeping"),
    ("proxy_test:Hold.of_another*", LOBBY, "&& «site->pulse.get() == at->first» && at_rest", "true"),
    ("proxy_test:Hold.is_not_ended*", LOBBY, "if (site->state == SiteState::sleeping) «line.ask(*site);»", None),
    ("proxy_test:Hold.has_an_end*", LOBBY, "    «expires_in(left);»", None),
    ("proxy_test:Hold.ends_with*", LOBBY, "client.watch([this] { «leave(End::gone);» });", None),
    ("proxy_test:Hold.is_over*", HOLD, "|| «lobby_.closed()») co_return", "false"),
    ("proxy_test:Hold.is_over*", LOBBY, "«for (auto& [pulse, guests] : std::exchange(by_site_, {})) end_all(std::move(guests), End::closed);»", None),
    ("proxy_test:Hold.is_for_nobody*", HOLD, "if («!line_->answered()» ||", "false"),
    ("proxy_test:Hold.is_for_as*", HOLD, "if («!site.pulse->hold(places(context.route->upstream->limits))») co_return", "false"),
    ("proxy_test:Hold.has_an_end*", HOLD, "«site.pulse->let_go();»", None),
    ("proxy_test:Hold.a_site_that*", HOLD, "if («manners == Manners::let_sleep»)", "false"),
    ("proxy_test:Hold.a_site_that*", HOLD, "proxy::refuse(«site.state == SiteState::sleeping» ? Code::sleeping", "true"),
    ("test_wake.py:browser", HOLD, "«if (manners == Manners::hold_briefly) patience = std::min(patience, soon);»", None),
    ("test_wake.py:find_a_place", HOLD, "return «std::min(most_held, limits.max_in_flight + limits.queue_length)»;", "most_held"),
    ("gateway/test_sleep.py:sigterm", THREAD, "«if (idle == http::Server::Idle::end) proxy_.end_holds();»", None),
    ("gateway/test_sleep.py:handover", THREAD, "if («idle == http::Server::Idle::end») proxy_.end_holds();", "true"),
    # Falling asleep
    ("gateway/test_sleep.py:in_use", SLEEP, "if («!*busy» && site->pulse->rest()", "true"),
    ("gateway/test_sleep.py:in_use", SLEEP, "«co_await use_change(std::move(back));»", None),
    ("gateway/test_sleep.py:nothing_reaches", SLEEP, "    «worker.use(snapshot, change);»\n    if (worker.busy", None),
    ("gateway/test_sleep.py:cannot", SLEEP, "if («site->state != proxy::SiteState::ready») co_return", "false"),
    ("gateway/test_sleep.py:silent_sockets", SLEEP, "worker.busy(*pulse, sleep.lately(), «sleep.silent_sockets»)", "false"),
    ("test_wake.py:two_hundred", SLEEP, "«for (const auto& site : wanted_) outstanding += Events::wake_needed(site);»", None),
    ("test_wake.py:two_hundred", SLEEP, "|| site->state != proxy::SiteState::sleeping) «wanted_.erase(id);»", None),
    ("control_test:SiteRest.a_pulse*", SITES, "if («before == nullptr || before->state != proxy::SiteState::sleeping») pulse.set", "true"),
    ("control_test:SiteRest.a_pulse*", SITES, "if (pulse) «tell(*pulse, before, after->state);»", None),
    ("control_test:SiteRest.a_site_has*", SITES, "auto pulse = «known != nullptr» ? known->pulse", "false"),
    ("control_test:SiteRest.what_sleeps*", SITES, "if (after && «!proxy::at_rest(after->state)») count_probes", "true",
     (SITES, "if (before && «!proxy::at_rest(before->state)») count_probes", "true")),
    ("control_test:Feed.reads_when*", READER, "if («after->count() == 0») report.error(*map.find(\"after\")", "false"),
    # What is told
    ("control_test:IdleWatch.a_site*", IDLE, "const bool idle = «now - used >= one.sleep.after»;", "true"),
    ("control_test:IdleWatch.a_site*", IDLE, "if (idle && «!one.told») {", "true"),
    ("control_test:IdleWatch.who_is*", IDLE, "if («one.told && *one.told != used») {", "false"),
    ("control_test:IdleWatch.what_is_put*", IDLE, "«std::max(one.since, one.pulse->read().last_used(now, one.sleep.silent_sockets))»", "one.pulse->read().last_used(now, one.sleep.silent_sockets)"),
    ("control_test:IdleWatch.open_streams*", IDLE, "last_used(now, «one.sleep.silent_sockets»)", "false"),
    ("control_test:IdleWatch.leaves*", IDLE, "if (!pulse || «sleep.after.count() == 0») return;", "false"),
    ("control_test:Events.who_does*", EVENTS, "if («pending_.size() + line.size() > most_pending») return end();", "false"),
    ("control_test:Events.it_is_known*", EVENTS, "if («followers_.empty()») followed_(false);", "true"),
    ("control_test:Events.ends*", EVENTS, "for (const auto& one : followers_) «one->end();»", None),
]
