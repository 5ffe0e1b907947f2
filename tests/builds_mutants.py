"""The protections of builds: what they may take, their queue, their cache. In the form that mutants.py describes."""
LIMITS = "runtime/supervise/build_limits.cpp"
TURNS = "runtime/supervise/turns.hpp"
CACHE = "runtime/supervise/build_cache.cpp"
SPACE = "runtime/supervise/space.cpp"
SPACE_BUILD = "runtime/supervise/space_build.cpp"
BUILD = "runtime/build/build.cpp"
HISTORY = "runtime/supervise/history.cpp"
LIFE = "runtime/supervise/life.cpp"
SUPERVISOR = "runtime/supervise/supervisor.cpp"
DATABASE = "runtime/state/database.cpp"
ROTATION = "runtime/state/key_rotation.cpp"
SETTINGS = "runtime/supervise/settings_check.cpp"
BUILDS = "test_builds.py:"
ROLLBACK = "test_rollback.py:"

MUTANTS = [
    # What all builds may take together
    ("supervise_test:BuildLimits.that_an_operator*", LIMITS, "if («hard()» && !ours) std::ofstream", "false"),
    ("supervise_test:BuildLimits.that_an_operator*", LIMITS, "if (problem_.empty() && «ours && !hard()») fs::remove", "false"),
    ("supervise_test:BuildLimits.that_an_operator*", LIMITS, "write_all(one_tree ? Hierarchy::v2 : Hierarchy::v1, «ours»);", "true"),
    ("supervise_test:BuildLimits.of_one_tree*", LIMITS, "if (one_tree) «hand_on_controllers();»", None),
    ("supervise_test:BuildLimits.an_engine_whose*", LIMITS, "if («!problem_.empty()») return problem_;", "false"),
    ("supervise_test:BuildLimits.that_cannot*", LIMITS, "if (!write_to(path, value) && «needed») return", "false"),
    ("supervise_test:BuildLimits.a_build_wanted_more*", LIMITS, "return «after.refusals > before.refusals» && (", "true"),
    ("supervise_test:BuildLimits.a_build_wanted_more*", LIMITS, "&& («killed || after.kills > before.kills»);", "true"),
    (BUILDS + "needs_more_than_all", LIMITS, "const config::Bytes with_swap{settings.memory.count + «config::mebibytes(1).count»};", "0"),
    (BUILDS + "step_of_a_build_has", LIMITS, 'out.push_back({cpu + "shares", «std::to_string(settings.cpu_shares)»});', '"1024"'),
    # The queue
    ("supervise_test:Turns.nobody_begins*", TURNS, "turns_.free_ == 0 || «turns_.halted_» ||", "false"),
    ("supervise_test:Turns.who_waits_knows*", TURNS, "return «before < turns_.free_» ? 0", "false"),
    (BUILDS + "wait_know", SPACE_BUILD, "«queued_behind_.reset();»\n}", None),
    (BUILDS + "wait_know", "runtime/supervise/space_change.cpp", "if (!before_->record && «!keep») {", "true"),
    (BUILDS + "takes_too_long", BUILD, "if («request.timeout.count() > 0») {", "false"),
    # The cache
    (BUILDS + "pruned_by_size", CACHE, "co_await context.engine.prune_builds(«keep.count»);", "config::gibibytes(1000).count"),
    # Earlier images, and going back
    ("supervise_test:Tidy.keeps_what_is_in_use*", HISTORY, "if (!one.image.empty() && «in_use.contains(one.n)») kept", "false"),
    ("supervise_test:Tidy.keeps_the_newest*", HISTORY, "&& «kept.size() < images») kept", "true"),
    ("supervise_test:Tidy.forgets*", HISTORY, "if (!recent && «!builders.contains(one.n)») out", "true"),
    ("supervise_test:Tidy.forgets*", HISTORY, "i < kept_records || «in_use.contains(one.n)»;", "false"),
    ("supervise_test:RollbackTarget.without*", HISTORY, "&& «one.image != now.image»;", "true"),
    ("supervise_test:RollbackTarget.without*", HISTORY, "const bool before = «one.status == state::DeploymentStatus::serving» &&", "true"),
    ("supervise_test:RollbackTarget.says*", HISTORY, "if («found->image.empty()») {", "false"),
    ("supervise_test:RollbackTarget.says*", HISTORY, "if («found->n == now.n»)\n    throw", "false"),
    ("supervise_test:Life.a_rollback_is*", LIFE, "restart();\n  «image_ = Image::built;»", None),
    (ROLLBACK + "version_before", SUPERVISOR, "if («found.rolled_back()») {", "false"),
    # A new key, and what an environment can hold
    ("state_test:KeyRotation.killed*", ROTATION, "if («key_of(layout.database()) == SecretBox(next_key(layout)).id()»)", "false"),
    ("state_test:KeyRotation.killed*", ROTATION, "if («key_of(layout.database()) == SecretBox(next_key(layout)).id()»)", "true"),
    ("state_test:KeyRotation.seals*", ROTATION, "«box.become(fresh);»", None),
    ("state_test:KeyRotation.that_fails*", ROTATION, "} catch (...) {\n    «fs::remove(next_key(layout), gone);»", None),
    ("state_test:KeyRotation.killed*", DATABASE, "«connection_.prepare(\"INSERT OR REPLACE INTO meta VALUES ('key', ?)\").bind(with.id()).run();»", None),
    ("supervise_test:SettingsCheck.a_value*", SETTINGS, "if («value.size() > most_value_bytes») {", "false"),
    ("supervise_test:SettingsCheck.what_no*", SETTINGS, "if («value.find('\\0') != value.npos») {", "false"),
    ("supervise_test:SettingsCheck.all_together*", SETTINGS, "if («all <= most_setting_bytes») return;", "true"),
    ("test_secrets.py:memory_of_serve", "runtime/supervise/space_start.cpp", "next->container = «without_environment(*container)»;", "*container"),
    ("state_test:Database.a_rollback*", DATABASE, "made.origin = «to.origin != 0» ? to.origin", "false"),
]
