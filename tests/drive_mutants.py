"""Checks of the load tester's generator and of its known-latency server; the form is that of mutants.py."""

AIM = "loadtest/command/aim.cpp"
ALARM = "loadtest/service/alarm.cpp"
BACKGROUND = "loadtest/command/background.cpp"
BACKGROUND_RUNS = "loadtest/command/background_runs.cpp"
ALARM_HPP = "loadtest/service/alarm.hpp"
ANSWERER = "loadtest/service/answerer.cpp"
DICE = "loadtest/service/dice.cpp"
FRAMES = "loadtest/service/frames.cpp"
WORDS = "loadtest/service/words.cpp"
SCENARIO = "loadtest/command/scenario.cpp"
SERVICE = "loadtest/service/service.cpp"
SETTINGS = "loadtest/command/settings.cpp"
SHELL = "loadtest/plan/shell_words.cpp"
BODY = "loadtest/drive/body_check.cpp"
CARRIER = "loadtest/drive/carrier.cpp"
OPEN = "loadtest/drive/carrier_open.cpp"
CORES = "loadtest/drive/cores.cpp"
EVENTS = "loadtest/drive/event_scanner.cpp"
FLAGS = "loadtest/command/load_flags.cpp"
FLIGHT = "loadtest/drive/flight.cpp"
GENERATOR = "loadtest/drive/generator.cpp"
GENERATOR_HPP = "loadtest/drive/generator.hpp"
NAPS = "loadtest/drive/naps.hpp"
PACE = "loadtest/drive/pace.hpp"
LOOP = "loadtest/drive/generator_loop.cpp"
HTTP1 = "loadtest/drive/http1_talk.cpp"
HTTP2 = "loadtest/drive/http2_talk.cpp"
PLACES = "loadtest/drive/places.cpp"
POOL = "loadtest/drive/pool.cpp"
PREPARED = "loadtest/drive/prepared.cpp"
READER = "loadtest/measure/result_reader.cpp"
RESULT = "loadtest/measure/result.cpp"
RUN = "loadtest/drive/run.cpp"
COUNTERS = "loadtest/drive/system_counters.cpp"
TAPE = "loadtest/drive/tape.hpp"
TLS = "loadtest/drive/tls_client.cpp"
VALIDITY = "loadtest/measure/validity.cpp"
WEBSOCKET = "loadtest/drive/websocket_talk.cpp"

