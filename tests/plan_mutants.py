"""The checks of what the load tester is told (loadtest/plan and loadtest/command), in the form of mutants.py."""

PLAN = "loadtest/plan/"
COMMAND = "loadtest/command/"
NUMBERS = PLAN + "numbers.cpp"
SLO = PLAN + "slo.cpp"
SCHEDULE = PLAN + "schedule.cpp"
SEARCH = PLAN + "capacity_search.cpp"
URL = PLAN + "url.cpp"
TARGETS = PLAN + "targets.cpp"
TEXT = PLAN + "targets_text.cpp"
JSON = PLAN + "targets_json.cpp"
CURL = PLAN + "targets_curl.cpp"
WORDS = PLAN + "shell_words.cpp"
CLF = PLAN + "targets_clf.cpp"
TIME = PLAN + "log_time.cpp"
SETTINGS = COMMAND + "settings.cpp"
PERFORM = COMMAND + "perform.cpp"
REQUESTS = COMMAND + "request_file.cpp"
TAPE = "loadtest/drive/tape.hpp"

MUTANTS = [
    ("plan_test:Url.Names*", "loadtest/plan/url.cpp", "«without_root.ends_with(\".localhost\")» ? \"localhost\"", "false"),
    ("plan_test:Url.Names*", "loadtest/plan/url.cpp", "host.ends_with('.') ? «host.substr(0, host.size() - 1)» : host", "host"),
    ("command_test:Rails.*", "loadtest/command/rails.cpp", "«plan::name_to_look_up(host)».c_str()", "host"),
    ("drive_test:Places.names*", "loadtest/drive/places.cpp", "«plan::name_to_look_up(host)».c_str()", "host"),
    # Numbers with units
    ("plan_test:Span.*", NUMBERS, "unit_of(«first && name.empty() && text.empty()» ?", "name.empty()"),
    ("plan_test:Span.*", NUMBERS, "if («total > span_max») return", "false"),
    ("plan_test:Span.*", NUMBERS, "error != std::errc{} || «end != digits.data() + digits.size()») return std::nullopt;\n  text.remove", "false"),
    ("plan_test:Rate.*", NUMBERS, "if («text == \"/m\"») per = 60;", "false"),
    ("plan_test:Rate.*", NUMBERS, "if («rate <= 0») return", "false"),
    ("plan_test:Rate.*", NUMBERS, "if («rate > rate_max») return", "false"),
    ("plan_test:Count.*", NUMBERS, "!text.empty() || «value != std::floor(value)») return", "false"),
    ("plan_test:Count.*", NUMBERS, "if («value > count_max») return", "false"),
    ("plan_test:Percent.*", NUMBERS, "|| «*number > 100») return", "false"),
    ("plan_test:ExactSpan.*", NUMBERS, "if («span % size == 0») return", "span >= size"),

    # Objectives
    ("plan_test:Slo.Says*", SLO, "|| «percent <= 0» ||", "false"),
    ("plan_test:Slo.Says*", SLO, "|| «percent >= 100») return", "false"),
    ("plan_test:Slo.Says*", SLO, "if («text.find_first_not_of(\"0123456789.\") == std::string_view::npos») return", "false"),
    ("plan_test:Slo.Says*", SLO, "else if («slo.first_byte»)\n    return false", "false"),
    ("plan_test:Slo.Reads*", SLO, "slo.below = «text[sign] == '<'»;", "true"),
    ("plan_test:Slo.Reads*", SLO, "«slo.relative = !text.empty() && text.back() == '%';»", None),
    ("plan_test:Slo.ReadsPercentiles", SLO, "slo.or_equal = «!limit.empty() && limit.front() == '='»;", "false"),

    # The schedule
    ("plan_test:Schedule.*", SCHEDULE, "if (inside < «whole - 5e-4») {", "whole + 0.9"),
    ("plan_test:Schedule.*", SCHEDULE, "return stage == 0 ? stages_.front().rate : «stages_[stage - 1].rate»;", "stages_[stage].rate"),
    ("plan_test:Schedule.*", SCHEDULE, "if («left_ && *left_ == 0») return", "false"),
    ("plan_test:Schedule.*", SCHEDULE, "if («arrival_ != Arrival::constant») area_ = step();", "true"),
    ("plan_test:Schedule.*", SCHEDULE, "return «-std::log1p(-random_.uniform())»;", "2 * random_.uniform()"),

    # The search for the capacity
    ("plan_test:CapacitySearch.*", SEARCH, "if («outcome == Outcome::generator && ++doubts_ <= most_doubts»)", "false"),
    ("plan_test:CapacitySearch.*", SEARCH, "if («step_ != Step::confirm && !again_ && given_.length < rules_.longest») {", "false"),
    ("plan_test:CapacitySearch.*", SEARCH, "if («given_.length == rules_.longest») confirmed_", "true"),
    ("plan_test:CapacitySearch.*", SEARCH, "while («!held_.empty() && held_.back() >= *high_») held_", "false"),

    # URLs
    ("plan_test:Url.SaysWhatIsWrong", URL, "if («view.has_userinfo()») return", "false"),
    ("plan_test:Url.AHost*", URL, "if («!can_be_asked(view)») return", "false"),
    ("plan_test:Url.AHost*", URL, "if («view.host_type() == boost::urls::host_type::ipv6») return true;", "false"),
    ("plan_test:Url.SaysWhatIsWrong", URL, "if («target.path.front() != '/'») return", "false"),
    ("plan_test:Url.SaysWhatIsWrong", URL, "number && «*number.value <= 65535» ?", "true"),
    ("plan_test:Url.MeansHttp*", URL, "whole.substr(0, «whole.find_first_of(\"/?\") + 2»)", "std::string::npos"),

    # Files of targets
    ("plan_test:Targets.ARequestHasOneHost*", TARGETS, "if («same_name(name, \"Host\") && has(target, \"Host\")») return", "false"),
    ("plan_test:Targets.ARequestHasOneHost*", TARGETS, "if («!has(target, \"Host\")») target", "true"),
    ("plan_test:Targets.ARequestHasOneHost*", TARGETS, "if («!has(own, field.first)») target", "true"),
    ("plan_test:Targets.ARequestHasOneHost*", TARGETS, "if («target.method == \"CONNECT\"») return wrong", "false"),
    ("plan_test:Targets.VegetasJson*", TARGETS, "if (!is_token(name) || «has_control(value)») {", "false"),
    ("plan_test:Targets.VegetasTextFormatSays*", TARGETS, "if («!is_token(target.method)» ||", "false"),
    ("plan_test:Targets.Urls*", TARGETS, "if («!defaults_.has_origin») {", "false"),
    ("plan_test:Targets.Urls*", TARGETS, "if («targets.empty() && maker.good()») report", "false"),
    ("plan_test:Targets.VegetasTextFormatSays*", TEXT, "if («draft.piece.body») return maker.wrong", "std::optional<std::string>()"),
    ("plan_test:Targets.VegetasTextFormatSays*", TEXT, "if («!field») return maker.wrong", "false"),
    ("plan_test:Targets.VegetasJson*", JSON, "if («!piece.body») return maker.wrong", "false"),
    ("plan_test:Targets.VegetasJson*", JSON, "if («piece.method.empty() || piece.url.empty()») return", "false"),
    ("plan_test:Targets.ArchivesOfBrowsers", JSON, "if («!is_ours_to_send(name)»)", "true"),
    ("plan_test:Targets.LogsHave*", JSON, "if («!may_be_asked(method, path)») return;", "false"),
    ("plan_test:Targets.LogsHave*", JSON, "std::max<measure::Nanoseconds>(«*end - std::llround(took * 1e6)», 0)", "*end"),
    ("plan_test:Targets.LogsHave*", CLF, "if («!may_be_asked(piece.method, piece.url)») return;", "false"),
    ("plan_test:Targets.LogsInThe*", CLF, "if («!at») return maker.wrong", "false"),
    ("plan_test:Targets.CommandLinesOfCurlSay*", WORDS, "if («!splitter.split()») return", "(splitter.split(), false)"),
    ("plan_test:Targets.CommandLinesOfCurlSay*", CURL, "if («!piece_.url.empty()») return refuse", "false"),
    ("plan_test:Targets.WhatBrowsersEscape*", WORDS, "if («low >= 0xdc00 && low < 0xe000»)", "true"),
    ("plan_test:Targets.WhatBrowsersEscape*", WORDS, "append_utf8(«value >= 0xd800 && value < 0xe000» ?", "false"),
    ("plan_test:LogTime.*", TIME, "|| «*hours > 23» ||", "false"),
    ("plan_test:LogTime.*", TIME, "return «utc < 0» ? std::nullopt", "false"),
    ("plan_test:LogTime.*", TIME, "if («!date.ok()» || *year", "false"),

    # Flags
    ("command_test:Settings.Each*", SETTINGS, "if («value < least» || value > most) throw", "false"),
    ("command_test:Settings.Each*", SETTINGS, "if («!flags.rate.empty() || load.duration») {\n      throw", "false"),
    ("command_test:Settings.Each*", SETTINGS, "if («load.timeout == 0») throw", "false"),
    ("command_test:Settings.Each*", SETTINGS, "if («flags.arrival != \"constant\"») throw", "false"),
    ("command_test:Settings.Each*", SETTINGS, "if («*load.duration == 0» ||", "false"),
    ("command_test:Settings.Each*", SETTINGS, "|| «*load.duration > longest_run»)", "false"),
    ("command_test:Settings.Each*", SETTINGS, "if («flags.abort_on_fail && settings.objectives.empty()») throw", "false"),
    ("command_test:Settings.TheProtocol*", SETTINGS, "if («asked > 1») throw", "false"),
    ("command_test:Settings.TheProtocol*", SETTINGS, "Protocol::negotiated && «!secure»)", "false"),
    ("command_test:Settings.TheProtocol*", SETTINGS, "Protocol::h2c && «secure»)", "false"),
    ("command_test:Settings.AClosedLoop*", SETTINGS, "*load.duration >= long_enough && «!load.requests»)", "true"),
    ("command_test:Settings.ARate*", SETTINGS, "load.duration.value_or(enough) + «load.warm_up_for», rate", "0"),

    # Exit codes
    ("command_test:ExitCodes.*", PERFORM, "if («result.interrupted») return Exit::interrupted;", "false"),
    ("command_test:ExitCodes.*", PERFORM, "if («!result.verdict.valid») return Exit::invalid;", "false"),
    ("command_test:ExitCodes.*", PERFORM, "if («series.started() > 0 &&\n      series.summary(measure::Metric::success).count + series.summary(measure::Metric::client_error).count == 0») {", "false"),
    ("command_test:ExitCodes.*", PERFORM, "return «result.objectives.empty() || report::all_held(result.objectives)» ?", "true"),

    # Requests one by one
    ("drive_test:Tape.counts*", TAPE, "if («end - ring.begin.load(std::memory_order_acquire) == ring.entries.size()») {", "false"),
    ("drive_test:Tape.counts*", TAPE, "«ring.lost.store(ring.lost.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);»", None),
    ("drive_test:Tape.who*", TAPE, "if («!more») return;", "false"),
    ("command_test:Requests.that_cannot*", REQUESTS, "if («now >= *until_») return false;", "false"),
    ("command_test:Requests.are_waited_for_once*", REQUESTS, "if («!until_») until_ =", "true"),
    ("command_test:Requests.that_cannot*", REQUESTS, "const auto missing = all - («lines_ - unwritten»);", "lines_"),
    ("command_test:Requests.of_a_disk*", REQUESTS, "«if (error_ == 0) return;»", "return;"),
    ("command_test:Requests.whose*", REQUESTS, "«pthread_sigmask(SIG_BLOCK, &broken, nullptr);»", None),
]
