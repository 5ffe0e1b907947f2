"""What keeps Spaces in: the checks of runtime/isolation, runtime/storage and of those who use them that tests/mutate takes out of a copy of
the code, one at a time. The form of the entries: mutants.py. Where two protections stand behind each other both are taken out.

Not here: a setting of the kernel that the engine makes (bridge-nf-call-iptables), growth while mounted (this needs CAP_SYS_RESOURCE, which
not every machine's root has).
"""
RULES = "runtime/isolation/fence_rules.cpp"
FENCE = "runtime/isolation/fence.cpp"
RESOLVERS = "runtime/isolation/resolvers.cpp"
TOOL = "runtime/isolation/tool.cpp"
USE = "runtime/isolation/disk_use.cpp"
WATCH = "runtime/isolation/disk_watch.cpp"
IMAGE = "runtime/storage/image.cpp"
LOOP = "runtime/storage/loop_device.cpp"
VOLUMES = "runtime/storage/sized_volumes.cpp"
SUPERBLOCK = "runtime/storage/superblock.cpp"
DATA = "runtime/supervise/data_volume.cpp"
GUARD = "runtime/supervise/guard.cpp"
SPACE = "runtime/supervise/space.cpp"
LIFE = "runtime/supervise/life.cpp"
WISH = "runtime/supervise/wish.cpp"
DOCUMENTS = "runtime/engine/documents.cpp"
PLAN = "runtime/supervise/replica_plan.cpp"
TYPES = "runtime/engine/types.hpp"
CHECKS = "runtime/cli/checks.cpp"
ISOLATION = "test_isolation.py:"
VOLUME = "test_volumes.py:"

# The rules that close each kind of place; also where they are tried for real.
TO_NODE = (RULES, '«chain.add("-m addrtype --dst-type LOCAL", "DROP");»', None)
TO_NEIGHBOURS = (RULES, 'for (const auto& network : «bounds.neighbours») chain', "std::vector<std::string>{}")
TO_METADATA = (RULES, "for (const auto network : «metadata(family)») chain", "Networks{}")
TO_PRIVATE = (RULES, "if («!bounds.egress.private_networks»)", "false")
BETWEEN = (DOCUMENTS, '«spec.container_to_container ? "true" : "false"»', '"true"')
AS_ROOT = (PLAN, 'spec.user = «"1000"»', '"0"')
ALL_RIGHTS = (DOCUMENTS, "  «add_limits(host, spec);»\n", 'add_limits(host, spec); host["Privileged"] = true;')


def of(program, tests):
    return f"{program}:{tests}"


