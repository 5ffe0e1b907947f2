"""What the files that people write must keep to: the checks of config/ that tests/mutate takes out of a copy of the code, one at a time.
The form of the entries: mutants.py.

Not here, because another check stands behind: aliases (without an anchor that was let through there is nothing to name), an overlong
form of two bytes (the least value of its length), a host with a scheme (it has a colon).
"""
YAML = "config/yaml.cpp"
TEXT = "config/text_check.cpp"
RULES = "config/rules.cpp"
NAMES = "config/names.cpp"
UNITS = "config/units.cpp"
MAP = "config/yaml_map.cpp"
CARD = "config/front_matter.cpp"
GATEWAY = "config/gateway_file.cpp"
LISTENERS = "config/listeners.cpp"
NODE = "config/node_file.cpp"
EGRESS = "config/egress.cpp"


def of(tests):
    return f"config_test:{tests}"


MUTANTS = [
    ("config_test:NodeFile.everything_is*", NODE, "out.server_timing = «file.boolean(\"server_timing\").value_or(out.server_timing)»;", "false"),
    # The text
    (of("Yaml.a_second_document*"), YAML, "if («documents_++ > 0») stop", "(documents_++, false)"),
    (of("Yaml.anchors*"), YAML, "if («anchor != YAML::NullAnchor») {", "false"),
    (of("Yaml.anchors*"), YAML, 'if («tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")») return', "true"),
    (of("Yaml.depth*"), YAML, "if («open_.size() >= limits_.depth_max») {", "false"),
    (of("Yaml.depth*"), YAML, "if («++nodes_ > limits_.nodes_max») stop", "(++nodes_, false)"),
    (of("Yaml.depth*"), YAML, "if («text.size() > limits.bytes_max») {", "false"),
    (of("Yaml.a_key_that_is_no_text*"), YAML, "if («is_key()») stop", "false"),
    (of("Yaml.a_key_that_is_no_text*"), YAML, "if («is_key() && node.is_null()») stop", "false"),
    (of("Yaml.a_key_that_stands_twice*"), YAML, "if («is_new || report_.full()») continue", "true"),
    (of("Report.has_an_end*"), YAML, "if («full()») {", "false"),
    (of("Report.has_an_end*"), YAML, "if («left_out_») problems_", "false"),
    (of("Yaml.bytes_that_are_no_text*"), TEXT, "if («is_control(character.value)») return", "false"),
    (of("Yaml.bytes_that_are_no_text*"), TEXT, "if («character.value == '\\r' && !ends_line») return", "false"),
    (of("Yaml.bytes_that_are_no_text*"), TEXT, "if («(byte(i) & 0xC0U) != 0x80U») return {}", "false"),
    (of("Yaml.bytes_that_are_no_text*"), TEXT, "if («value < least» ||", "false"),
    (of("Yaml.bytes_that_are_no_text*"), TEXT, "|| «value > 0x10FFFF» ||", "false"),
    (of("Yaml.bytes_that_are_no_text*"), TEXT, "|| «surrogate») return {}", "false"),
    (of("*:-*hostile*"), MAP, "if («overflow ? negative : number < min») return", "false"),
    (of("*:-*hostile*"), MAP, "if («overflow || number > max») return", "overflow"),

    # Paths, hosts, addresses
    *[(of("Path.breaks*"), RULES, f"if («{check}») return", "false")
      for check in ("!path.starts_with('/')", "path.size() > path_max", "c == '?' || c == '#'", "c == '%'", "c <= ' ' || c >= 0x7F || c == '\\\\'",
                    'path.find("//") != std::string_view::npos', 'segment == "." || segment == ".."')],
    *[(of("Host.breaks*"), RULES, f"if («{check}») return", "false")
      for check in ("name.empty() || name.size() > host_max", "label.empty() || label.size() > label_max", "!good",
                    "label.front() == '-' || label.back() == '-'", 'host == "*"', "host.find(':') != std::string_view::npos",
                    "host.find('/') != std::string_view::npos")],
    (of("Host.breaks*"), RULES, "const bool good = «host.ends_with(']')» &&", "true"),
    (of("Host.breaks*"), RULES, "&& «is_ipv6(host.substr(1, host.size() - 2))»;", "true"),
    (of("Endpoint.*"), RULES, "if («path.size() > socket_path_max») return", "false"),
    (of("Endpoint.*"), RULES, "if («path.empty()») return", "false"),
    (of("Endpoint.*"), RULES, "if («*number < 1 || *number > 65535») return", "false"),
    (of("Endpoint.*"), RULES, "if («at != container_id_digits» ||", "at == std::string_view::npos"),
    (of("Endpoint.*"), RULES, "if («!std::all_of(id.begin(), id.end(), is_hex)») return", "false"),
    (of("Endpoint.*"), RULES, "if («!number_of<std::uint64_t>(rest.substr(at + 1, colon - at - 1))») return", "false"),
    (of("Endpoint.*"), RULES, "if («parts->brackets && !is_ipv6(parts->host)») return", "false"),
    (of("Cidr.*"), RULES, "if («!is_ip_address(address)») return", "false"),
    (of("Cidr.*"), RULES, "if («!bits || *bits > bits_max») return", "!bits"),
    (of("ListenAddress.*"), RULES, "if («parts->brackets ? !is_ipv6(parts->host) : !is_ipv4(parts->host)») {", "false"),

    # Names and sizes
    *[(of("SpaceName.breaks*"), NAMES, f"if («{check}») ", "false")
      for check in ("part.empty() || part.size() > name_part_max", "!is_letter(c) && !is_digit(c) && c != '.' && c != '_' && c != '-'",
                    "part.front() == '-' || part.front() == '.' || part.back() == '-' || part.back() == '.'",
                    'part.find("--") != std::string_view::npos', 'part.find("..") != std::string_view::npos', 'part.ends_with(".git")')],
    (of("SpaceName.breaks*"), NAMES, "|| «full.find('/', slash + 1) != std::string_view::npos») {\n    return \"the name", "false"),
    *[(of("VariableName.*"), NAMES, f"if («{check}») return", "false")
      for check in ("name.empty()", "name.size() > variable_name_max", "is_digit(name.front())", "!is_letter(c) && !is_digit(c) && c != '_'")],
    (of("Slug.*"), NAMES, "const bool fits = !out.empty() && «out.size() <= slug_bytes_max»;", "true"),
    (of("Bytes.*"), UNITS, "if («number->whole > bytes_max / unit.bytes - 1») return", "false"),
    (of("Duration.*"), UNITS, "if («*number > milliseconds_max / *factor») return", "false"),
    (of("Duration.*"), UNITS, "if («total > milliseconds_max») return", "false"),

    # A Space's card
    (of("FrontMatter.each_key*"), CARD, 'map.integer("app_port", «app_port_min», port_max)', "std::int64_t{1}"),
    (of("FrontMatter.must_be_the_very_first*"), CARD, "if («!is_fence(take_line(rest))»)\n", "(take_line(rest), false)"),
    (of("FrontMatter.routes_are_checked"), CARD, "if («!is_new») {", "false"),
    (of("FrontMatter.routes_are_checked"), CARD, "if («!wrong») return out", "true"),
    (of("FrontMatter.a_route_for_the_root*"), CARD, 'if («route->path == "/" && route->port != card.app_port») {', "false"),
    (of("FrontMatter.exposed_ports*"), CARD, "if («twice») map", "false"),
    (of("FrontMatter.only_three*"), CARD, "  «map.finish();»\n}\n\nvoid read_preload", None),
    (of("FrontMatter.each_key*"), CARD, "if («!card.base_path.starts_with('/')» ||", "false"),
    (of("FrontMatter.each_key*"), CARD, "|| «!clean») {", "false"),
    (of("FrontMatter.each_key*"), CARD, "const bool good = «timeout->count() > 0»;", "true"),
    (of("FrontMatter.hostile*"), CARD, "parse_yaml(*block, report, 2, «block_limits»)", "YamlLimits{.bytes_max = 64 << 20, .depth_max = 1000, .nodes_max = 20'000'000}"),

    # The gateway's file
    (of("GatewayFile.an_upstream_needs*"), GATEWAY, "list != nullptr && «list->items.empty()»)", "false"),
    (of("GatewayFile.an_upstream_needs*"), "config/balancing_reader.cpp", "} else if («!seen.insert(entry->address).second») {", "false"),
    (of("GatewayFile.a_container_endpoint*"), "config/balancing_reader.cpp", '} else if («entry->address.starts_with("netns:") && !has_dialer») {', "false"),
    (of("GatewayFile.routes_with_the_same*"), GATEWAY, "if («is_new») return", "true"),
    (of("GatewayFile.every_problem*"), GATEWAY, "if (!route.upstream.empty() && «!names_.contains(route.upstream)» &&", "false"),
    (of("GatewayFile.values_out_of_range*"), GATEWAY, "if («duration->count() == 0») report", "false"),
    (of("GatewayFile.values_out_of_range*"), GATEWAY, "if («*duration > timeout_max») report", "false"),
    (of("GatewayFile.values_out_of_range*"), GATEWAY, "const bool good = «is_token(*name)» &&", "true"),
    (of("GatewayFile.values_out_of_range*"), GATEWAY, "&& «name->size() <= 64»;", "true"),
    (of("GatewayFile.values_out_of_range*"), GATEWAY, "if («log->empty()») file.report()", "false"),
    (of("GatewayFile.values_out_of_range*"), GATEWAY, 'if (wrong || «out.domain.starts_with("*.")»)', "false"),
    (of("GatewayFile.a_feed_holds*"), GATEWAY, "if («*out.feed_hold > hold_max») report", "false"),
    (of("GatewayFile.a_feed_holds*"), GATEWAY, "if («out.admin_socket.empty()») report", "false"),
    (of("GatewayFile.tls_needs*"), LISTENERS, "if («value->empty()») report", "false"),
    (of("GatewayFile.tls_needs*"), LISTENERS, "if («absent» ||", "false"),
    (of("GatewayFile.tls_needs*"), LISTENERS, "|| «(list != nullptr && list->items.empty())») {", "false"),
    (of("GatewayFile.listeners_must*"), LISTENERS, "if («is_new») continue", "true"),
    (of("GatewayFile.listeners_must*"), LISTENERS, "if («node.items.empty()») report", "false"),

    # The node's file
    (of("NodeFile.a_password*"), NODE, "if (const auto* password = «map.find(\"password\")») {", "static_cast<const YamlNode*>(nullptr)"),
    *[(of("NodeFile.each_value*"), NODE, f"if («{check}»{behind}", "false") for check, behind in (
        ('out.network == "host"', ") {"), ("!good", ") report"), ("twice", ") report"), ("short_of_a_second", ") map"),
        ("!wrong && is_ip_address(out)", ") wrong"), ('out.starts_with("*")', " ||"), ("text->empty()", ") map"),
        ("duration->count() == 0", ") map"), ("text->find(\"://\") != std::string::npos || !text->starts_with('/')", ") {"))],
    (of("NodeFile.each_value*"), NODE, "if («*size >= min || (zero && size->count == 0)») return", "true"),
    (of("NodeFile.each_value*"), NODE, 'if (wrong || «out.host.starts_with("unix:")» ||', "false"),
    (of("NodeFile.each_value*"), NODE, '|| «out.host.starts_with("netns:")») {', "false"),

    # Where Spaces may connect to
    *[(of("NodeFile.where_spaces_may_not*"), EGRESS, find, new) for find, new in (
        ("if («list->items.size() > ports_max») map", "false"),
        ("if (error != std::errc() || «end != digits.data() + digits.size()» ||", "false"),
        ("|| «port == 0») return", "false"),
        ("if («end == text.npos») return", "false"),
        ("if («with_port && text[end + 1] != ':'») return", "false"),
        ("if («check_cidr(out.to)») return", "Wrong()"))],
    (of("NodeFile.where_spaces_may_not*"), NODE, 'if («out.network == "bridge"») return', "true"),
    (of("NodeFile.what_a_container*"), NODE, "flavor.disk = «disk»;", "Bytes{}"),
    (of("NodeFile.what_a_container*"), NODE, 'read_bytes(map, "disk", «disk_min», true, out.disk)', "Bytes{}"),
    (of("NodeFile.what_a_container*"), NODE, 'read_bytes(map, "disk", «disk_min», true, flavor.disk)', "Bytes{}"),

    # Connections of clients
    (of("GatewayFile.limits*"), "config/connection_limits.cpp", "if («out.connections.value_or(0) != 0 && out.per_client > *out.connections»)", "false"),
    (of("GatewayFile.limits*"), "config/connection_limits.cpp", "«map.require(\"per_second\");»", None),
    (of("GatewayFile.limits*"), "config/connection_limits.cpp", "if («limits.connections») add(", "limits.connections.value_or(0) != 0"),
    (of("NodeFile.limits*"), NODE, 'if (const auto* node = «file.map("limits")») out.limits', 'file.map("limits"), static_cast<const YamlNode*>(nullptr)'),
    (of("NodeFile.limits_of_a_space*"), NODE, "out.limits = «read_limits(map)»", "(read_limits(map), Limits{})"),
]
