"""As mutants.py: what stands before the first request of a connection, TLS and the PROXY protocol."""
FORWARDED = "gateway/proxy/policies/forwarded.cpp"
TLS = "gateway/net/tls_context.cpp"
TLS_SETTINGS = "gateway/net/tls_settings.cpp"
TICKETS = "gateway/net/tls_tickets.cpp"
TICKET_KEYS = "gateway/net/ticket_keys.cpp"
SESSION = "gateway/net/tls_session.cpp"
PROXY_HEADER = "gateway/net/proxy_header.cpp"
PROXY_PEER = "gateway/net/proxy_peer.cpp"
ENTRANCE = "gateway/http/server.cpp"
SHARES = "gateway/net/client_shares.cpp"
KEY = "gateway/net/client_key.cpp"
DOOR = "gateway/net/door.cpp"
LIMITS = "gateway/net/connection_limits.cpp"
LISTENER = "gateway/net/listener.cpp"
REPORT = "gateway/control/limit_report.cpp"
WORKER = "gateway/control/worker_thread.cpp"
CIPHERS = """SSL_CTX_set_cipher_list(context,
                          «"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                          "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"»)"""

MUTANTS = [
    (70, FORWARDED, "if («!context.connection.client_certificate.empty()»)", "false"),
    (72, PROXY_HEADER, "if («input.substr(0, known) != text_begin.substr(0, known)») return bad()", "false"),
    (72, PROXY_HEADER, "«if (line.substr(0, end).find('\\n') != std::string_view::npos) return bad();»", None),
    (72, PROXY_HEADER, "return «line.size() == longest_line» ? bad() : more()", "false"),
    (72, PROXY_HEADER, "const auto line = «input.substr(0, longest_line)»", "input"),
    (72, PROXY_HEADER, "if (end + 1 >= line.size() || «line[end + 1] != '\\n'») return bad()", "false"),
    (72, PROXY_HEADER, 'if («protocol != "TCP4" && protocol != "TCP6"») return bad()', "false"),
    (72, PROXY_HEADER, "if («!is_address(source, family)» ||", "false"),
    (72, PROXY_HEADER, "|| «!is_address(destination, family)» ||", "false"),
    (72, PROXY_HEADER, "|| «!source_port» ||", "false"),
    (72, PROXY_HEADER, "|| «!destination_port») return bad()", "false"),
    (72, PROXY_HEADER, "|| «(text.size() > 1 && text.front() == '0')») return std::nullopt", "false"),
    (72, PROXY_HEADER, "|| «end != text.data() + text.size()») return std::nullopt", "false"),
    (72, PROXY_HEADER, "if («last != (end == std::string_view::npos)») return {}", "false"),
    (72, PROXY_HEADER, "return «text.find('\\0') == std::string_view::npos» &&", "true"),
    (72, PROXY_HEADER, "if («input.substr(0, known) != signature.substr(0, known)») return bad()", "false"),
    (72, PROXY_HEADER, "if («command != proxied» ||", "false"),
    (72, PROXY_HEADER, "|| «!bytes» ||", "false"),
    (72, PROXY_HEADER, "|| «length < *bytes») return bad()", "false"),
    (72, PROXY_HEADER, "if («command == local») return", "false"),
    (72, PROXY_HEADER, "if («family != tcp4 && family != tcp6») return {Outcome::done", "false"),
    (72, PROXY_PEER, "if («parse.outcome == ProxyHeaderParse::Outcome::bad») co_return", "false"),
    (72, PROXY_PEER, "std::span(into).first(«std::min(left, into.size())»)", "into.size()"),
    (72, PROXY_PEER, "if (n == 0 || «stream.socket().ending()») break", "false"),
    (72, PROXY_PEER, "if («n == 0») co_return Failure{Code::closed", "false"),
    (72, ENTRANCE, "«stream_->deadline(server_.settings().header, Code::header_timeout);»", None),
    (72, ENTRANCE, "if («!said») co_return false", "(void(said), false)"),
    (72, ENTRANCE, 'info_.peer = known ? said->host : «"unknown"»', "info_.peer"),
    (72, ENTRANCE, "if («said->from == net::ProxyHeader::From::proxy») co_return true", "false"),
    ("test_proxy_protocol.py:only_trusted", WORKER, "return from && «open.trusted.contains(*from)»", "true"),
    # Sessions
    (59, TLS, "if («chosen != SSL_get_SSL_CTX(ssl)»)", "false"),
    (59, TLS_SETTINGS, "«policy.add(chain.front().get());»", None),
    (59, TLS_SETTINGS, "«policy.add(static_cast<unsigned char>(settings.client_certificate));»", None),
    (59, TLS_SETTINGS, "«policy.add(one.get());»", None),
    (59, TICKETS, "if (client != nullptr && «X509_cmp_current_time(X509_get0_notAfter(client)) < 0») return", "false"),
    ("net_test:*Tickets*", TICKETS, "return «key == &keys->current()» ? good", "true"),
    ("net_test:*Tickets*", TICKET_KEYS, "«made->has_previous_ = true;»", None),
    ("net_test:*Tickets*", TICKET_KEYS, "made->previous_ = «current_»;", "has_previous_ ? previous_ : current_"),
    ("net_test:*Tickets*", SESSION, "«give_ticket_keys(ssl, keys);»", None),
    ("test_certificates.py:every_worker", "gateway/control/gateway.cpp",
     "[keys = ticket_keys_](WorkerThread& worker) { «worker.use(keys);» }", None),
    # Certificates of clients, and of our own that change
    ("net_test:ClientCertificates.*", TLS_SETTINGS, "SSL_VERIFY_PEER | («required» ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)", "false"),
    ("net_test:ClientCertificates.*", TLS_SETTINGS, "if («settings.client_certificate == ClientCertificate::none») return true", "true"),
    ("net_test:ClientCertificates.*", SESSION, "&& «size <= most_bytes»)", "true"),
    ("net_test:FileWatch.*", "gateway/net/file_watch.cpp", "if («!settled» ||", "false"),
    ("control_test:Certificates.*", "gateway/net/whole_file.cpp", "if («good && !S_ISREG(status.st_mode)»)", "false"),
    ("control_test:Certificates.*", "gateway/control/listening.cpp", "&& «known->second.listener == listener»;", "true"),
    ("control_test:Certificates.*", "gateway/control/listening.cpp", "const bool keep = «loaded.denied» &&", "true"),
    ("test_certificates.py:not_tried_again", "gateway/control/gateway.cpp", "«certificates_ = net::FileWatch(watched_files(file_.listeners));»", None),
    ("test_tls.py:only_root_may_read", "runtime/supervise/certificates.cpp", "if («watch_.changed()») co_await hand_over()", "false"),
    ("test_tls.py:while_nobody_looked", "runtime/cli/serve.cpp", "«co_await server.certificates.hand_over();»", None),
    ("test_certificates.py:without_a_word", "gateway/control/gateway.cpp", "if («!certificates_.changed()») continue", "true"),
    ("test_certificates.py:not_root_any_more", "gateway/control/certificates.cpp", "«known != handed.end()») return known->second", "false"),
    (74, TLS_SETTINGS, "settings.only_tls_1_3 ? TLS1_3_VERSION : «TLS1_2_VERSION»", "TLS1_VERSION", (TLS_SETTINGS, CIPHERS, '"ALL:@SECLEVEL=0"')),
    (74, TLS_SETTINGS, "settings.only_tls_1_3 ? TLS1_3_VERSION : «TLS1_2_VERSION»", "(SSL_CTX_set_max_early_data(context, 16384), TLS1_2_VERSION)"),
    (74, TLS_SETTINGS, "«settings.only_tls_1_3» ? TLS1_3_VERSION", "false"),
    (74, TLS_SETTINGS, 'SSL_CTX_set1_groups_list(context, «"X25519:P-256:P-384"»)', '"X25519:P-256:X448:P-521:P-384"'),
    (74, TLS, "if («result != OPENSSL_NPN_NEGOTIATED»)", "false"),
    (74, TLS, "if («chosen != SSL_get_SSL_CTX(ssl)»)", "false"),
    (74, TLS, 'by_name_.find("*" + wanted.substr(dot)); «wild != by_name_.end()»)', "false"),
    # How many connections clients have
    (68, KEY, "if («IN6_IS_ADDR_V4MAPPED(&address)») {", "false"),
    (68, KEY, "if («text.size() >= zero_ended.size()») return", "false"),
    (68, SHARES, "if («cell(spot, row).held.load() <= most») return true", "true"),
    (68, SHARES, "return true;\n  «leave(spot);»\n  return false", None),
    (68, SHARES, "if («least_due(spot) > latest») return false", "false"),
    (68, SHARES, "«std::max(known, here)» + pause", "known"),
    # Not here: the second look of `pace`, which only matters when two workers are at it in the same moment. client_shares_test
    # tries that 100,000 times, and on two cores that others use too it happens in most runs, not in all.
    (68, SHARES, "pause.count() * («std::int64_t{burst} - 1»)", "std::int64_t{burst}"),
    (68, SHARES, "scrambled(«scrambled(static_cast<std::uint64_t>(client) + secret_) ^ secret_»)", "static_cast<std::uint64_t>(client)"),
    (68, LIMITS, "if («shut_.load()») return false", "false"),
    (68, LIMITS, "while («most == 0 || held < most»)", "true"),
    (68, LIMITS, "if («shut_.load()») reconsider", "false"),
    ("net_test:Rule68.a_single_place*", LIMITS, "if («held_.load() > low()» ||", "false"),
    (68, LIMITS, "«std::max(most / slack_part, 1U)»", "1U"),
    ("net_test:Rule68.a_single_place*", LIMITS, "«std::max(most / slack_part, 1U)»", "most / slack_part"),
    (68, LIMITS, "std::make_unique<ClientShares>(secret()).release());\n  «reconsider();»", None),
    (68, LIMITS, "pace(spot, std::chrono::nanoseconds(std::chrono::seconds(1)) / rate,\n                                       burst_.load(std::memory_order_relaxed), Clock::now())) {\n    «shares.leave(spot);»", None),
    (68, LIMITS, "«last_refused_.store(client, std::memory_order_relaxed);»", None),
    (68, DOOR, "client == «ClientKey::nobody») return true", "ClientKey{0}"),
    (68, DOOR, "«spot_ = spot;»", None),
    (68, DOOR, "«limits.leave();»", None),
    (68, DOOR, "anybody_.store(true);\n  // Places may have come free before we could be seen to wait.\n  limits_.reconsider();\n  if («!limits_.shut_.load()») worker_", "false"),
    (68, LISTENER, "if («door_ != nullptr && !place») return wait()", "false"),
    (68, LISTENER, "«if (door_ != nullptr) door_->forget(*this);»", None),
    (68, LISTENER, "full_turns_ = 0;\n  «worker_.poller().remove(descriptor_.get());»", None),
    (68, ENTRANCE, "if (!known || «entrance_.place.claim(net::client_key(info_.peer))») co_return", "true"),
    (68, ENTRANCE, "co_return true;\n  «stream_->reset();»", None),
    (68, WORKER, "&& «!trusts(open, peer)» && !place", "true"),
    (68, WORKER, "&& «!place.claim(peer.client)») {", "false"),
    (68, WORKER, "!place.claim(peer.client)) {\n    «stream->reset();»", None),
    (68, REPORT, "(kind.when && «time - *kind.when < quiet»)", "false"),
    (68, REPORT, "file.connections.value_or(«static_cast<unsigned>(by_default)»)", "0U"),
    ("test_limits.py:reload", "gateway/control/gateway.cpp", "«limits_->use(limits);»", None),
    ("test_limits.py:explained", "gateway/control/gateway.cpp", "if («file.limits.connections && limits.connections > descriptor_limit()»)", "false"),
    ("test_limits.py:counted", WORKER, "&& «!trusts(open, peer)» && !place", "true"),
    ("test_limits.py:without_descriptors", LISTENER, "«if (door_ != nullptr) door_->no_descriptors();»", None),
]
