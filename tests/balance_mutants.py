"""The protections of balancing, health, limits and probes, in the form that mutants.py describes; tests/mutate takes them with those."""
BALANCER = "gateway/proxy/balancer.cpp"
HEALTH = "gateway/proxy/health.cpp"
LEASE = "gateway/proxy/lease.hpp"
STICKY = "gateway/proxy/policies/sticky.cpp"

ADMISSION = "gateway/proxy/admission.hpp"
GATE = "gateway/proxy/gate.cpp"
FORWARD = "gateway/proxy/forward.cpp"
TABLE = "gateway/control/upstream_table.cpp"
SITES = "gateway/control/site_table.cpp"
PROBER = "gateway/control/prober.cpp"

SHARED = "gateway/proxy/shared_pool.cpp"

MUTANTS = [
    ("proxy_test:Seat.*", "gateway/proxy/affinity.cpp", "return stable_hash(«in_container(address)» ?", "false"),
    ("proxy_test:Seat.*", "gateway/proxy/policies/sticky.cpp", "everywhere = «in_container(context.new_seat->text)» ||", "false"),
    # A connect that many wait for
    ("proxy_test:SharedPool.those_who_wait*", SHARED, "if («first_is_gone» && waiting.empty())", "true"),
    ("proxy_test:SharedPool.who_connects_goes_on*", SHARED, "if (first_is_gone && «waiting.empty()»)", "true"),
    ("proxy_test:SharedPool.who_connects_gives*", SHARED, "one->first_is_gone = true;\n    «one->reconsider();»", None),
    ("proxy_test:SharedPool.who_connects_goes_on*", SHARED, "me.gone = true;\n    «one->reconsider();»", None),
    ("proxy_test:SharedPool.who_is_told*", SHARED, "if («std::erase(one->waiting, &me) == 0») return", "(std::erase(one->waiting, &me), false)"),
    ("proxy_test:SharedPool.who_came_after*", SHARED, "&& «!connecting->give_up.requested()») connecting", "true"),
    ("test_leaving.py:shared_connect", FORWARD, "timeouts.connect, with.dialer, «give_up»)", "static_cast<net::Cancellation*>(nullptr)"),
    # Balancing
    ("proxy_test:Balancer.two_choices_level*", BALANCER, "return «load(*b.endpoint) * a.weight < load(*a.endpoint) * b.weight» ?", "false"),
    ("proxy_test:Balancer.two_choices_share*", BALANCER, "if («left < candidates_[i].weight») break", "true"),
    ("proxy_test:Balancer.round_robin*", BALANCER, "«best->state->at(worker_).turn -= total;»", None),
    ("proxy_test:Balancer.a_hash_moves*", BALANCER, "mix(«key», one.endpoint->id)", "key + candidates_.size()"),
    ("proxy_test:Balancer.a_hash_heeds*", BALANCER, "«static_cast<double>(one.weight)» / -std::log", "1.0"),
    ("proxy_test:Balancer.a_seat*", BALANCER, "if («key == one.endpoint->id») return", "false"),
    ("proxy_test:Balancer.a_full*", BALANCER, "&& «one.state->full(one.max_in_flight)») continue", "false", (LEASE, "&& «!state->take_place(endpoint.max_in_flight)») return false", "false")),
    ("proxy_test:Balancer.an_only_endpoint_can*", LEASE, "&& «!state->take_place(endpoint.max_in_flight)») return false", "false"),
    ("proxy_test:Balancer.a_lease*", LEASE, "«count(-1);»", None),
    ("proxy_test:Balancer.a_full*", LEASE, "if (counted_) «state_->leave_place();»", None),
    ("proxy_test:Balancer.slow_start*", BALANCER, "candidates_.push_back({&one, std::uint64_t{one.weight} * «part»})", "Health::whole_share"),
    ("proxy_test:Balancer.room*", BALANCER, "if («!panic && share(one, upstream, now) == 0») continue", "false"),
    # Health
    ("proxy_test:Health.requests_that*", HEALTH, "|| «failures_ >= rules.eject_after») eject", "false"),
    ("proxy_test:Health.an_answer*", HEALTH, "«failures_ = 0;»\n    if (now < until_) return", None),
    ("proxy_test:Health.a_connection*", HEALTH, "if («what == Met::unreachable» ||", "false"),
    ("proxy_test:Health.one_bad*", HEALTH, "|| «state() == HealthState::warming» ||", "false"),
    ("proxy_test:Health.each_ejection*", HEALTH, "rules.eject_for * «(1U << std::min(ejections_, most_doublings))»", "1U"),
    ("proxy_test:Health.each_ejection*", HEALTH, "length_ = std::min(«longest_ejection», rules", "net::Duration(1'000'000'000)"),
    ("proxy_test:Health.good_conduct*", HEALTH, "«ejections_ = 0;»", None),
    ("proxy_test:Health.who_is_out*", HEALTH, "if («state() == HealthState::ejected» ||", "false"),
    ("proxy_test:Health.the_share*", HEALTH, "if («now >= until_») return whole_share", "true"),
    ("proxy_test:Health.who_the_probes*", HEALTH, "|| «state() == HealthState::down») return;", "false"),
    ("proxy_test:Health.a_good_probe*", HEALTH, "if («state() == HealthState::down») warm", "true"),
    ("proxy_test:ProbeTally*", HEALTH, "if («++against_ < (good ? rules.healthy_after : rules.unhealthy_after)») return", "(++against_, false)"),
    ("proxy_test:ProbeTally*", HEALTH, "if (good == good_) {\n    «against_ = 0;»", None),
    ("proxy_test:Seat*", "gateway/proxy/policies/sticky.cpp", "|| «route.path.find(';') != std::string::npos»;", "false"),
    # Limits
    ("proxy_test:Admission.lets_in*", ADMISSION, "const bool in = «in_flight(word) < most» &&", "true"),
    ("proxy_test:Admission.who_waits*", ADMISSION, "&& «waiting(word) == 0»;", "true"),
    ("proxy_test:Admission.without*", ADMISSION, "if («!in && waiting(word) >= length») return", "false"),
    ("proxy_test:Admission.fewer*", ADMISSION, "while («in_flight(word) < most»)", "true"),
    ("proxy_test:Gate.who_waits*", GATE, "if (stop(End::late)) «waiter_.notify();»", None),
    ("proxy_test:Gate.who_comes*", GATE, "if («left.count() > 0»)", "(left.count(), true)", (GATE, "      «expires_in(left);»", None)),
    ("proxy_test:Gate.who_leaves*", GATE, "client.watch([this] {\n      «if (stop(End::gone)) worker_.post([this] { waiter_.notify(); });»", None),
    ("proxy_test:Gate.who_leaves*", GATE, "«if (admission_.waiting() != 0) tell();»", None),
    ("proxy_test:Gate.a_place*", GATE, "«if (admission_.leave()) tell();»", "admission_.leave();"),
    ("proxy_test:Gate.a_place*", GATE, "if («sides[index].length.load() == 0») continue", "index != 0 || sides[index].length.load() == 0"),
    ("proxy_test:Gate.no_worker*", GATE, "const auto first = «turn_.fetch_add(1, std::memory_order_relaxed)»;", "0U"),
    ("proxy_test:Gate.beyond*", ADMISSION, "if («!in && waiting(word) >= length») return", "false"),
    ("control_test:SiteTable.all_routes*", TABLE, "gate(«std::string(site) + \"\\n\" + route.upstream»)", "route.path"),
    ("control_test:SiteTable.a_site_that*", TABLE, "if («most == 0 && !site.empty()») most", "false"),
    ("control_test:SiteTable.a_site_that*", TABLE, "if (most == 0 && «!site.empty()») most", "true"),
    ("control_test:SiteTable.two_sites*", TABLE, "std::string key(«site»);", '""'),
    ("control_test:SiteTable.an_endpoint_that_stays*", TABLE, "auto state = «known.lock()»;", "std::shared_ptr<proxy::EndpointState>()"),
    # Over real sockets
    ("test_fairness.py:hostile", TABLE, "if («most == 0 && !site.empty()») most", "false"),
    ("test_balancing.py:more_in_flight", FORWARD, "if («!admitted_at_once(upstream, of_site)») {", "false"),
    ("test_balancing.py:endpoint_never_has", FORWARD, "if («upstream.endpoint_gate») {\n    const", "std::shared_ptr<Gate>()"),
    ("test_balancing.py:answers_badly", FORWARD, "«attempt.over(result, passage.outcome, *endpoint);»", None),
    ("test_balancing.py:answers_badly", FORWARD, "return «outcome.status == 502 || outcome.status == 503 || outcome.status == 504» ?", "false"),
    ("test_balancing.py:sticky", FORWARD, "context_.new_seat = «key_ == chosen->id» ?", "false"),
    # Probes
    ("test_balancing.py:probes_take", PROBER, "one->probe.rules)) «tell_(one->probe, *verdict);»", "(void)verdict;"),
    ("test_balancing.py:probes_take", "gateway/control/health_question.cpp", "co_return head && «(*head)->status < 400»", "true"),
    ("test_balancing.py:one_process", PROBER, "«one->stopped = true;»", None),
    ("control_test:SiteTable.each_endpoint*", SITES, "} else if («--probe.uses == 0») {", "false"),
    # Probes of HTTP/2 and gRPC
    *[("control_test:GrpcHealth.*", "gateway/control/grpc_health.cpp", find, new) for find, new in (
        ("for (; «value >= 0x80»; value >>= 7)", "false"),
        ("if («byte >= 0x80») continue", "false"),
        ("if («size > in.size()») return false", "false"),
        ("take_varint(in, number) && «skip(in, number)»", "true"),
        ("|| «body.front() != '\\0'») return false", "false"),
        ("if («size != body.size()») return false", "false"),
        ("if («!take_varint(body, tag)») return false", "(take_varint(body, tag), false)"),
        ("if («!take_varint(body, status)») return false", "(take_varint(body, status), false)"),
        ("if («tag == (only_field << 3 | varint)») {", "(tag & 7) == varint"),
        ("return «status == serving»", "status != 0"))],
    *[(f"test_probes.py:{test}", "gateway/control/health_question.cpp", find, new) for test, find, new in (
        ("drop_by_drop", "«exchange_.abort();»", None),
        ("grpc_server", "&& «grpc_health_is_serving(body)»", "true"),
        ("path_is_asked", "«connection->part();»", None),
        ("something_else", "if («protocol == config::Protocol::http») {", "true"))],
    ("config_test:GatewayFile.a_question*", "config/balancing_reader.cpp", "if («health.grpc && !http2»)", "false"),
    ("config_test:GatewayFile.a_question*", "config/balancing_reader.cpp", 'if («map.find("path") != nullptr») report', "false"),
    ("config_test:GatewayFile.a_question*", "config/balancing_reader.cpp", "const bool good = «service->size() <= service_bytes_max» &&", "true"),
    ("control_test:Feed.a_question*", "gateway/control/feed_balancing.cpp", "protocol != nullptr && «*protocol == \"h2c\"»", "true"),
    ("control_test:SiteTable.a_question*", "gateway/control/upstream_table.cpp", "key.append(\"\\n\").append(«route.balancing->health.question()»)", "route.balancing->health.path"),
]
