"""The checks of the gateway beside the rules of HTTP: what the dialer's messages, the log, ranges, ids and the admin socket must keep to.
tests/mutate takes them out of a copy of the code, one at a time. The form of the entries: mutants.py.
"""
PASSING = "gateway/net/descriptor_passing.cpp"
MESSAGE = "gateway/net/dialer_message.cpp"
POLICIES = "gateway/proxy/policies/"

MUTANTS = [
    ("net_test:Connect.is_given_up*", "gateway/net/connect_socket.cpp", "    «cancel_->tell([this] {\n      cancelled_ = true;\n      worker_.poller().defer(*this);\n    });»", None),
    ("net_test:Connect.is_given_up*", "gateway/net/connect_socket.cpp", "if («cancel != nullptr && cancel->requested()») co_return", "false"),
    # The end of an answer and of its connection in one segment
    ("net_test:Stream.last_bytes_go*", "gateway/net/ready_socket.cpp", "(«ends» ? MSG_MORE : 0)", "false"),
    ("net_test:Stream.last_bytes_are_not*", "gateway/net/ready_socket.cpp", "if («held_») ::shutdown(", "false"),
    ("test_proxying.py:one_segment", "gateway/http/h1/server_connection.cpp", "pieces.ends = «written_ && close_ && !tunnel_ && !request().body.expected()»;", "false"),
    ("http_test:ServerConnection.an_answer_to_a_body*", "gateway/http/h1/server_connection.cpp", "!tunnel_ && «!request().body.expected()»;", "true"),
    ("http_test:ServerConnection.a_piece*", "gateway/http/h1/server_connection.cpp", "pieces.ends = «written_» && close_", "true"),
    # Messages of the dialer; descriptors that come with them
    *[(f"dialer_test:DialerMessage.{tests}*", MESSAGE, find, new) for tests, find, new in (
        ("an_id", "if (rest_.size() < id_bytes || «!is_container_id({rest_.data(), id_bytes})») {", "false"),
        ("an_unknown_status", "if («value > static_cast<std::uint8_t>(DialerStatus::full)») bad_", "false"),
        ("more_addresses", "if («count > dialer_addresses») bad_", "false"),
        ("an_address_of_another", "if («family != 4 && family != 6») bad_", "false"),
        ("more_sockets", "reader.require(«sockets_in_bounds(ask.v4, ask.v6)» &&", "true"),
        ("more_sockets", "&& «ask.v4 + ask.v6 > 0»);\n  return ask", "true"),
        ("an_answer_with_more", "reader.require(«sockets_in_bounds(sockets.v4, sockets.v6)»)", "true"),
        ("more_entries", "reader.require(«count <= dialer_page»)", "true"),
        ("another_version", "reader.require(«reader.number<std::uint8_t>() == dialer_version»)", "(reader.number<std::uint8_t>(), true)"),
        ("bytes_left_over", "if («!reader.complete()») return std::nullopt;\n  return request", "reader.bad()"),
        ("bytes_left_over", "if («!reader.complete()») return std::nullopt;\n  return reply", "reader.bad()"))],
    ("net_test:DescriptorPassing.more*", PASSING, "(message.msg_flags & «(MSG_TRUNC | MSG_CTRUNC)») != 0", "MSG_TRUNC"),
    ("net_test:DescriptorPassing.a_packet_longer*", PASSING, "(message.msg_flags & «(MSG_TRUNC | MSG_CTRUNC)») != 0", "MSG_CTRUNC"),
    ("net_test:DescriptorPassing.one_descriptor_more*", PASSING, "|| «descriptors.size() > limit») {", "false"),
    ("net_test:DescriptorPassing.what_is_received*", PASSING, "::recvmsg(socket, &message, «MSG_CMSG_CLOEXEC»)", "0"),
    ("dialer_process_test:*start_before*", "gateway/net/dialer_client.cpp", "known != found_.end() && «known->second.generation == address.generation»", "true"),

    # Coroutines, pages, and fields as they are sent
    ("net_test:Task.who_is_never*", "gateway/net/task.hpp", "«outermost->frame_.destroy();»", None),
    ("net_test:Task.exceptions*", "gateway/net/task.hpp", "«if (error_) std::rethrow_exception(error_);»", None),
    ("net_test:Task.a_timer_says*", "gateway/net/timer.hpp", "co_return «!error»;", "true"),
    ("net_test:BufferPool.pages_that*", "gateway/net/buffer.cpp", "std::min(«unused_», spare)", "warm_.size()"),
    ("net_test:BufferPool.pages_that*", "gateway/net/buffer.cpp", "«unused_ = std::min(unused_, warm_.size());»", None),
    ("net_test:BufferPool.what_nobody*", "gateway/net/buffer.cpp", "«::madvise(first, size, MADV_DONTNEED);»", None),
    ("net_test:BufferPool.what_nobody*", "gateway/net/buffer.cpp", "«cold_.insert(cold_.end(), warm_.begin(), end);»", None),
    ("net_test:BufferPool.a_worker*", "gateway/net/worker.cpp", "if («pool_.sweep()») expires_in", "(pool_.sweep(), false)"),
    ("net_test:BufferPool.memory_comes*", "gateway/net/buffer.cpp", "«::madvise(slab, slab_size(), MADV_NOHUGEPAGE);»", None),
    ("net_test:BufferPool.blocks_of*", "gateway/net/buffer.cpp", "size += «block_size_»;", "page_size"),
    ("http_test:SessionMemory.a_session_that_is*", "gateway/http/h2/session_memory.hpp", "«left_ = 0;»", None),
    ("http_test:SessionMemory.what_is_small*", "gateway/http/h2/session_memory.cpp", "if («whole > left_») return", "false"),
    ("http_test:SessionMemory.what_is_small*", "gateway/http/h2/session_memory.cpp", "= «size < least_in_block» ?", "false"),
    ("http_test:SessionMemory.what_is_large*", "gateway/http/h2/session_memory.cpp", "? «std::memset(piece, 0, bytes)» :", "piece"),
    ("http_test:SessionMemory.a_length*", "gateway/http/h2/session_memory.cpp", "if («__builtin_mul_overflow(count, size, &bytes)») return", "(bytes = count * size, false)"),
    ("http_test:SessionMemory.pieces*", "gateway/http/h2/session_memory.cpp", "«std::memcpy(piece, old, std::min(size, known));»", None),
    ("http_test:SessionMemory.the_block*", "gateway/http/h2/session_memory.cpp", "«if (block_ != nullptr) blocks_.give_back(block_);»", None),
    ("http_test:SessionMemory.a_session_that_has*", "gateway/http/h2/session_memory.cpp", "? nullptr : «of(user).take(size)»;", "nullptr"),
    ("http_test:Fields.lines_come*", "gateway/http/fields.hpp", "if («entry.name_at != end») {", "true"),
    ("http_test:Fields.lines_come*", "gateway/http/fields.hpp", "if («entry.id == left_out») continue", "false"),
    ("http_test:Fields.a_value*", "gateway/http/fields.cpp", "return add_as(id, «std::string_view(own).substr(0, name.size())», std", "name",
     ("gateway/http/fields.cpp", "name.size()), «std::string_view(own).substr(name.size())»)", "value")),

    # What is logged and sent back; who is trusted
    ("proxy_test:AccessLog.what_a_client*", "gateway/proxy/access_log.cpp", "out.bytes(value.substr(0, «longest»))", "std::string_view::npos"),
    ("proxy_test:AccessLog.hostile*", "gateway/proxy/access_log.cpp", "«out.bytes(value.substr(0, longest));»", "out.plain(value.substr(0, longest));"),
    ("proxy_test:RequestId.*", POLICIES + "request_id.cpp", "if («context.peer_trusted» &&", "true"),
    ("proxy_test:RequestId.*", POLICIES + "request_id.cpp", "&& «id.size() <= longest_id» &&", "true"),
    ("proxy_test:RequestId.*", POLICIES + "request_id.cpp", "return «http::characters::unreserved[static_cast<unsigned char>(c)]»;", "true"),
    ("proxy_test:CidrSet.refuses*", "gateway/proxy/cidr.cpp", "|| «bits > most») return", "false"),
    ("proxy_test:CidrSet.refuses*", "gateway/proxy/cidr.cpp", "if («std::strlen(zero_ended) != text.size()») return", "false"),
    ("proxy_test:CidrSet.contains*", "gateway/proxy/cidr.cpp", "const bool dotted = «cidr.substr(0, slash).find(':') == std::string_view::npos»;", "false"),
    ("proxy_test:CidrSet.contains*", "gateway/proxy/cidr.cpp", "return «((address.bytes[whole] ^ range.base.bytes[whole]) >> (8 - rest)) == 0»;", "true"),
    ("proxy_test:Location.is_left_alone*", POLICIES + "location.cpp", 'if («location.substr(0, 2) == "//"») return', "false"),
    ("proxy_test:Location.is_left_alone*", POLICIES + "location.cpp", 'if («scheme != "http" && scheme != "https"») return', "false"),
    ("proxy_test:Location.is_left_alone*", POLICIES + "location.cpp", "return «http::same_authority(authority, context.authority, port)» ?", "true"),
    ("proxy_test:Location.is_left_alone*", POLICIES + "location.cpp", "|| «under(location->substr(path), context.route->path)») return", "false"),
    ("proxy_test:Router.prefixes*", "gateway/proxy/router.cpp", "while (end > 0 && «candidate[end] != '/'») --end", "false"),
    ("proxy_test:Router.a_known_host*", "gateway/proxy/router.cpp", "return «routes ? routes->match(path) : nullptr»;",
     "routes && routes->match(path) ? routes->match(path) : any_ ? any_->match(path) : nullptr"),

    # The admin socket
    ("control_test:SiteTable.*", "gateway/control/site_table.cpp", "return !id.empty() && «id.size() <= 200» &&", "true"),
    ("control_test:SiteTable.*", "gateway/control/site_table.cpp", "return «c == '/' || http::characters::unreserved[static_cast<unsigned char>(c)]»;", "true"),
    ("test_operation.py:8_mib", "gateway/control/admin.cpp", "if («body.size() > largest_body») co_return", "false"),
]
