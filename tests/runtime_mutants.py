"""The protections of the runtime that tests/mutate takes out of a copy of the code, one at a time. The form of the entries: mutants.py.

Not here: the limit of memory (without it the test that needs too much would take all of the machine's), and GPUs at build time, which
the engine's interface has no word for.
"""
TYPES = "runtime/engine/types.hpp"
DOCUMENTS = "runtime/engine/documents.cpp"
PLAN = "runtime/supervise/replica_plan.cpp"
SITE = "runtime/supervise/site.cpp"
BUILD = "runtime/build/build.cpp"
SALT = "runtime/build/cache_salt.cpp"
SESSION = "runtime/build/session.cpp"
BOX = "runtime/state/secret_box.cpp"
DATABASE = "runtime/state/database.cpp"
SQLITE = "runtime/state/sqlite.cpp"
SERVER = "runtime/dialer/server.cpp"
REGISTRY = "runtime/dialer/registry.cpp"
NAMESPACE = "runtime/dialer/network_namespace.cpp"
FAILURE = "runtime/build/failure.cpp"
BACK_OFF = "runtime/supervise/back_off.cpp"
SERVE = "runtime/cli/serve.cpp"
SANDBOX = "test_sandbox.py:"
SECRETS = "test_secrets.py:"

MUTANTS = [
    # What an app runs as, and what it may not do
    (SANDBOX + "runs_as_uid_1000", PLAN, 'spec.user = «"1000"»', '"0"'),
    (SANDBOX + "no_capabilities", TYPES, 'cap_drop{«"ALL"»}', '"NET_RAW"'),
    (SANDBOX + "no_capabilities", DOCUMENTS, '{"CapDrop", «array_of(spec.cap_drop)»}', "json::array()"),
    (SANDBOX + "gain_none", DOCUMENTS, '{"SecurityOpt", «array_of(spec.security_opt)»}', "json::array()"),
    (SANDBOX + "setuid_program", DOCUMENTS, '{"SecurityOpt", «array_of(spec.security_opt)»}', "json::array()"),
    (SANDBOX + "fork_bomb", DOCUMENTS, 'if («spec.pids_limit != 0») host["PidsLimit"]', "false"),
    (SANDBOX + "processes_are_limited", DOCUMENTS, 'if («spec.pids_limit != 0») host["PidsLimit"]', "false"),
    (SANDBOX + "processes_are_limited", DOCUMENTS, 'if («spec.memory != 0») {', "false"),
    (SANDBOX + "processes_are_limited", DOCUMENTS, '«host["MemorySwap"] = spec.memory;»', None),
    (SANDBOX + "processes_are_limited", DOCUMENTS, 'if («spec.nano_cpus != 0») host["NanoCpus"]', "false"),
    (SANDBOX + "log_is_rotated", DOCUMENTS, '{"Config", «json::object{{"max-size", spec.log_max_size}, {"max-file", spec.log_max_files}}»}', "json::object()"),
    (SANDBOX + "nothing_but_us_restarts", DOCUMENTS, 'json::object{{"Name", «"no"»}}', '"always"'),
    (SANDBOX + "zombies", DOCUMENTS, '{"Init", «spec.init»}', "false"),
    (SANDBOX + "cannot_lie", PLAN, "  «set_identity(plan, env);»\n\n", "set_identity(plan, env); for (const auto& [key, value] : plan.variables) env[key] = value;"),
    (SANDBOX + "do_not_reach_each_other", DOCUMENTS, '«spec.container_to_container ? "true" : "false"»', '"true"'),

    # Ports
    ("supervise_test:ContainerSpec.publishes*", PLAN, 'spec.ports.push_back({port, «"127.0.0.1"», 0})', '"0.0.0.0"'),
    ("test_published.py:says_how_it_is_reached", PLAN, 'spec.ports.push_back({port, «"127.0.0.1"», 0})', '"0.0.0.0"'),
    (SANDBOX + "nothing_is_published", PLAN, "if («plan.publish») {", "true"),
    ("test_routes.py:localhost_only_and_strips", SITE, "routes.push_back(route(rule.path, endpoint(«rule.port»),", "card.app_port"),
    ("test_routes.py:nobody_named", SITE, "for (const std::uint16_t port : «card.expose») {\n    json::object exposed", "std::vector<std::uint16_t>{9000}"),
    ("test_routes.py:exposed_port", SITE, 'exposed["host"] = «fmt::format("{}--{}.{}", space.subdomain, port, domain)»', "std::string()"),
    ("test_routes.py:exposed_port", SITE, "json::object exposed = route(\"/\", endpoint(«port»), false)", "card.app_port"),

    # Builds
    (SECRETS + "two_tenants_with_the_same_dockerfile", BUILD, "if («!services.secrets.empty()»)\n    out +=", "false"),
    (SECRETS + "changed_secret", BUILD, "cache_salt(request.salt_key, «services.secrets»)", "(std::map<std::string, std::string>{})"),
    (SECRETS + "changed_secret", SALT, "«add(value);»", None),
    ("build_test:Salt.*", SALT, "crypto_generichash_init(&hash, «key.data()», key.size(),", "std::array<unsigned char, 32>{}.data()"),
    (SECRETS + "do_not_share_a_cache_mount", BUILD, 'cache_salt(request.salt_key, {{"space", «request.space»}})', "std::string()"),
    ("build_engine_test:*cache_mount*", BUILD, 'cache_salt(request.salt_key, {{"space", «request.space»}})', "std::string()"),
    (SECRETS + "two_instances", BUILD, 'cache_salt(«request.salt_key», {{"space", request.space}})', "std::array<unsigned char, 32>{}"),
    ("build_engine_test:*missing_required*", BUILD, "else if («mount.required»)", "false"),
    (SECRETS + "engine_is_told", BUILD, '«args["BUILDKIT_CACHE_MOUNT_NS"] = cache_salt(request.salt_key, {{"space", request.space}});»',
     "for (const auto& [id, value] : services.secrets) args[id] = value;"),
    (SECRETS + "finds_it_masked", BUILD, "«mask.add(*value);»", None),
    (SECRETS + "finds_it_masked", BUILD, "trace([this](std::string text) { return «mask.apply(std::move(text))»; })", "text"),
    ("build_test:Session.gives_registry*", SESSION, "«registry_reply(services, first_text(request))»", "registry_reply(services, services.registries.begin()->first)"),

    (SECRETS + "printed_its_secret", "runtime/supervise/space_start.cpp", "last_output_ = «without_secrets(output)»", "output"),
    ("test_builds.py:syntax_line", BUILD, "if («dockerfile.syntax_line != 0» && !needs_frontend)", "false"),
    ("test_full_disk.py:fills_the_engines_disk", BUILD, "if («event.kind == StepEvent::Kind::log && says_disk_full(event.line)») out_of_space", "false"),
    ("build_test:Failure.a_step_that_ran_out*", FAILURE, "if («full») text +=", "false"),
    ("build_test:Failure.a_step_that_ran_out*", FAILURE, "scene.out_of_space && «scene.steps.at(*scene.out_of_space).state == Step::State::failed»", "true"),

    # Programs and containers that end again and again; a gateway that is started again
    ("supervise_test:RestartPause.begins_anew*", BACK_OFF, "if («now - up_since_ > proven») failures_ = 0", "false"),
    ("supervise_test:RestartPause.is_nothing*", BACK_OFF, "return «std::min(pause, longest_pause)»", "pause"),
    ("supervise_test:RestartPause.is_nothing*", BACK_OFF, "if («before == 0») return {}", "false"),
    ("supervise_test:BackOff.never_waits*", BACK_OFF, "if (crashes_ != 0 && «now - last_ > window»)", "false"),
    ("supervise_test:Life.a_space_that_crashes*", "runtime/supervise/life.cpp", "starts_ = wait ? «Starts::waiting» : Starts::given_up", "Starts::allowed"),
    ("test_lifecycle.py:denies_no_space", SERVE, '«yaml += "feed: {hold: 5s}\\n";»', None),
    ("test_lifecycle.py:denies_no_space", SERVE, "server.gateway.keep([&]() -> net::Task<> { «co_await supervisor.feed_all();» })", None),
    ("test_tls.py:listener_trusts", SERVE, "if («!listener.trusted_proxies.empty()»)", "false"),

    # How long the engine may be silent
    ("test_patience.py:says_nothing_for_more", "runtime/build/build.cpp", "co_await engine.connect(«engine::any_silence»)", "http::ClientTimeouts()"),
    ("docker_engine_test:*says_nothing*", "runtime/engine/docker_wire.cpp", "const http::ClientTimeouts silence{«patience_», patience_};", "net::Duration(15'000)"),

    # Secrets at rest
    (SECRETS + "no_file_of_ours", DATABASE, "const std::string sealed = «box_.seal(value, context(id, key))»", "std::string(value.reveal())",
     (DATABASE, "«box_.open(statement.text(1), context(id, key))»", "SecretValue(statement.text(1))")),
    ("state_test:Database.a_secret_is_nowhere*", DATABASE, "const std::string sealed = «box_.seal(value, context(id, key))»", "std::string(value.reveal())",
     (DATABASE, "«box_.open(statement.text(1), context(id, key))»", "SecretValue(statement.text(1))")),
    ("state_test:SecretBox.*belongs", BOX, "bytes(context), «context.size()», nullptr, bytes(sealed), key_.data()", "std::size_t{0}",
     (BOX, "bytes(context), «context.size()», bytes(sealed),", "std::size_t{0}")),
    ("state_test:SecretBox.*", BOX, "randombytes_buf(sealed.data(), «nonce_size»)", "std::size_t{0}"),
    ("state_test:SecretBox.the_key_file*", BOX, "O_CLOEXEC, «0600»)", "0644"),
    ("state_test:SecretBox.refuses_a_key_file*", BOX, "if (known && «(info.st_mode & 077) != 0»)", "false"),
    (SECRETS + "owner_alone", SQLITE, "::umask(«077»)", "0"),

    # /data, GPUs, a full disk
    ("test_data.py:one_slug", PLAN, 'instance.substr(0, 8), «engine_name(space)»)', 'owner_of(space) + "-" + name_of(space)'),
    ("test_data.py:never_visible", PLAN, 'instance.substr(0, 8), «engine_name(space)»)', 'std::string("all")'),
    ("test_gpu.py:without_gpus", PLAN, "if («plan.gpus.any()») {\n    engine::DeviceRequest", "true"),
    ("test_gpu.py:without_a_gpu", PLAN, "if («plan.gpus.any()») {\n    engine::DeviceRequest", "false"),
    ("test_gpu.py:runtime_hook", PLAN, "if («plan.gpus.any()») {\n    engine::DeviceRequest", "false"),
    ("test_bad_input.py:full_disk", SQLITE, "if («code == SQLITE_FULL») throw", "false"),

    # The dialer
    ("dialer_process_test:*other_users*", SERVER, "if («std::find(allowed.begin(), allowed.end(), peer.uid) != allowed.end()») return true", "true"),
    ("dialer_process_test:*its_own_namespace*", NAMESPACE, "theirs.st_dev != ours.st_dev || «theirs.st_ino == ours.st_ino»", "false"),
    ("dialer_test:Registry.another_start*", REGISTRY, "if («known->second.generation > generation») return {", "false"),
    ("dialer_test:Registry.another_start*", REGISTRY, "if («known->second.generation < generation») return {", "false"),
    ("dialer_test:Registry.a_registration_that_comes_late*", REGISTRY, "if (known != entries_.end() && «known->second.generation > registration.generation») return", "false"),
    ("dialer_test:Registry.takes_no_more*", REGISTRY, "&& «entries_.size() >= capacity_») return", "false"),
    ("dialer_process_test:*descriptors*nobody*", SERVER, "const std::size_t takes = «client.role == Role::registrar ? 1 : 0»", "1"),
]