MUTANTS = [
    # The known-latency server
    ("service_test:Alarm.rings*", ALARM, "if («heap_.front().at == at») arm()", "heap_.size() == 1"),
    ("service_test:Alarm.rings*", ALARM, "heap_.front().at <= «steady_now()») take_first", "steady_now() + 15'000'000"),
    ("service_test:Alarm.nobody*", ALARM_HPP, "return «alarm_.stopped_» || at_", "false"),
    ("service_test:Service.a_stall*", ANSWERER, "if («arrived >= begin») from", "true"),
    ("service_test:Service.a_stall*", ANSWERER, "const Nanoseconds begin = «first_» + stall.after", "0"),
    ("service_test:Service.a_stall*", ANSWERER, "«if (first_ == measure::never) first_ = ask.arrived;»\n  ask.gap", "first_ = ask.arrived;"),
    ("service_test:Service.answers*", ANSWERER, "«last_ = ask.arrived;»", None),
    ("service_test:Service.a_query*", ANSWERER, "if («request.query.empty()») {", "true"),
    ("service_test:Service.what_is_broken*", ANSWERER, "if («ask.fate.reset») co_return", "false"),
    ("service_test:Service.what_is_broken*", ANSWERER, "const std::uint64_t end = «ask.fate.truncated» ?", "false"),
    ("service_test:Service.a_slow*", ANSWERER, "static_cast<Nanoseconds>(«share» * static_cast", "0"),
    ("service_test:Service.says*", SERVICE, "«if (!problem.empty()) return;»", None),
    ("service_test:Service.may_end*", SERVICE, "«answerer.stop();»", None),
    ("service_test:Dice.faults*", DICE, "fate.truncated = «!fate.reset» && happens", "true"),
    ("service_test:Dice.others*", DICE, "static_cast<Nanoseconds>(«others»)", "0"),
    ("service_test:Dice.a_mix*", DICE, "if ((«left -= percent») < 0) return span", "left - percent"),
    ("service_test:Words.delays", WORDS, "if («used != text.size()» ||", "false"),
    ("service_test:Words.delays", WORDS, "|| «!(sigma >= 0 && sigma <= 4)») return", "false"),
    ("service_test:Words.delays", WORDS, "if («sum > 100.0001») return {{}, \"must have at most 100 percent in all\"};\n  return {delay", "false"),
    ("service_test:Words.statuses*", WORDS, "|| «*status.value < 200» ||", "false"),
    ("service_test:Words.statuses*", WORDS, "|| «*status.value > 599»)", "false"),
    ("service_test:Words.statuses*", WORDS, "if («statuses.empty()») return", "false"),
    ("service_test:Words.statuses*", WORDS, "if («sum > 100.0001») return {{}, \"must have at most 100 percent in all\"};\n  return {statuses", "false"),
    ("service_test:Words.statuses*", WORDS, "|| «*lasts.value == 0») return", "false"),
    ("service_test:Frames.what_is*", FRAMES, "return «known» &&", "true"),
    ("service_test:Frames.what_is*", FRAMES, "&& «good_control» &&", "true"),
    ("service_test:Frames.what_is*", FRAMES, "&& «(first & 0x70U) == 0» &&", "true"),
    ("service_test:Frames.what_is*", FRAMES, "&& «((second & mask_bit) != 0) == masked_»;", "true"),
    ("service_test:Frames.what_is*", FRAMES, "if («length > largest») {", "false"),
    # What a body and a stream of events are
    ("drive_test:BodyCheck.looks*", BODY, "if («expect_.bytes && *expect_.bytes != bytes_») return", "false"),
    ("drive_test:BodyCheck.finds*", BODY, "if («!found_») return false", "false"),
    ("drive_test:BodyCheck.finds*", BODY, "const std::size_t keep = «expect_.contains.size() - 1»;", "expect_.contains.size() / 2"),
    ("drive_test:BodyCheck.finds_no*", BODY, "«tail_.clear();»", None),
    ("drive_test:BodyCheck.knows*", BODY, "if («expect_.sha256[2 * i] != digits[digest[i] >> 4]» ||", "false",
     (BODY, "|| «expect_.sha256[2 * i + 1] != digits[digest[i] & 15]»)", "false")),
    ("drive_test:EventScanner.counts*", EVENTS, "if («has_data_») ++events", "true"),
    ("drive_test:EventScanner.counts*", EVENTS, "is_data_ = is_data_ && «c == ':'»;", "true"),
    ("drive_test:EventScanner.counts*", EVENTS, "if («c == '\\n' && ended») continue", "false"),
    # Targets
    ("drive_test:Prepared.fields*", PREPARED, "if («!plan::has(target, \"host\")») add_line", "true"),
    ("drive_test:Prepared.fields*", PREPARED, "if («!is_framing(lower(name))») add_line", "true"),
    ("drive_test:Http2Talk.fields*", PREPARED, "&& «!is_framing(small)» &&", "true"),
    ("drive_test:Http2Talk.fields*", PREPARED, "&& «!is_of_connections(small)») add_field", "true"),
    ("drive_test:Prepared.targets*", PREPARED, "if («is_new») lane", "true"),
    # HTTP/1
    ("drive_test:Http1Talk.bytes*", HTTP1, "if (flight_ == nullptr) {\n    «usable_ = false;»", None),
    ("drive_test:Http1Talk.an_answer_may*", HTTP1, "if («head_.interim()») {", "false"),
    ("drive_test:Http1Talk.an_answer_may*", HTTP1, "if (!over_) «held_.erase(0, used);»", None),
    ("drive_test:Http1Talk.a_connection_goes*", HTTP1, "usable_ = usable_ && «parser_.keep_alive()» &&", "true"),
    ("drive_test:Http1Talk.an_answer_that*", HTTP1, "&& «flight_->written_out && left_.empty()»;", "true"),
    ("drive_test:Http1Talk.a_connection_goes*", HTTP1, "if («used != bytes.size()») usable_ = false", "false"),
    ("drive_test:Http1Talk.only_an*", HTTP1, "flight_->refused = «orderly» &&", "true"),
    ("drive_test:Http1Talk.only_an*", HTTP1, "&& «flight_->sample.reused» &&", "true"),
    ("drive_test:Http1Talk.an_end*", HTTP1, "&& flight_->sample.reused && «flight_->sample.first_byte == measure::never»;", "true"),
    ("drive_test:Http1Talk.an_end*", HTTP1, "if (orderly && «in_body_ && decoder_.end_of_input()»)", "in_body_"),
    ("drive_test:Http1Talk.an_end*", HTTP1, "end(«orderly» && flight_->sample.first_byte", "true"),
    ("drive_test:Http1Talk.what_is_given*", HTTP1, "bool Http1Talk::give_up(Flight&) {\n  «flight_ = nullptr;»", None),
    # HTTP/2
    ("drive_test:Http2Talk.there_is*", HTTP2, "std::min<std::size_t>(streams_, «peer»)", "1000000"),
    ("drive_test:Http2Talk.who_goes*", HTTP2, "if («frame->hd.type == NGHTTP2_GOAWAY») {", "false"),
    ("drive_test:Http2Talk.a_reset*", HTTP2, "else if («flight.whole»)", "true"),
    ("drive_test:Http2Talk.a_refused*", HTTP2, "if («error == NGHTTP2_REFUSED_STREAM» &&", "false"),
    ("drive_test:Http2Talk.what_is_not*", HTTP2, "if (used >= 0 && «nghttp2_session_want_read(session_) != 0») return", "true"),
    ("drive_test:Http2Talk.the_end*", HTTP2, "ending == Ending::truncated && «!begun» ?", "false"),
    ("drive_test:Http2Talk.what_is_given*", HTTP2, "«nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, flight.stream, NGHTTP2_CANCEL);»", None),
    ("drive_test:Http2Talk.answers*", HTTP2, "if (auto* flight = talk(self).flight_of(frame->hd.stream_id)) «flight->written_out = true;»", None),
    # WebSocket
    ("drive_test:WebSocketTalk.an_answer*", WEBSOCKET, "upgraded_ = n && «head_.tunnel == gw::http::Tunnel::websocket»;", "true"),
    ("drive_test:WebSocketTalk.a_ping*", WEBSOCKET, "if («frame.opcode == Opcode::ping») service", "false"),
    ("drive_test:WebSocketTalk.a_message*", WEBSOCKET, "|| «!frame.final» ||", "false"),
    ("drive_test:WebSocketTalk.a_close*", WEBSOCKET, "if («frame.opcode == Opcode::close») usable_", "false"),
    ("drive_test:WebSocketTalk.what_is_no*", WEBSOCKET, "if («!frames_.broken()») return", "true"),
    ("drive_test:WebSocketTalk.echoes*", WEBSOCKET, "«flight.last_event = last_event_;»", None),
    ("drive_test:WebSocketTalk.what_was*", WEBSOCKET, "if (at_ != out_.size() && «!moves») return", "true"),
    # Connections
    ("drive_test:Transports.a_connection_for_so*", CARRIER, "return «most == 0» ? room", "true"),
    ("drive_test:Transports.a_connection_for_each*", LOOP, "«if (!pool->transport().keep_alive) pool->close_idle();»", None),
    ("drive_test:Run.all_addresses*", OPEN, "if («++address_ < pool_.place(origin_).addresses.size()» &&", "false"),
    ("drive_test:Transports.alpn*", OPEN, "const bool agreed = channel_->tls() != nullptr && «channel_->tls()->protocol() == \"h2\"»;", "false"),
    ("drive_test:Transports.tls_is*", TLS, "SSL_SESSION* copy = «SSL_SESSION_dup(ticket.session_)»;", "(SSL_SESSION_up_ref(ticket.session_), ticket.session_)"),
    ("drive_test:Transports.tls_is*", TLS, "if («ticket.session_ != nullptr») {", "false"),
    ("drive_test:Transports.a_certificate_of*", TLS, "«SSL_set1_host(ssl, host.c_str());»", None,
     (TLS, "if («X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1») {", "true")),
    ("drive_test:Transports.a_certificate_*", TLS, "SSL_CTX_set_verify(context_, «transport.verify» ?", "false"),
    ("drive_test:Transports.a_certificate_of*", TLS, "SSL_CTX_set_verify(context_, transport.verify ? «SSL_VERIFY_PEER» :", "SSL_VERIFY_NONE"),
    ("drive_test:Transports.a_name*", PLACES, "if («one.host == origin.host» &&", "false"),
    ("drive_test:Transports.a_unix*", PLACES, "if («!transport.unix_socket.empty()») return", "false"),
    ("drive_test:Transports.ports*", PLACES, "if («!transport.container.empty()») return", "false"),
    ("drive_test:Faults.without_desc*", OPEN, "return «error == EMFILE» ||", "false"),
    ("drive_test:Faults.too_few_connections_drop*", POOL, "if («drop_» && !connects", "false"),
    ("drive_test:Faults.too_few_connections_make*", POOL, "if (most_ == 0 || «carriers_ < most_») return", "true"),
    ("drive_test:Faults.a_connection_that*", POOL, "return «flight.refused» &&", "false"),
    ("drive_test:Faults.who_does_not*", POOL, "      «close_one_that_opens(flight.prepared->origin);»", None),
    ("drive_test:Faults.who_does_not*", POOL, "if (ending == Ending::timed_out && «shelf.opening != 0») {", "false"),
    ("drive_test:Transports.websockets*", POOL, "lane_.paced_sockets ? «shelf.roomy.front()» :", "shelf.roomy.back()"),
    ("drive_test:Pool.more_clients_than_connections_may*", POOL, "«provide(shelf);»\n}\n\nvoid Pool::count_problem", None),
    ("drive_test:Pool.more_clients_than_connections_take*", POOL, "«if (evicts_ && carrier.flying() == 0 && !carrier.idle.is_linked()) idle_.push_back(carrier);»", None),
    ("drive_test:Pool.more_clients_than_connections_take*", POOL, "«provide(shelves_[origin]);»", None),
    ("drive_test:Pool.more_clients_than_connections_take*", POOL, "«if (carrier.idle.is_linked()) carrier.idle.unlink();»\n  const std::size_t at", None),
    ("drive_test:Pool.one_client*", POOL, "«starving_.pop_front();\n    starving_.push_back(shelf);»", None),
    ("drive_test:Pool.connections_that_are_refused*", POOL, "«provide(shelf);»\n}\n\nvoid Pool::gone", None),
    ("drive_test:Pool.connections_that_are_not*", LOOP, "«for (auto& pool : pools_) pool->serve_starving();»", None),
    ("drive_test:Pool.a_connection_that*", POOL, "if («!any» && carrier->began()", "true"),
    ("drive_test:Pool.the_connection*", POOL, "Carrier& carrier = «idle_.front()»;", "idle_.back()"),
    ("drive_test:Pool.the_connection*", POOL, "«if (carrier.idle.is_linked()) carrier.idle.unlink();»\n  if (first", None),
    # The loop
    ("drive_test:Faults.what_takes*", LOOP, "«flight.pool->give_up(flight, Ending::timed_out);»", "flight.pool->give_up(flight, Ending::in_flight);"),
    ("drive_test:Faults.what_is_in*", LOOP, "if («time >= drain_until_») end_all()", "true"),
    ("drive_test:Faults.what_ends*", LOOP, "if («time >= drain_until_») end_all()", "true"),
    ("drive_test:Faults.users*", LOOP, "if («refused»)\n    resting_", "false"),
    ("drive_test:Transports.a_stream*", LOOP, "if («flight.scanner && flight.last_event != measure::never») {", "false"),
    ("drive_test:Transports.warm*", LOOP, "flight.sample.warm_up = «orders_.load.warm_up == plan::WarmUp::fixed» &&", "false"),
    ("drive_test:Run.a_closed*", LOOP, "|| «orders_.left.fetch_sub(1, std::memory_order_relaxed) > 0»;", "orders_.left.fetch_sub(1, std::memory_order_relaxed) >= 0"),
    ("drive_test:Transports.threads*", LOOP, "for (unsigned i = 0; «i != orders_.load.threads»; ++i) {", "i != 1"),
    ("drive_test:Faults.a_generator*", LOOP, "flight.sample.due = «due.at»;", "time"),
    ("drive_test:Run.an_open*", LOOP, "while (next_ && «next_->at <= time») {", "next_->at + 60'000'000'000 <= time"),
    ("drive_truth_test:Truth.what_is_asked*", LOOP, "while (next_ && «next_->at <= time») {", "next_->at <= time + 50'000'000"),
    ("drive_test:Flight.*", FLIGHT, "«sample.bytes_in = sample.bytes_out = 0;»", None),
    # Slow clients
    ("drive_test:Pace.is_kept*", PACE, "if («now < rests_until_») return 0", "false"),
    ("drive_test:Pace.is_kept*", PACE, "if (limited()) «settled_ += static_cast<measure::Nanoseconds>(bytes) * second / rate_;»", None),
    ("drive_test:Pace.what_was*", PACE, "settled_ = std::max(settled_, «now - breath_»);", "now - 60 * breath_"),
    ("drive_test:Pace.a_byte*", PACE, "std::max(shortest, «second / rate_»))", "shortest"),
    ("drive_test:Naps.*", NAPS, "if («who.until_ <= until») return", "false"),
    ("drive_test:Naps.*", NAPS, "for (; «most != 0» && next()", "true"),
    ("drive_test:Slow.whatever*", CARRIER, "if («!pace.limited()» || !generator", "true"),
    ("drive_test:Slow.nobody*", CARRIER, "|| «!generator.started()») return most", "false"),
    ("drive_test:Slow.whatever*", CARRIER, "«reading_.moved(step.bytes);»", None),
    ("drive_test:Slow.a_writer*", CARRIER, "«writing_.moved(step.bytes);»", None),
    ("drive_test:Slow.a_writer*", CARRIER, "channel_->write(out.first(«room»))", "out.size()"),
    ("drive_test:Slow.a_reader*", OPEN, "if («!reading_.limited()») return", "true"),
    ("drive_test:Slow.windows*", OPEN, "if («reading_.limited()») windows", "false"),
    ("drive_test:Http2Talk.a_slow*", HTTP2, "«windows.stream»}", "1U << 30"),
    ("drive_test:Http2Talk.all_streams*", HTTP2, "if («windows.connection > first_window»)", "true"),
    ("drive_test:Http2Talk.windows*", HTTP2, "static_cast<std::int32_t>(«windows.connection»)", "1U << 30"),
    ("drive_test:Http2Talk.windows*", HTTP2, "«windows.stream»}", "1U << 30"),
    ("command_test:Settings.Http2*", "loadtest/command/settings.cpp", "if («size < 1» || size > 0x7fffffff)", "false"),
    ("command_test:Settings.Http2*", "loadtest/command/settings.cpp", "|| «size > 0x7fffffff»)", "false"),
    ("drive_test:Slow.whatever*", LOOP, "«naps_.wake(time, naps_a_turn);»", None),
    ("drive_test:Slow.whatever*", GENERATOR, "«at = std::min(at, naps_.next());»", None),
    ("command_test:Scrape.AnIpv6*", "loadtest/command/scrape.cpp", "net::parse_address(«any_port» ?", "false"),
    ("command_test:Scrape.AnIpv6*", "loadtest/command/scrape.cpp", "«net::to_string(place_)»", "place_.host + \":\" + std::to_string(place_.port)"),
    ("report_test:LiveView.lines*", "loadtest/report/live_view.hpp", "told_ = now - «now % interval()»;", "0"),
    ("report_test:LiveView.lines*", "loadtest/report/live_view.hpp", "if («!style_.terminal» &&", "true"),
    ("command_test:Descriptors.leave*", "loadtest/command/descriptors.cpp", "«descriptors > 2 * ours» ? descriptors", "true"),
    ("command_test:Settings.EachMistake*", SETTINGS, "if («plan::same_name(field->first, \"Host\")» && plan::has", "false"),
    ("command_test:Settings.EachMistake*", SETTINGS, "&& «plan::has(target, \"Host\")»)\n      throw", "true"),
    ("report_test:TextReport.what_ran*", "loadtest/report/background.cpp", "if («!background.interrupted») out", "true"),
    ("command_test:Settings.EachMistake*", SETTINGS, "if (!bytes || «bytes.value->count == 0» ||", "false"),
    ("command_test:Settings.EachMistake*", SETTINGS, "|| «bytes.value->count > fastest_pace»)", "false"),
    ("command_test:Settings.EachMistake*", SETTINGS, "if («made.read_rate != 0 && !made.unix_socket.empty()»)", "false"),
    ("command_test:Space.Nobody*", AIM, "if («transport.read_rate != 0») {", "false"),
    # Loads beside the measured one
    ("command_test:Background.is_a*", BACKGROUND, "flags.stages.empty()) «make_endless(made.plan.load);»", None),
    ("command_test:Background.is_a*", BACKGROUND, "if («flags.duration.empty()» &&", "true"),
    ("command_test:Background.a_closed*", BACKGROUND, "if («load.open_loop»)\n    load.stages", "true"),
    ("command_test:Background.a_closed*", BACKGROUND, "«made.plan.load.warm_up = plan::WarmUp::none;»", None),
    ("command_test:Background.mistakes*", BACKGROUND, "if («!flags.warm_up.empty()») throw", "false"),
    ("command_test:Background.mistakes*", BACKGROUND, "if («!mine») check_is_here", "false"),
    ("command_test:Background.mistakes*", BACKGROUND, "if («each.size() > most_backgrounds») throw", "false"),
    ("command_test:Background.mistakes*", FLAGS, "if («which.judgement») add_judgement", "true"),
    ("command_test:Background.threads*", BACKGROUND, "«taken += one.plan.load.threads;»", None),
    ("command_test:BackgroundRuns.nobody*", BACKGROUND_RUNS, "if («begun_.get_future().get() != drive::Ended::unreachable») return", "begun_.get_future().get() != drive::Ended::stopped"),
    ("command_test:BackgroundRuns.what_is*", BACKGROUND_RUNS, "if («seen_.ended == drive::Ended::stopped») seen_.length", "false"),
    ("command_test:Scenario.SaysWhere*", SCENARIO, "if («has_background_ && !command_.empty() && command_ != \"run\"»)", "false"),
    ("command_test:Scenario.SaysWhere*", SCENARIO, "if («!loads.is_list()») return", "false"),
    ("command_test:Scenario.SaysWhere*", SCENARIO, "if («!load.is_map()») return", "false"),
    ("command_test:Scenario.HasLoads*", SCENARIO, "if («mark.url.empty()»)", "false"),
    ("plan_test:ShellWords.that*", SHELL, "if («c == '\\''»)\n      out", "false"),
    ("measure_test:Result.rates*", RESULT, "series.started() - «std::min(abandoned, series.started())»;", "0"),
    ("measure_test:Result.rates*", RESULT, "«abandoned += other.abandoned;»", None),
    ("measure_test:Result.merged_keeps*", RESULT, "if («at == met.size()»)", "true"),
    ("measure_test:Result.of_backgrounds*", RESULT, "(«met[at]» || into[at]", "false"),
    ("measure_test:Result.of_backgrounds*", RESULT, "|| «into[at].settings != one.settings»)", "false"),
    ("measure_test:Verdict.a_load_beside_it_that*", VALIDITY, "for (const std::string& reason : «reasons_against(other)»)", "judge(other).reasons"),
    ("measure_test:ResultJson.what_was*", READER, "if («from.has(\"background\")»)", "false"),
    ("measure_test:Verdict.a_load*", VALIDITY, "for (const Result& other : «result.background») {", "std::vector<Result>{}"),
    # All of it
    ("drive_test:Faults.a_refused_lane*", RUN, "if («nobody == opened.end()») return true", "nobody == opened.end() || opened.size() > 1"),
    ("drive_test:Faults.whoever*", RUN, "if («board.stopped()») ended = Ended::stopped", "false"),
    ("drive_test:Faults.whoever*", RUN, "for (auto& generator : crew.all()) «generator->abandon();»", None),
    ("drive_test:Faults.what_was_due*", GENERATOR, "«if (issuing_) release(now());»", None),
    ("drive_test:Faults.who_does_not_accept_is_not_waited_for_before*", RUN, "wait_ready(orders.load.threads, «orders.patience()»)", "10 * second"),
    ("drive_test:Run.connections*", GENERATOR_HPP, "return «std::min<Nanoseconds>(load.timeout, 10'000'000'000)»;", "load.timeout"),
    ("drive_test:Tape.many*", TAPE, "std::min(usual_places, «std::bit_floor(budget / sizeof(Entry) / std::max(threads, 1U))»)", "usual_places"),
    ("drive_test:Tape.many*", TAPE, "«std::bit_floor(budget / sizeof(Entry) / std::max(threads, 1U))»);", "budget / sizeof(Entry) / std::max(threads, 1U)"),
    ("drive_test:Faults.a_watcher*", RUN, "«ended = Ended::failed_early;»", None),
    ("drive_test:SystemCounters.are*", COUNTERS, "if («has_cpu(controllers)») return", "false"),
    ("drive_test:SystemCounters.know*", COUNTERS, "if («name == \"TCPBacklogDrop\"» ||", "false"),
    ("drive_test:Faults.a_burst*", POOL, "if («opening_ >= most_opening») return true;", "false"),
    ("drive_test:Cores.*", CORES, "if («allowed.size() < enough» ||", "false"),
    ("drive_test:Cores.*", CORES, "|| «allowed.size() < 2 * std::size_t{threads}») return", "false"),
]
