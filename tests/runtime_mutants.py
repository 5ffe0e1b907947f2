"""The protections of the runtime that tests/mutate takes out of a copy of the code, one at a time. The form of the entries: mutants.py.

Not here: the limit of memory (without it the test that needs too much would take all of the machine's), GPUs at build time, which the
engine's interface has no word for, and a field of a build's trace that is longer than what came (reading past it is for ASan to see).
"""
TYPES = "runtime/engine/types.hpp"
DOCUMENTS = "runtime/engine/documents.cpp"
PLAN = "runtime/supervise/replica_plan.cpp"
MOUNTS = "runtime/supervise/mounts.cpp"
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
SPACE = "runtime/supervise/space.cpp"
SPACE_CHANGE = "runtime/supervise/space_change.cpp"
SPACE_BUILD = "runtime/supervise/space_build.cpp"
LIFE = "runtime/supervise/life.cpp"
SUPERVISOR = "runtime/supervise/supervisor.cpp"
JOURNAL = "runtime/supervise/journal.cpp"
UP = "runtime/cli/up.cpp"
OWN_SERVE = "runtime/cli/own_serve.cpp"
CHECKS = "runtime/cli/checks.cpp"
SCREEN = "runtime/cli/screen.cpp"
LIVE_VIEW = "runtime/cli/live_view.cpp"
PRINTABLE = "runtime/cli/printable.cpp"
COMMAND_LINE = "runtime/cli/command_line.cpp"
PRIVILEGES = "runtime/dialer/privileges.cpp"
LISTENING = "runtime/dialer/listening_socket.cpp"
OPTIONS = "runtime/dialer/options.cpp"
API = "runtime/api/api.cpp"
FOLDER = "runtime/state/state_folder.cpp"
CONTEXT = "runtime/build/context.cpp"
MASK = "runtime/build/mask.cpp"
TRACE = "runtime/build/trace.cpp"
INTERRUPT = "test_interrupt.py:"
TERMINAL = "test_terminal.py:"
DOCTOR = "test_doctor.py:"
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

    # Ports
    ("supervise_test:ContainerSpec.publishes*", PLAN, 'spec.ports.push_back({port, «"127.0.0.1"», 0})', '"0.0.0.0"'),
    ("test_published.py:says_how_it_is_reached", PLAN, 'spec.ports.push_back({port, «"127.0.0.1"», 0})', '"0.0.0.0"'),
    (SANDBOX + "nothing_is_published", PLAN, "if («plan.publish») {", "true"),
    ("test_routes.py:localhost_only_and_strips", SITE, "routes.push_back(route(rule.path, at(«rule.port»),", "card.app_port"),
    ("test_routes.py:nobody_named", SITE, "for (const std::uint16_t port : «card.expose») {\n    json::object exposed", "std::vector<std::uint16_t>{9000}"),
    ("test_routes.py:exposed_port", SITE, 'exposed["host"] = «fmt::format("{}--{}.{}", space.subdomain, port, node.domain)»', "std::string()"),
    ("supervise_test:Site.has_the_limits*", SITE, "if (const auto& limits = node.defaults.limits; «limits != config::Limits{}») site", "true"),
    ("test_settings.py:requests_at_once", SITE, 'site["limits"] = «limits_json(limits)»', "json::object()"),
    ("test_settings.py:requests_at_once", "runtime/cli/serve.cpp", "if (const auto limits = config::to_yaml(node.limits); «!limits.empty()») yaml", "false"),
    ("test_routes.py:exposed_port", SITE, "json::object exposed = route(\"/\", at(«port»), false)", "card.app_port"),

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

    (SECRETS + "printed_its_secret", "runtime/supervise/space_end.cpp", "last_output_ = «without_secrets(output)»", "output"),
    ("test_builds.py:syntax_line", BUILD, "if («dockerfile.syntax_line != 0» && !needs_frontend)", "false"),
    ("test_full_disk.py:fills_the_engines_disk", BUILD, "if («event.kind == StepEvent::Kind::log && says_disk_full(event.line)») out_of_space", "false"),
    ("build_test:Failure.a_step_that_ran_out*", FAILURE, "if («full») text +=", "false"),
    ("build_test:Failure.a_step_that_ran_out*", FAILURE, "scene.out_of_space && «scene.steps.at(*scene.out_of_space).state == Step::State::failed»", "true"),

    # Programs and containers that end again and again; a gateway that is started again
    ("supervise_test:RestartPause.begins_anew*", BACK_OFF, "if («now - up_since_ > proven») failures_ = 0", "false"),
    ("supervise_test:RestartPause.is_nothing*", BACK_OFF, "return «std::min(pause, longest_pause)»", "pause"),
    ("supervise_test:RestartPause.is_nothing*", BACK_OFF, "if («before == 0») return {}", "false"),
    ("supervise_test:BackOff.never_waits*", BACK_OFF, "if (crashes_ != 0 && «now - last_ > window»)", "false"),
    ("supervise_test:Life.a_space_that_crashes*", "runtime/supervise/life.cpp", "slot.starts = wait ? «Starts::waiting» : Starts::given_up", "Starts::allowed"),
    ("test_lifecycle.py:denies_no_space", SERVE, '«yaml += "feed: {hold: 5s}\\n";»', None),
    ("test_lifecycle.py:denies_no_space", SERVE, "server.gateway.keep([&]() -> net::Task<> { «co_await supervisor.feed_all();» })", None),
    ("test_tls.py:listener_trusts", SERVE, "if («!listener.trusted_proxies.empty()»)", "false"),

    # How long the engine may be silent
    ("test_patience.py:says_nothing_for_more", "runtime/build/build.cpp", "co_await engine.connect(«engine::any_silence»)", "http::ClientTimeouts()"),
    ("build_test:*SilentEngine*", BUILD, "co_await farewell.wait(«request.farewell»)", "std::chrono::hours(1)"),
    ("build_test:*SilentEngine*", BUILD, "if («exchange_now != nullptr») exchange_now->abort();\n  child_ends", "false"),
    ("build_test:*SilentEngine*", BUILD, "if («request.timeout.count() > 0») {", "false"),
    ("build_test:*SilentEngine*", BUILD, "if («!uploaded») return exchange_now", "false"),
    ("build_test:*SilentEngine*", "runtime/engine/docker_engine.cpp", "url_encode(build_id), {}, «patience_»)", "std::chrono::minutes(2)"),
    ("build_test:*GoneEngine*", BUILD, "auto piece = co_await exchange.read_body();\n    if («!piece») co_return broken", "(!piece && (piece = http::Chunk{{}, true, nullptr}, false))"),
    ("build_test:*GoneEngine*", BUILD, "if («error.empty() && image_id.empty()») error", "false"),
    ("build_test:*GoneEngine*", BUILD, "if («status != 200») co_return engine::to_error", "false"),
    ("engine_test:Connection.over_tcp*", "runtime/engine/docker_wire.cpp", "if («std::holds_alternative<net::TcpAddress>(*address_)») notice", "false"),
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
    ("test_data.py:one_slug", MOUNTS, 'instance.substr(0, 8), «engine_name(space)»)', 'space.substr(0, space.find(\'/\')) + "-" + space.substr(space.find(\'/\') + 1)'),
    ("test_data.py:never_visible", MOUNTS, 'instance.substr(0, 8), «engine_name(space)»)', 'std::string("all")'),
    ("supervise_test:ContainerSpec.no_variable_gets*", PLAN, "if («!plan.gpus.any()» && plan.nvidia_runtime) env", "true"),
    ("supervise_test:ContainerSpec.no_variable_gets*", PLAN, "if (!plan.gpus.any() && «plan.nvidia_runtime») env", "true"),
    ("supervise_test:ContainerSpec.no_variable_gets*", PLAN, "if («plan.gpus.any()») env.erase", "false"),
    ("test_gpu.py:default_runtime", "runtime/supervise/space_start.cpp", "plan.nvidia_runtime = «std::find(runtimes.begin(), runtimes.end(), \"nvidia\") != runtimes.end()»;", "false"),
    ("cli_test:GpuFinding.a_toolkit*", CHECKS, "const bool missed = «gpus.usable && gpus.here && !gpus.driver»;", "false"),
    ("cli_test:GpuFinding.an_engine_elsewhere*", CHECKS, "const bool missed = gpus.usable && «gpus.here» && !gpus.driver;", "true"),
    ("test_gpu.py:without_gpus", PLAN, "if («plan.gpus.any()») {\n    engine::DeviceRequest", "true"),
    ("test_gpu.py:without_a_gpu", PLAN, "if («plan.gpus.any()») {\n    engine::DeviceRequest", "false"),
    ("test_gpu.py:runtime_hook", PLAN, "if («plan.gpus.any()») {\n    engine::DeviceRequest", "false"),
    ("test_bad_input.py:full_disk", SQLITE, "if («code == SQLITE_FULL») throw", "false"),

    # Ctrl-C
    (INTERRUPT + "before_it_ran and building", UP, "if («!deploy(body)») return wind_up", "!deploy(body) && false"),
    (INTERRUPT + "version_before and building", SPACE_CHANGE, "«restore(*before_);»", None),
    (INTERRUPT + "version_before and building", SPACE_CHANGE, "if («left») {\n    deployment_", "std::optional<state::DeploymentRecord>()"),
    (INTERRUPT + "version_before and starting", SPACE_BUILD, "«co_await context_.engine.remove_image(name, true);»", None),
    (INTERRUPT + "paused_again", SPACE_CHANGE, "message_.clear();\n  }\n  if («record_.desired == state::Desired::paused») life_.set_want", "false"),
    (INTERRUPT + "before_it_ran and building", SPACE_CHANGE, "if («!before_->record && !keep») {", "false"),
    (INTERRUPT + "before_it_ran and building", SPACE, "«std::filesystem::remove(build_log_of(n), gone);»", None),
    (INTERRUPT + "earlier_deployment", SPACE, "«before_.reset();»\n    woken_", None),
    (INTERRUPT + "beside_it_stops_too", SPACE, "if («!containers_too || !slot.serving || slot.serving->adopted») continue", "true"),
    (INTERRUPT + "what_ran_before", SPACE, "!slot.serving || «slot.serving->adopted») continue", "false"),
    (INTERRUPT + "beside_it_stops_too", SUPERVISOR, "if («engine_.answers()») co_await network_.remove();", "false"),
    (INTERRUPT + "serve_that_never_answers", OWN_SERVE, "if («interrupt.signal() != 0») {", "false"),
    (INTERRUPT + "reader_that_is_gone", "runtime/cli/progress_view.cpp", "return «std::cout.good()»;", "true"),
    (INTERRUPT + "another_deployment", SUPERVISOR, "(«deployment == 0 || meant.deployment() == deployment») && meant.go_back(keep)", "true"),
    ("test_lifecycle.py:stopped_while_it_starts", SERVE, "signals(server.worker.context(), «SIGINT, SIGTERM»)", "SIGUSR1, SIGUSR2"),
    ("supervise_test:Life.*interrupted*", LIFE, "slot.next = Next::failed;\n    if (slot.serving_revision != 0) «slot.serving_revision = revision_;»", None),
    ("supervise_test:Life.*", "runtime/supervise/life.hpp", "return «image_ == Image::building» && build", "true"),
    ("supervise_test:Life.*", "runtime/supervise/life.hpp", "&& «build == build_ticket_»;", "true"),
    ("supervise_test:Life.*", LIFE, "return «slot.next == Next::starting» && start", "true"),
    ("supervise_test:Life.*", LIFE, "&& «start == slot.start_ticket»;", "true"),
    ("supervise_test:Life.*", LIFE, "if («back_off == slot.back_off_ticket» &&", "true"),
    ("supervise_test:Life.*", LIFE, "slot.starts = Starts::allowed;\n    if («slot.next != Next::none») slot.next = Next::failed;\n    if (slot.serving", "false"),
    (TERMINAL + "gives_the_echo_back", "runtime/cli/terminal.cpp", "if («interrupt.signal() != 0») {", "false"),

    # What is drawn
    (TERMINAL + "drawn_over", SCREEN, "if («drawn_ != 0») out +=", "false"),
    (TERMINAL + "no_line_wraps", PRINTABLE, "if («columns_of(text) <= columns») return", "true"),
    (TERMINAL + "no_line_wraps", PRINTABLE, "if («text[at] == '\\x1b'») {", "false", (PRINTABLE, "else if («width_of(code) >= 0 && !turns_direction(code)»)", "true")),
    (TERMINAL + "knows_only_lines", "runtime/cli/terminal.cpp", "return «!kind.empty() && kind != \"dumb\"»;", "true"),
    (TERMINAL + "no_color", "runtime/cli/terminal.cpp", "moves_cursor() && «environment(\"NO_COLOR\").empty()»", "true"),
    (TERMINAL + "no_text_do_not_end", JOURNAL, "return «config::as_utf8(boost::json::serialize(event))»;", "boost::json::serialize(event)"),
    (TERMINAL + "more_steps_at_once", LIVE_VIEW, "const bool all = «running_.size() <= most»;", "true"),
    ("cli_test:LiveViewTest.*rows*", LIVE_VIEW, "const bool all = «running_.size() <= most»;", "true"),
    ("cli_test:LiveViewTest.*wider*", LIVE_VIEW, "const std::size_t width = «std::max<std::size_t>(columns, 2) - 1»;", "columns"),
    ("cli_test:Printable.*direction*", PRINTABLE, "width_of(code) >= 0 && «!turns_direction(code)»", "true"),

    # doctor, hardware, the command line
    (DOCTOR + "without_buildkit", CHECKS, 'finding("BuildKit", «engine.capabilities().buildkit_session»,', "true"),
    (DOCTOR + "somebody_else_has", CHECKS, 'return finding(address_of(listener), «false», bound.problem,', "true"),
    (DOCTOR + "still_has", CHECKS, "if («supervise::listener_of(layout.gateway_socket(), false) != 0»)\n    return", "false"),
    (DOCTOR + "cannot_be_started_again", CHECKS, "      address_of(listener), «answers», answers ?", "true"),
    (DOCTOR + "dialer_that_hangs", SERVE, "«now.published.empty() && server.registrar.ping()»", "now.published.empty()"),
    (DOCTOR + "missed_only_by", CHECKS, 'return finding("GPU", «usable», fmt', "true"),
    (DOCTOR + "not_installed", CHECKS, "return finding(program, «there», there", "true"),
    (DOCTOR + "folder_that_is_full", CHECKS, 'finding("state folder", «writable && free_mib >= enough_mib»', "writable"),
    (DOCTOR + "cannot_be_written", CHECKS, "const bool writable = «::access(there.c_str(), W_OK) == 0» &&", "true"),
    ("test_hardware.py:touches_nothing", SUPERVISOR, "if («record.hardware == flavor») return false;", "false"),
    ("test_hardware.py:unknown_flavor", SUPERVISOR, "Space& found = space(id);\n  «check_flavor(flavor, context_.node);»", None),
    ("test_hardware.py:stays_paused", SPACE_CHANGE, "if («runs») restart();", "true"),
    ("test_settings.py:network_of_build_steps", "runtime/build/network.cpp", 'return «network == "host" || network == "none"» ?', "false"),
    ("test_settings.py:provider_of_ones_own", PLAN, "if («plan.card.oauth.enabled && missing_oauth(plan.variables, names_of(plan.secrets)).empty()»)", "false"),
    ("test_settings.py:without_a_provider", PLAN, "if (plan.card.oauth.enabled && «missing_oauth(plan.variables, names_of(plan.secrets)).empty()»)", "true"),
    ("test_cli.py:unknown_space", "runtime/supervise/spaces.cpp", "«nearest(id, ids)»),\n", "std::string()"),
    ("test_cli.py:a_slip", COMMAND_LINE, "what = fmt::format(\"there is no option `{}`{}\", option, «suggestion(option, candidates)»);", "std::string()"),

    # The dialer
    ("dialer_process_test:*other_users*", SERVER, "if («std::find(allowed.begin(), allowed.end(), peer.uid) != allowed.end()») return true", "true"),
    ("dialer_process_test:*its_own_namespace*", NAMESPACE, "theirs.st_dev != ours.st_dev || «theirs.st_ino == ours.st_ino»", "false"),
    ("dialer_test:Registry.another_start*", REGISTRY, "if («known->second.generation > generation») return {", "false"),
    ("dialer_test:Registry.another_start*", REGISTRY, "if («known->second.generation < generation») return {", "false"),
    ("dialer_test:Registry.a_registration_that_comes_late*", REGISTRY, "if (known != entries_.end() && «known->second.generation > registration.generation») return", "false"),
    ("dialer_test:Registry.takes_no_more*", REGISTRY, "&& «entries_.size() >= capacity_») return", "false"),
    ("dialer_process_test:*descriptors*nobody*", SERVER, "const std::size_t takes = «client.role == Role::registrar ? 1 : 0»", "1"),
    *[("dialer_process_test:*keeps_*", PRIVILEGES, find, new) for find, new in (
        ("if (::geteuid() == 0) {\n    «empty_bounding_set();»", None),
        ('«check(::setgroups(0, nullptr), "cannot drop the supplementary groups");»', None),
        ("::setresgid(«group», group, group)", "gid_t{0}"),
        ("::setresuid(«user», user, user)", "uid_t{0}"),
        ("  «set_capabilities();»\n  check", None),
        ('«check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "cannot set no_new_privs");»', None),
        ('«check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "cannot forbid dumps");»', None))],
    ("dialer_process_test:*mode_and_group*", LISTENING, "if («::chmod(path.c_str(), mode)» != 0) fail", "::chmod(path.c_str(), 0666)"),
    ("dialer_process_test:*mode_and_group*", LISTENING, "if («group» && ::chown", "std::optional<gid_t>{}"),
    ("dialer_process_test:*second_one*", LISTENING, "!= 0 && «errno == ECONNREFUSED») ::unlink", "true",
     (LISTENING, "if («::connect(probe.get(), generic(address), sizeof address) != 0» &&", "true")),
    ("dialer_process_test:*no_socket_stays*", LISTENING, "|| «!S_ISSOCK(file.st_mode)») return", "false"),
    ("dialer_test:Options.nobody*", OPTIONS, "else if («options.allowed_uids.empty()»)", "false"),
    ("dialer_test:Options.paths_are_needed*", OPTIONS, "else if («!sockets_inherited && (options.dialer_socket.empty() || options.registrar_socket.empty())»)", "false"),

    # Who may use the API, and with what
    ("api_test:ApiTest.whoever*", API, 'if («connection.peer == "uid 0" || connection.peer == fmt::format("uid {}", ::geteuid())») return', "true"),
    ("api_test:ApiTest.the_peer*", API, "const bool known = «::getsockopt(stream.socket().descriptor(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0»;", "true"),
    ("api_test:ApiTest.a_body*", "runtime/api/reply.cpp", "if («body.size() > limit») throw", "false"),
    ("api_test:ApiTest.of_a_space*", "runtime/api/use.cpp", "const std::string id = «supervisor_.space(call.id).id()»;", "call.id"),
    ("api_test:ApiTest.of_a_space*", "runtime/api/settings.cpp", "wish.id = «supervisor_.space(call.id).id()»;", "call.id"),
    ("api_test:ApiTest.a_wrong_method*", "runtime/api/routes.cpp", "if («route.method == method») found", "true"),
    ("api_test:ApiTest.what_is_not*", "runtime/api/routes.cpp", "if («wanted != \"*\" && wanted != part») return", "false"),
    ("api_test:ApiTest.a_wrong_method*", "runtime/api/reply.cpp", "if («!allowed.empty()») head", "false"),
    ("api_test:ApiTest.a_wrong_body*", "runtime/api/reply.cpp", "if («error || !value.is_object()») throw", "error.failed()"),
    ("api_test:ApiTest.a_wrong_body*", "runtime/api/body.cpp", "if («!value.is_string()») throw", "false"),
    ("api_test:ApiTest.something_new*", API, "if («!supervisor_.engine_answers()») {", "false"),

    # The state folder
    ("state_test:StateFolder.only_one*", FOLDER, "if («::flock(lock_, LOCK_EX | LOCK_NB) != 0») {", "false"),
    ("state_test:StateFolder.lets_nobody*", FOLDER, "make_folder(layout_.state, «layout_.run.parent_path() == layout_.state ? 0711 : 0700»)", "0755"),
    ("state_test:StateFolder.lets_nobody*", FOLDER, "make_folder(layout_.logs(), «0700»)", "0755"),
    ("state_test:StateFolder.leaves_the_mode*", FOLDER, "if («created» && ::chmod", "true"),
    ("state_test:StateFolder.a_path_too_long*", FOLDER, "if («layout_.registrar_socket().string().size() > longest_socket_path») {", "false"),

    # What leaves this machine with a build, and what comes back
    ("build_test:Context.packs*", CONTEXT, "«archive_entry_set_uid(entry_, 0);»", "archive_entry_set_uid(entry_, 1234);"),
    ("build_test:Context.packs*", CONTEXT, "if («S_ISLNK(status.st_mode)») return link", "false"),
    ("build_test:Context.packs*", CONTEXT, "return «!options_.ignore.excludes(relative)» ||", "true"),
    ("build_test:Context.packs*", CONTEXT, "|| «std::ranges::find(options_.always, relative) != options_.always.end()»;", "false"),
    ("build_test:Mask.*", MASK, "return «a.size() > b.size()»;", "a.size() < b.size()"),
    ("build_test:Mask.*", MASK, "const auto end = «value.find_first_of(\"\\r\\n\")»;", "std::string_view::npos"),
    ("build_test:Mask.*", MASK, "if («line.size() >= shortest») values_", "true"),
    ("build_test:Trace.a_secret*", TRACE, "StepEvent::Kind::log, at, «clean(line)», standard_error", "std::string(line)"),
    ("build_test:Trace.*", TRACE, "step.name = «clean(name)»;", "std::string(name)"),
    ("build_test:Trace.*", TRACE, "step.error = «clean(error)»;", "std::string(error)"),
    ("build_test:Trace.*", TRACE, "{StepEvent::Kind::log, at, «clean(held)», stream == 1}", "std::string(held)"),
    ("build_test:Trace.output_without*", TRACE, "if («held.size() <= 2 * kept») return;", "true"),
    ("build_test:Trace.a_secret_on_the_border*", TRACE, "std::min(whole.size(), «kept»)", "std::size_t{0}"),
    ("build_test:Trace.broken*", TRACE, "if («!check.good()») return", "false"),
    ("build_test:Session.*", SESSION, "if («at == services.secrets.end()») return", "services.secrets.empty()"),
    ("engine_test:LogFrames.*", "runtime/engine/log_frames.cpp", "|| «(header_.size() >= 4 && (at(1) != 0 || at(2) != 0 || at(3) != 0))») {", "false"),
]
