"""What keeps a Space alive through changes, with several replicas, and asleep: the checks that tests/mutate takes out. The form of the
entries: mutants.py.
"""
LIFE = "runtime/supervise/life.cpp"
LIFECYCLE = "runtime/supervise/lifecycle.cpp"
SPACE = "runtime/supervise/space.cpp"
SPACE_END = "runtime/supervise/space_end.cpp"
RECLAIM = "runtime/supervise/reclaim.cpp"
SWAP_OUT = "runtime/supervise/swap_out.cpp"
SITE = "runtime/supervise/site.cpp"
ENDPOINTS = "runtime/supervise/endpoints.cpp"
LIFE_TESTS = "supervise_test:Life.*"

MUTANTS = [
    # Replicas
    (LIFE_TESTS, LIFE, "if («!proven_» || serving(slots_[slot]) == Serving::older) return false", "false"),
    (LIFE_TESTS, LIFE, "if (!proven_ || «serving(slots_[slot]) == Serving::older») return false", "false"),
    (LIFE_TESTS, LIFE, "if («want_ == Want::running && slot >= replicas_») return decide_surplus", "false"),
    (LIFE_TESTS, LIFE, "decide_surplus(seen, «any_serves(replicas_)»)", "true"),
    (LIFE_TESTS, LIFE, "«hopeless_ = true;»", None),
    (LIFE_TESTS, LIFE, "proven_ = false;\n  «hopeless_ = false;»", None),
    (LIFE_TESTS, LIFE, "«all_gone = all_gone && wanted == Action::erase;»", None),
    (LIFE_TESTS, LIFE, "if (seen.serving == Serving::older) «all.serving = Serving::older;»", None),
    (LIFE_TESTS, LIFE, "if («!hope») all.starts = Starts::given_up", "false"),
    ("test_replicas.py:stays_where_he_began", SITE, "if («endpoints.size() > 1») made", "false"),
    ("test_replicas.py:crash_of_serve", SPACE, "if (!found || «free == wanted») return false", "free != slots_.begin()"),

    # A change that nobody sees
    ("test_rollout.py:long_answer", SPACE_END, "«co_await drain(replica, patience);»", None),
    ("test_rollout.py:cut_off", SPACE_END, "«std::chrono::steady_clock::now() < until» &&", "true"),
    ("supervise_test:Connected.*", ENDPOINTS, "each_socket(table, port, «established», [&]", "listening"),

    ("test_rollout.py:leaves_the_old_one_alone", SPACE, "if («life_.hopeless() && slots_[i].serving->deployment != deployment_.n») fall_back", "false"),
    (LIFE_TESTS, LIFE, "if («build_wanted(build)») image_ = Image::none", "true"),
    ("test_bad_input.py:middle_of_a_build", "runtime/supervise/space_build.cpp", "life_.engine() == Engine::gone && «!followed_») {", "true"),

    ("test_rollout.py:must_restart", "runtime/supervise/space_build.cpp", "if («error.empty() && !no_cache_») keep_what", "false"),
    ("test_rollout.py:must_restart", "runtime/supervise/space_change.cpp", "if («slot.serving && !is_as_planned(*slot.serving, mark)») return", "false"),
    ("supervise_test:Identity.*", "runtime/supervise/replica_plan.cpp", "«text += fmt::format(\"{} {}\\n\", line.size(), line);»", None),

    ("e2e/test_sleep.py:while_it_freezes", "runtime/supervise/space_rest.cpp", "if («awaited_ && life_.want() == Want::running») {", "false"),

    ("supervise_test:SpaceRest.one_that_is_woken*", SPACE, "«if (!comes_up()) awaited_ = false;»", None),
    ("supervise_test:SpaceRest.one_that_wakes*", SPACE, "if («!comes_up()») awaited_ = false", "true"),
    ("supervise_test:SpaceRest.one_that_is_woken_before*", SPACE, "? «life_.power() != Power::awake» : intermediate(stage())", "true"),
    ("supervise_test:SpaceRest.one_that_is_woken_and*", SPACE, "? life_.power() != Power::awake : «intermediate(stage())»", "true"),
    ("supervise_test:*QuiesceWithoutAnswer*", "runtime/supervise/space_rest.cpp", "if (said == GatewayClient::Quiesced::unknown) «fed_.clear();»", None),
    ("supervise_test:SpaceRest.one_that_is_being*", "runtime/supervise/space_rest.cpp", "if («said == GatewayClient::Quiesced::unknown») fed_", "true"),

    # GPUs
    ("supervise_test:GpuPool.gives_none_twice", "runtime/supervise/gpu_pool.cpp", "!twice && «!held.contains(id)») picked", "true"),
    ("supervise_test:GpuPool.*", "runtime/supervise/gpu_pool.cpp", "if («!id.empty()» && !twice", "true"),
    ("supervise_test:GpuPool.a_gpu_has_two_names_and_is_one", "runtime/supervise/gpu_pool.cpp", "if (!id.empty() && «!twice»", "true"),
    ("supervise_test:GpuPool.the_beginning_of_a_uuid_is_enough_where_it_means_one", "runtime/supervise/gpu_pool.cpp", "if («!found.empty()») return {};", "false"),
    ("supervise_test:GpuPool.the_beginning_of_a_uuid_is_enough_where_it_means_one", "runtime/supervise/gpu_pool.cpp", "&& «name.size() > uuid_prefix.size()»;", "true"),
    ("supervise_test:GpuPool.what_a_container_has*", "runtime/supervise/gpu_pool.cpp", "if (const std::string known = «ours(id)»; !known.empty())", "id"),
    ("supervise_test:GpuPool.one_that_a_node_file*", "runtime/supervise/gpu_pool.cpp", "if («ours(id).empty()») ids_", "true"),
    ("supervise_test:Driver.gpus_are_numbered*", "runtime/supervise/gpu_pool.cpp", "«std::sort(devices.begin(), devices.end());»", "std::sort(devices.rbegin(), devices.rend());"),
    ("supervise_test:Driver.gpus_are_numbered*", "runtime/supervise/gpu_pool.cpp", "if («gpu.uuid.find('?') != std::string::npos») gpu.uuid.clear()", "false"),
    ("supervise_test:Driver.one_that_is_kept*", "runtime/supervise/gpu_pool.cpp", "if («excluded») continue;", "false"),
    ("test_gpu.py:never_given_twice", "runtime/supervise/space_start.cpp", "if («serving && pool.would_fit_without(plan.gpus, serving->container.id)»)", "false"),
    ("test_gpu.py:never_given_twice", "runtime/supervise/space_start.cpp", "if («!pool.can_ever(plan.gpus)») {", "false"),
    ("test_gpu.py:never_given_twice", "runtime/supervise/space_end.cpp", "if (removed) «context_.gpus.release(container);»", None),
    ("test_gpu.py:never_given_twice", "runtime/supervise/space_rest.cpp", "if («gpus && gpus->any()») rest = Rest::stopped", "false"),
    ("test_lifecycle.py:used_last_come_up", "runtime/supervise/supervisor.cpp", "return «a->record().last_used > b->record().last_used»;", "false"),
    ("test_lifecycle.py:while_the_dialer_is_away", "runtime/supervise/space_start.cpp", "if («std::chrono::steady_clock::now() >= until || stopping_») co_return *problem", "true"),

    # Sleep
    ("test_renewal.py:waits_for_a_space", "runtime/supervise/gateway_client.cpp", "if («!predecessor_.empty()») co_await say_to_predecessor", "false"),
    (LIFE_TESTS, LIFECYCLE, "if («observed.power != Power::awake && observed.serving != Serving::none») return Action::wake", "false"),
    ("supervise_test:Life*", LIFECYCLE, "if («observed.power == Power::awake») return Action::quiesce", "false"),
    (LIFE_TESTS, LIFE, "if (!any_serves(slots_.size())) «power_ = Power::awake;»", None),
    (LIFE_TESTS, LIFE, "if («want_ == Want::sleeping») want_ = Want::running", "false"),
    (LIFE_TESTS, LIFE, "else if («frozen != (power_ == Power::frozen)»)", "false"),
    ("supervise_test:Site.is_held*", SITE, "return «view.power == Power::awake» ? \"ready\"", "true"),
    ("supervise_test:Memory.*", "runtime/supervise/memory.cpp", "return «memory.available < memory.total / 10»", "true"),
    ("supervise_test:Turns.*", "runtime/supervise/turns.hpp", "insert(«place == Place::first» ?", "false"),

    # Memory of what is frozen
    ("supervise_test:Reclaim.*somebody_elses*", RECLAIM, "if («part.native().find(container) != std::string::npos») return", "part.native().size() != 6"),
    ("supervise_test:Reclaim.*somebody_elses*", RECLAIM, "if («container.empty()») return std::nullopt", "false"),
    ("supervise_test:Reclaim.is_for*", RECLAIM, "return «frozen» && held", "true"),
    ("supervise_test:Reclaim.is_for*", RECLAIM, "frozen && «held != 0» &&", "true"),
    ("supervise_test:Reclaim.is_for*", RECLAIM, "&& «machine.swap_free > held»;", "machine.swap_free >= held"),
    ("test_swap.py:nothing_is_done", RECLAIM, "&& «machine.swap_free > held»;", "true"),
    ("supervise_test:Reclaim.ends_as_soon*", RECLAIM, "left > few && «go_on()»;", "true"),
    ("supervise_test:Reclaim.asks_again*", RECLAIM, "&& «left > few» && go_on()", "true"),
    ("supervise_test:Reclaim.has_the_kernel_count*", RECLAIM, "«text_of(group.folder / \"memory.stat\");»", None),
    ("supervise_test:Reclaim.a_kernel_that*", RECLAIM, "if («!asked && errno != EAGAIN && errno != EINTR») return", "false"),
    ("supervise_test:Reclaim.an_allowance*", RECLAIM, "|| «number_in(group.folder / \"memory.swap.max\") != 0U») return", "false"),
    ("supervise_test:Reclaim.an_allowance*", RECLAIM, "|| «number_in(group.folder / \"memory.swap.max\") != limit») return", "false"),
    ("test_swap.py:wakes_as_it_was", "runtime/supervise/space_rest.cpp", "if (slot.serving) «context_.swap_out.frozen(slot.serving->container.id, slot.serving->container.pid);»", None),
    ("test_swap.py:waits_for_nothing", "runtime/supervise/space_rest.cpp", "«context_.swap_out.leaves(container);»", None),
    ("test_swap.py:goes_on", SPACE, "«context_.swap_out.frozen(container.id, container.pid);»", None),
    ("supervise_test:SwapOutTest.*breaks_it_off", SWAP_OUT, "while (!job->over) {\n    «interrupt(*job);»", None),
    ("supervise_test:SwapOutTest.*left_alone", SWAP_OUT, "if («!job.state.compare_exchange_strong(expected, Job::State::runs)») return", "(job.state = Job::State::runs, false)"),
    ("supervise_test:SwapOutTest.*when_it_runs", SWAP_OUT, "if (job->group) «forbid_swap(*job->group);»", None),
    ("supervise_test:SwapOutTest.*breaks_it_off", SWAP_OUT, "compare_exchange_strong(expected, Job::State::done) && job.group) «forbid_swap(*job.group);»", None),
    ("supervise_test:SwapOutTest.*just_left_either", SWAP_OUT, "«broken_off_ = job;»", None),
]
