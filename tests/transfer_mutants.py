"""Storage: /data out and in as an archive, how full it is, what is mounted beside it; and podman. The checks that tests/mutate takes out of a copy of the code, one at a time. The form of
the entries: mutants.py.
"""
BENEATH = "runtime/storage/beneath.cpp"
PACK = "runtime/storage/pack.cpp"
UNPACK = "runtime/storage/unpack.cpp"
PLANTER = "runtime/storage/planter.cpp"
OPENED = "runtime/storage/opened_volume.cpp"
HOLES = "runtime/storage/holes.cpp"
ATTRIBUTES = "runtime/storage/attributes.cpp"
SUPERBLOCK = "runtime/storage/superblock.cpp"
ACCESS = "runtime/supervise/data_access.cpp"
USE = "runtime/supervise/volume_use.cpp"
API = "runtime/api/data.cpp"
MOUNTS = "runtime/supervise/mounts.cpp"


def storage(table):
    return [(f"storage_test:{tests}", *place) for tests, *place in table]


MUTANTS = storage([
    # Paths
    ("Inside.refuses_what_leads_out", BENEATH, "if («path.front() == '/'») return", "false"),
    ("Inside.refuses_what_leads_out", BENEATH, 'if («part == ".."») return', "false"),
    ("Inside.refuses_what_leads_out", BENEATH, "if («path.find('\\0') != path.npos») return", "false"),
    ("Inside.refuses_what_no_file*", BENEATH, "if («part.size() > NAME_MAX») return", "false"),
    ("Inside.refuses_what_no_file*", BENEATH, "if («++depth > most_depth») return", "(++depth, false)"),
    ("Inside.refuses_what_no_file*", BENEATH, "if («out.path.size() >= PATH_MAX») return", "false"),
    ("OpenBeneath.*", BENEATH, "how.resolve = «RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV»;", "0"),
    ("OpenBeneath.*", BENEATH, "how.resolve = «RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV»;", "RESOLVE_BENEATH"),
    ("Shown.*", BENEATH, "std::string out = «config::as_utf8(name.substr(0, most))»;", "std::string(name.substr(0, most))"),

    # What comes in
    ("*UnpackHostile*", UNPACK, "if («!at.problem.empty()») throw", "false"),
    ("*UnpackHostile*", UNPACK, "if («!target.problem.empty()») {", "false"),
    ("*UnpackHostile*", UNPACK, "} else if («archive_entry_filetype(entry) == AE_IFREG») {", "true"),
    ("*UnpackHostile*second_name*", PLANTER, "|| «!S_ISREG(status.st_mode)») {", "false"),
    ("*UnpackHostile*gigantic*", PLANTER, "if («bytes <= left») return", "true"),
    ("Unpack.overwrites_nothing*", PLANTER, "if («!options_.replace») in_the_way(path);\n  // Another name", "false",
     (PLANTER, "if («!options_.replace && ::fstatat(parent.get(), name_of(path).c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0») in_the_way", "false")),
    ("Unpack.replaces_a_link*", PLANTER, "if («!opened && (errno == ENOTDIR || errno == ELOOP)») {", "false"),
    ("Unpack.gives_everything*", PLANTER, "::fchmod(made.get(), archive_entry_perm(entry) & «kept_mode»)", "07777"),
    ("Unpack.gives_everything*", PLANTER, "if («made») give(around", "false"),
    ("Unpack.puts_files*", PLANTER, "    «set_times(entered_.back());»\n", None),
    ("Unpack.of_a_stream_that_breaks*", UNPACK, "broken_ = «!piece»;", "false"),
    ("Unpack.says_what_is_no*", UNPACK, "if («first_.empty()») throw", "false"),
    ("Unpack.does_not_get_over*", UNPACK, "return «result == ARCHIVE_OK || result == ARCHIVE_WARN»;", "result >= ARCHIVE_WARN"),
    ("Unpack.takes_no_more*", PLANTER, "if («taken > *room_») throw", "false"),
    ("Unpack.takes_no_more*", PLANTER, "bytes == 0 ? «isolation::least_for_a_file» : 0", "0"),
    ("Unpack.bounds_what*", UNPACK, "if («unpacker.in_head_ > most_head») {", "false"),

    # What goes out
    ("Pack.and_unpack*", PACK, "if («status.st_nlink < 2») return", "true"),
    ("Pack.and_unpack*", ATTRIBUTES, 'return «name.starts_with("user.")»;', "false"),
    ("Pack.takes_of_a_file*", PACK, "if («has_holes(*parts, size)»)", "false"),
    ("Pack.takes_of_a_file*", PACK, "if («size != 0 && parts->back().size == 0») return", "false"),
    ("DataOf.*", HOLES, "return «data < size»;", "false"),
    ("Pack.follows_no_link*", PACK, "if («!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)»)\n      return note", "false"),
    ("Pack.packs_one_folder*", PACK, "if («options_.path.empty()») return folder", "true"),
    ("Pack.leaves_out_what*", PACK, "if («depth == most_depth») return", "false"),
    ("Pack.that_nobody*", PACK, "broken_ = «!whole_»;", "false"),
    ("Pack.is_not_lured*", PACK, "const int how = O_RDONLY | O_CLOEXEC | «O_NOFOLLOW» | O_NONBLOCK", "0"),
    ("Unpack.is_not_lured*", BENEATH, "how.resolve = «RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV»;", "0"),

    # Volumes that are opened, and how full they are
    ("OpenedVolumes.opens_no_device*", OPENED, "MOUNT_ATTR_NOSUID | «MOUNT_ATTR_NODEV» | MOUNT_ATTR_NOEXEC", "0"),
    ("OpenedVolumes.opens_no_device*", OPENED, "MOUNT_ATTR_NOEXEC | «MOUNT_ATTR_NOSYMFOLLOW»", "0"),
    ("Superblock.does_not_count*", SUPERBLOCK, "out.overhead_blocks = «std::min<std::uint64_t>(little(bytes, 0x248, 4), out.blocks - out.free_blocks)»;", "little(bytes, 0x248, 4)"),
    ("SizedVolume.knows_what*", "runtime/storage/superblock.hpp", "return (blocks - «overhead_blocks» - free_blocks)", "0"),
]) + [
    # Podman, and what is mounted beside /data
    ("build_test:BuildNetwork.*", "runtime/build/network.cpp", 'if («network == "host"») return {};', "true"),
    ("build_test:BuildNetwork.*", "runtime/build/network.cpp", 'return «buildkit || network != "none"» ?', "true"),
    ("build_test:PlainTrace.shows*", "runtime/build/plain_trace.cpp", "if («partial_.size() > longest») {", "false"),
    ("build_test:PlainTrace.names*", "runtime/build/plain_trace.cpp", 'if («number.find_first_not_of("0123456789/") != number.npos») return', "false"),
    # What podman does not do
    ("engine_test:Labels.*", "runtime/engine/documents.cpp", "«equals == std::string::npos» || found->second", "true"),
    ("docker_engine_test:*lists_those*", "runtime/engine/documents.cpp", 'if («!status.empty()») body', "false"),
    ("docker_engine_test:*volumes_are*", "runtime/engine/docker_engine.cpp", "if («has_all(found.labels, labels)») out", "true"),
    ("test_podman.py:leaves_is_its_own", "runtime/engine/docker_engine.cpp", "if («labels.size() > 1») labels.erase", "false"),
    ("test_podman.py:cannot_is_said", "runtime/build/build.cpp", "«\"rm=1&forcerm=1&t=\"» + engine", "\"rm=1&t=\""),
    ("test_podman.py:cannot_is_said", "runtime/engine/docker_engine.cpp", "if («!spec.device_requests.empty() && !capabilities_.device_requests»)", "false"),
    ("test_podman.py:reaches_no_other", "runtime/supervise/space_network.cpp", "if («context_.engine.capabilities().bridge_at_once») co_return", "true"),
    ("test_podman.py:reaches_no_other", "runtime/supervise/space_network.cpp", "bounds.bridge = «network.bridge.empty()» ?", "false"),
    ("engine_test:Events.*", "runtime/engine/documents.cpp", 'if («action == "die"») action', "false"),
    ("engine_test:Events.*", "runtime/engine/answers.cpp", 'if («out.action == "remove"») out', "false"),
    ("config_test:*volumes_that_cannot*", "config/volumes.cpp", 'name.find("--") == name.npos && «name != "data"»;', "true"),
    ("config_test:*volumes_that_cannot*", "config/volumes.cpp", 'name.front() != \'.\' && «name.find("--") == name.npos» &&', "true"),
    ("config_test:*volumes_that_cannot*", "config/volumes.cpp", '|| part == "." || «part == ".."») return', "false"),
    ("config_test:*volumes_that_cannot*", "config/volumes.cpp", "} else if («of_the_system(out.folder)») {", "false"),
    ("config_test:*volumes_that_cannot*", "config/volumes.cpp", "if («has_folder == has_size») report", "false"),
    ("config_test:*volumes_that_cannot*", "config/volumes.cpp", "if («meet») report", "false"),
    ("config_test:NodeFile.volumes_are_read", "config/volumes.cpp", "return spaces.empty() || «std::any_of(spaces.begin(), spaces.end(), names)»;", "true"),
    ("supervise_test:Mounts.*", MOUNTS, "} else if («!offered->open_to(space)») {", "false"),
    ("supervise_test:Mounts.*", MOUNTS, "mount.read_only = «wanted.read_only || offered.read_only»;", "wanted.read_only"),
    ("supervise_test:Mounts.*", MOUNTS, "mount.read_only = «wanted.read_only || offered.read_only»;", "offered.read_only"),
    ("supervise_test:Mounts.*", MOUNTS, "if («one.open_to(space)») names", "true"),
    ("test_mounts.py:read_only", "runtime/supervise/replica_plan.cpp", "mount.folder, mount.path, «mount.read_only»});", "false"),
    ("test_mounts.py:unless_it_is_shared", "runtime/supervise/data_volume.cpp", "if («!mount.shared») spec.labels", "true"),
    ("test_mounts.py:refused_with_its_place", "runtime/supervise/wish.cpp", "«check_mounts(record, readme, context);»", None),
    ("test_volumes.py:grows_and", "runtime/supervise/space_start.cpp", "if (problem.empty() && «std::exchange(unmount_first_, false)») co_await", "false"),
    ("supervise_test:Hardware.that_is_suggested*", "runtime/supervise/hardware.cpp", "if («suggested.empty()») return", "false"),
    ("test_hardware.py:suggests", "runtime/supervise/space_build.cpp", "const bool chosen = «!record_.hardware.empty() || !record_.gpus.empty()»;", "false"),
    ("storage_test:SizedVolume.falls_short*", "runtime/storage/sized_volumes.cpp", "return now && («*now < image_size(size)» ||", "false"),
    ("storage_test:SizedVolume.falls_short*", "runtime/storage/sized_volumes.cpp", "|| «lags_behind(image_of(name))»);", "false"),

    ("supervise_test:MountToTransfer.*", ACCESS, "if («found->volume.empty()») {", "false"),
    ("supervise_test:MountToTransfer.*", ACCESS, "if («direction == Transfer::in && found->read_only») {", "false"),
    ("supervise_test:MountToTransfer.*", ACCESS, "if (direction == Transfer::in && «found->read_only») {", "false"),
    ("supervise_test:MountToTransfer.*", ACCESS, "if («direction == Transfer::in» && found->read_only) {", "true"),
    ("test_mounts.py:comes_out_and_goes_in", API, 'given.empty() ? "/data" : «given»,', '"/data"'),
    ("api_test:*a_path_below*", API, "if («!at.problem.empty()») {", "false"),
    ("api_test:*a_path_below*", API, 'const std::string given = «unescaped(query_value(request.query, "path"))»;', 'query_value(request.query, "path")'),
    ("test_transfer.py:plain_volume", ACCESS, "«access.unpack.room = co_await room_in(context, mountpoint, mount.size);»", None),
    ("test_transfer.py:plain_volume", API, "«context.volume_use.forget(mount.volume);»", None),
    ("test_transfer.py:breaks_off", API, "co_await imported.end(«whole»);", "true"),
    ("test_transfer.py:file_is_whole", "runtime/cli/data.cpp", "if («!partial_.empty()») ::unlink", "false"),
    ("test_transfer.py:sockets_and_pipes", API, "if («!notes.empty()») trailers", "false"),
    ("test_transfer.py:how_full", USE, "if («asked.sized») return", "false"),
]