MUTANTS = [
    # What an app reaches, tried from inside
    (ISOLATION + "services_of_the_node", *TO_NODE, TO_PRIVATE),
    (ISOLATION + "closed_over_ipv6", *TO_NODE, TO_METADATA),
    (ISOLATION + "closed_over_ipv6", FENCE, "if (problem.empty() && «has_v6()») problem", "false"),
    (ISOLATION + "neighbours_are_closed", *BETWEEN, TO_NEIGHBOURS, TO_PRIVATE),
    (ISOLATION + "closed_all_the_same", *BETWEEN, TO_NEIGHBOURS),
    (ISOLATION + "services_for_metadata", *TO_METADATA),
    (ISOLATION + "private_networks_are_closed", *TO_PRIVATE),
    (ISOLATION + "what_the_owner_opens", RULES, "if («ports.empty()») return", "true"),
    (ISOLATION + "what_the_owner_opens", RULES, "for (const auto& opening : «bounds.egress.allow») {", "std::vector<config::Opening>{}"),
    (ISOLATION + "rules_come_back", RULES, "if («!entered») text", "true"),
    (ISOLATION + "rules_come_back", FENCE, "gw::net::Task<> Fence::remove() {\n  if («!set_») co_return", "true"),
    (ISOLATION + "rules_come_back", "runtime/supervise/space_network.cpp", "«co_await set_fence(*there);»", None),
    (ISOLATION + "without_iptables", FENCE, "if («problem != problem_ && !problem.empty()») spdlog::warn", "false"),
    (ISOLATION + "without_iptables", CHECKS, "finding(\"network\", «!situation.serving || !situation.fence_possible», wrong", "true"),

    # The same rules, packet by packet
    *[(of("isolation_test", f"FenceRules.{test}"), *place) for test, place in (
        ("the_node_itself*", TO_NODE), ("other_spaces*", TO_NEIGHBOURS), ("services_for_metadata*", TO_METADATA), ("private*", TO_PRIVATE),
        ("replies*", (RULES, '«chain.add("-m conntrack --ctstate RELATED,ESTABLISHED", "RETURN");»', None)),
        ("everybody*", (RULES, '«chain.add("-m addrtype --dst-type MULTICAST", "DROP");»', None)),
        ("neighbours_on_the_link*", (RULES, "if («family == Family::v6») add_neighbour", "false")),
        ("name_servers*", (RULES, "for (const auto& resolver : «bounds.resolvers»)", "std::vector<std::string>{}")),
        ("name_servers*", (RULES, 'chain.add_to(resolver, «fmt::format("-p {} --dport 53", protocol)»', 'std::string()')),
        ("what_is_named*", (RULES, "if («opening.port == 0») {", "true")),
        ("ports_close*", (RULES, '«chain.add("", "DROP");»', None)))],
    (of("isolation_test", "Resolvers.*"), RESOLVERS, "if («!loopback(address)») chosen.push_back(std::move(address));\n  if (!chosen.empty()) return chosen;\n  for", "true"),
    (of("isolation_test", "NameServers.*"), RESOLVERS, "if («config::is_ip_address(address)») found", "true"),
    (of("isolation_test", "Tool.gets_none*"), TOOL, "«::posix_spawn_file_actions_addclosefrom_np(&actions, 3);»", None),
    (of("isolation_test", "Tool.that_does_not_end*"), TOOL, "if («late») ::kill(pid, SIGKILL)", "false"),

    # What cannot be got out of
    *[(ISOLATION + "get_out_by", *AS_ROOT, ALL_RIGHTS)],
    (ISOLATION + "get_out_by", *AS_ROOT, (TYPES, 'cap_drop{«"ALL"»}', '"NET_RAW"')),
    (ISOLATION + "no_socket_no_device", *ALL_RIGHTS),
    (ISOLATION + "busy_loop", DOCUMENTS, 'if («spec.nano_cpus != 0») host["NanoCpus"]', "false"),
    (ISOLATION + "log_that_is_filled", DOCUMENTS, '{"Config", «json::object{{"max-size", spec.log_max_size}, {"max-file", spec.log_max_files}}»}', "json::object()"),

    # How much is written
    (ISOLATION + "disk_that_is_filled", WATCH, "if («limit == 0 || used <= limit») return", "true"),
    (ISOLATION + "disk_that_is_filled", SPACE, "if («life_.evicted(i, serves)») message_", "(life_.evicted(i, serves), false)"),
    (ISOLATION + "disk_that_is_filled", LIFE, "  «slot.starts = Starts::given_up;»\n  return true;", None),
    (ISOLATION + "disk_that_is_filled", USE, "return «std::max(blocks / names, least_for_a_file / names)»;", "blocks / names"),
    (ISOLATION + "plain_volume", GUARD, "if («mount.volume.empty() || context_.volumes.size_of(mount.volume)») continue", "true"),
    (of("isolation_test", "OverLimit.a_limit_of_nothing*"), WATCH, "if («limit == 0» ||", "false"),
    (of("isolation_test", "PauseAfter.*"), WATCH, "std::max(shortest_pause, «effort * share»)", "effort"),
    (of("isolation_test", "DiskUse.a_file_with_several*"), USE, "S_ISDIR(status.st_mode) ? 1 : «std::max<std::uint64_t>(1, status.st_nlink)»", "1"),
    (of("isolation_test", "DiskUse.what_is_mounted*"), USE, "|| «status.st_dev != top.st_dev») continue", "false"),
    (of("isolation_test", "DiskUse.links_are*"), USE, "«AT_SYMLINK_NOFOLLOW») != 0", "0"),
    (of("isolation_test", "DiskUse.ends_as_soon*"), USE, "while («total <= enough») {", "true"),
    (of("isolation_test", "DiskUse.*"), USE, "if («S_ISDIR(status.st_mode)») left", "false"),
    *[(of("supervise_test", f"Eviction.{test}"), LIFE, find, new) for test, find, new in (
        ("what_took_too_much*", "  «slot.starts = Starts::given_up;»\n  return true;", None),
        ("an_older_container_that_took*", "if («!wanted») return false", "false"),
        ("an_older_container_that_took*", "if («slot.next != Next::starting && slot.next != Next::ready») return", "false"),
        ("what_takes_too_much_before*", "«hopeless_ = hopeless_ || !proven_;»\n  }\n  slot.starts", None),
        ("no_back_off*", "  «slot.starts = Starts::given_up;»\n  return true;", None))],
    (of("supervise_test", "Hardware.what_may*"), "runtime/supervise/hardware.cpp", "«limits.disk = flavor->disk;»", None),

    # /data
    (VOLUME + "holds_what_was_asked_for", DATA, "out.sized = «!is_plain && (was_sized || plain.empty())»;", "false"),
    (VOLUME + "no_program_and_no_device", DATA, '{"o", «"nosuid,nodev,discard"»}', '"discard"'),
    (VOLUME + "never_shrinks", WISH, "«check_storage_grows(context, record.id, size.value->count);»", None),
    (VOLUME + "plain_volume_from_before", DATA, "const bool is_plain = «there && there->driver_options.empty()»;", "false"),
    (VOLUME + "switched_off", VOLUMES, "problem = «point(link, device->path)»;", "fs::is_symlink(link) ? std::string() : point(link, device->path)"),
    (VOLUME + "switched_off", DATA, "«context.volumes.remove(name);»", None),
    *[(of("storage_test", f"SizedVolume.{test}"), file, find, new) for test, file, find, new in (
        ("of_two_that_start*", VOLUMES, "const std::scoped_lock lock(«*alone»);", "*new std::mutex"),
        ("its_device_is_let_go*", LOOP, "config.info.lo_flags = «LO_FLAGS_AUTOCLEAR»;", "0"),
        ("is_empty_and*", IMAGE, '{debugfs, "-w", "-R", «"rmdir lost+found"», image', '"stat lost+found"'),
        ("is_empty_and*", IMAGE, '«fmt::format("root_owner={}:{},lazy_itable_init=0", owner, owner)»', 'std::string("lazy_itable_init=0")'),
        ("takes_of_the_disk*", IMAGE, "(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, «0600»)", "0644"),
        ("of_a_lost_machine*", IMAGE, "if («ran.code >= 0 && ran.code <= mended») return", "true"),
        ("that_cannot_be_made*", IMAGE, "if («!problem.empty()») fs::remove(fresh", "false"),
        ("never_shrinks*", VOLUMES, "if («*before < size») problem", "true"),
        ("grows_before*", VOLUMES, "return «lags_behind(image)» ? grow", "false"),
        ("whose_growth*", VOLUMES, "return «lags_behind(image)» ? grow", "false"),
        ("that_is_not_mounted*", IMAGE, "return «below.st_dev == behind.st_rdev» ? std::move", "true"))],
    (of("storage_test", "SizedVolume.is_never_behind_two*"), LOOP, "if (LoopDevice there = «find_loop_device(image)»; there.held) return", "LoopDevice{}",
     (VOLUMES, "std::make_shared<LoopDevice>(«find_loop_device(image)»)", "LoopDevice{}")),
    (of("storage_test", "ImageSize.*"), IMAGE, "return «std::max(least, (wanted + block - 1) / block * block)»;", "wanted"),
    *[(of("storage_test", "Superblock.*"), SUPERBLOCK, find, new) for find, new in (
        ("bytes.size() < superblock_size || «little(bytes, 0x38, 2) != magic») return", "false"),
        ("if («shift > shift_max») return", "false"), ("if («out.free_blocks > out.blocks») return", "false"),
        ("if («(little(bytes, 0x60, 4) & incompatible_64bit) != 0») {", "true"))],
    *[(of("storage_test", "SizedVolumes.are_not*"), VOLUMES, f"if («{check}») return", "false") for check in ("!local", "rootless")],
    *[(of("supervise_test", "OutsideUid.*"), DATA, find, new) for find, new in (
        ("if («std::none_of(machine.security.begin(), machine.security.end(), remaps)») return", "false"),
        ("const bool named = «error == std::errc() && end != folder.data() + folder.size() && *end == '.'»;", "true"))],
]
