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
CIPHERS = """SSL_CTX_set_cipher_list(context,
                          «"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                          "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"»)"""

MUTANTS = [
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
    ("net_test:FileWatch.*", "gateway/net/file_watch.cpp", "if («!settled» ||", "false"),
    ("test_certificates.py:bad_certificate", "gateway/control/gateway.cpp", "«certificates_ = net::FileWatch(watched_files(file_.listeners));»", None),
]
