"""The protections of reloads, of tunnels whose route goes and of upgrades, in the form that mutants.py describes."""
FRAMES = "gateway/http/websocket_frames.cpp"
TUNNEL = "gateway/proxy/tunnel.cpp"
TUNNELS = "gateway/proxy/tunnels.cpp"
SERVER = "gateway/http/server.cpp"
SITES = "gateway/control/site_table.cpp"
THREAD = "gateway/control/worker_thread.cpp"
LISTENING = "gateway/control/listening.cpp"
END = "gateway/control/gateway_end.cpp"
SUCCESSOR = "gateway/control/successor.cpp"
PROGRAM = "gateway/net/program.cpp"
SUCCESSION = "runtime/supervise/succession.cpp"
CLIENT = "runtime/supervise/gateway_client.cpp"
SERVE = "runtime/cli/serve.cpp"

MUTANTS = [
    # Where a frame may be put in
    ("http_test:WebSocketFrames.end_behind*", FRAMES, "+ («(head_[1] & masked) != 0» ? 4 : 0)", "false"),
    ("http_test:WebSocketFrames.end_behind*", FRAMES, "== length_of_16_bits ? 2 : «length == length_of_64_bits» ? 8", "false"),
    ("http_test:WebSocketFrames.are_found*", FRAMES, "if («have_ != head_size()») continue", "false"),
    ("http_test:WebSocketFrames.of_one_message*", FRAMES, "if («!control_») message_open_", "true"),
    ("http_test:WebSocketFrames.of_one_message*", FRAMES, "message_open_ = «(head_[0] & final_fragment) == 0»;", "false"),
    ("http_test:WebSocketFrames.know*", FRAMES, "closed_ = closed_ || «opcode == close_frame»;", "false"),
    # Tunnels whose route has gone
    ("proxy_test:Tunnels.of_a_route*", TUNNEL, "// Nothing may follow a Close frame.\n        if («!last») continue;", "false"),
    ("proxy_test:Tunnels.say_nothing*", TUNNEL, "!frames_.between_messages() || «frames_.closed()») return;\n    said_", "false",
     (TUNNEL, "ending_ && place && «!frames_.closed()» ?", "true")),
    ("proxy_test:Tunnels.finish*", TUNNEL, "if (!reading_app_ || «!frames_.between_messages()» ||", "false"),
    ("proxy_test:Tunnels.finish*", TUNNEL, "«if (whole) piece = {piece.data.first(*whole), false, nullptr};»", None),
    ("proxy_test:Tunnels.of_other*", TUNNELS, "return «std::any_of(endpoints.begin(), endpoints.end(), [this](const Endpoint& one) { return one.text == endpoint_; })»;", "false"),
    ("proxy_test:Tunnels.end_when_their*", TUNNELS, "[this](const Endpoint& one) { return «one.text == endpoint_»; })", "true"),
    ("proxy_test:Tunnels.end_when_only_their*", TUNNELS, "if (ending_ || «!tunnel.stands(snapshot_->router)») tunnel", "false"),
    ("proxy_test:Tunnels.a_shorter*", TUNNELS, "|| «now->path != route_.path») return", "false"),
    ("proxy_test:Tunnels.that_come*", TUNNELS, "if («ending_» || !tunnel", "false"),
    ("proxy_test:Tunnels.many*", TUNNELS, "end_in(«spread * i / count»);", "net::Duration::zero()"),
    ("proxy_test:Tunnels.a_client_that_has_yet*", TUNNEL, "if (!heard && «!said_») {", "true"),
    ("proxy_test:Tunnels.that_nobody_ends*", TUNNEL, "ending_ = true;\n    «expires_in(parting);»", None),
    ("test_upgrade.py:has_gone_is_told", SITES, "«change.hosts.emplace_back(host);»\n  }\n  std::shared_ptr", None),
    ("control_test:SiteTable.a_change_names*", SITES, "«if (old != old_hosts.end()) change.hosts.emplace_back(host);»", None),
    ("control_test:SiteTable.a_change_names*", SITES, "«touched.push_back(key);»", None),
    ("test_upgrade.py:sigterm_tells", THREAD, "«proxy_.end_tunnels(tunnels);»", None),
    # Clients of a process that is replaced
    ("test_upgrade.py:in_between", SERVER, "if («server_.ends_idle()» && http1_.idle())", "true"),
    ("test_upgrade.py:in_between", END, "«begin_drain(http::Server::Idle::answer);»", "begin_drain();"),
    ("test_upgrade.py:idle_to_the_end", END, "if («idle == http::Server::Idle::answer» && net::Clock", "false"),
    ("control_test:Listening.more_sockets*", LISTENING, "«for (std::size_t i = workers; i < sockets.size(); ++i) changes[i % workers].back().more.push_back(sockets[i]);»", None),
    ("control_test:Listening.a_unix*", LISTENING, "«address.is_local» ? net::local_path", "false"),
    ("control_test:Listening.more_sockets*", LISTENING, "for (const auto& [key, sockets] : inherited_) «close_all(sockets);»", None),
    ("test_upgrade.py:serves_when_it_is_complete", THREAD, "if («!shut_») begin(change.key, open);", "true"),
    ("test_upgrade.py:does_not_start", END, "this process goes on\");\n    «listen_admin();»", None),
    ("test_upgrade.py:does_not_start", SUCCESSOR, "if («n == 0») co_return how_it_ended()", "false"),
    ("test_upgrade.py:may_be_another_one", SUCCESSOR, "if («pid_ == 0») co_return start_", "false"),
    ("test_upgrade.py:that_is_fed", END, "|| «sites_.fed()»)", "false"),
    ("test_upgrade.py:does_not_start", PROGRAM, "::close_range(«static_cast<unsigned>(next)», ~0U, 0);", "static_cast<unsigned>(~0U)"),
    ("test_upgrade.py:service_manager", END, "«tell_service_manager(successor.pid());»", None),
    # Under serve
    ("test_renewal.py:loses_nobody", CLIENT, "co_await send(socket, \"POST\", «\"/v1/handover\"», {});", "\"/v1/nothing\""),
    ("test_renewal.py:as_new_as", SERVE, "server.gateway.adopted() && «server.gateway.outdated()») {", "true"),
    ("test_renewal.py:has_been_replaced", SERVE, "«server.listeners.adopt(server.gateway.pid());»", None),
    ("test_renewal.py:does_not_come_up", SUCCESSION, "if («!problem.empty()») {\n    end_at_once", "false"),
]
