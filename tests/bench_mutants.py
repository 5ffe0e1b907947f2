"""The checks of the load tester (loadtest/measure and loadtest/report), in the form of mutants.py."""

MEASURE = "loadtest/measure/"
REPORT = "loadtest/report/"
RECORDER = MEASURE + "recorder.cpp"
SERIES = MEASURE + "series.cpp"
HISTOGRAM = MEASURE + "histogram.cpp"
CODEC = MEASURE + "histogram_codec.cpp"
PACKED = MEASURE + "packed.cpp"
LOG = MEASURE + "interval_log.cpp"
RESULT = MEASURE + "result.cpp"
READER = MEASURE + "result_reader.cpp"
VALIDITY = MEASURE + "validity.cpp"
PERCENTILE = MEASURE + "percentile.cpp"
BOOTSTRAP = MEASURE + "bootstrap.cpp"
STEADY = MEASURE + "steady.cpp"
USL = MEASURE + "scalability.cpp"
OBJECTIVES = REPORT + "objectives.cpp"
DIFF = REPORT + "diff.cpp"
LIVE = REPORT + "live_view.cpp"

MUTANTS = [
    # What a sample is filed under
    ("measure_test:Recorder.keeps_the_warm_up_apart", RECORDER, "Book& into = «warm ? warm_up : book»;\n    if (into.last", "book"),
    ("measure_test:Recorder.counts_what_comes_late*", RECORDER, "«due - into.begin < series.width»", "true"),
    ("measure_test:Recorder.counts_what_comes_late*", RECORDER, "«if (late.places->size() >= Late::most_places) fold(*late.window, *late.places);»", "late.places->clear();"),
    ("measure_test:Recorder.keeps_classes_apart", RECORDER, "if («sample.ending == Ending::in_flight» || sample.ending == Ending::not_sent) {\n    ++state", "false"),
    ("measure_test:Recorder.keeps_classes_apart", RECORDER, "if («sample.ending == Ending::not_sent») return;", "false"),
    ("measure_test:Recorder.phases_add_up*", RECORDER, "until_sending - «std::min(making, until_sending)»", "0"),
    ("measure_test:Recorder.an_answer_before*", RECORDER, "sample.sent == never ? first_byte : «std::min(sample.sent, first_byte)»", "sample.sent"),
    ("measure_test:Recorder.an_answer_without*", RECORDER, "«sample.first_byte == never» ? sample.end", "false"),
    ("measure_test:Recorder.what_was_given_up*", RECORDER, "if («sample.sending != never») into", "true"),
    ("measure_test:Recorder.what_was_given_up*", RECORDER, "if («sample.first_byte == never»)\n        into", "false"),
    ("measure_test:Recorder.widens*", RECORDER, "«series.widen();»", "series.width *= 2;"),
    ("measure_test:Recorder.a_glance*", RECORDER, "«taken.recent = take_counts(state_->recent.data(), 0, state_->recent.size());»", None),
    ("measure_test:Recorder.a_glance*", RECORDER, "if (sample.ending != Ending::answered || «sample.status >= 500») ++state.seen.failed", "false"),
    ("measure_test:Series.of_other_widths*", SERIES, "if («other.width > width») widen_to(other.width);", "false"),
    ("measure_test:Series.of_other_widths*", SERIES, "«wide.widen_to(width);»", None),
    ("measure_test:Recorder.counts_what_comes_late*", SERIES, "min = «count == 0 ? other.min : std::min(min, other.min)»", "std::min(min, other.min)"),
    ("measure_test:Steady.*", SERIES, "«windows[i] = {};»", None),

    # Histograms as everybody has them
    ("measure_test:Histogram.what_is_too_long*", HISTOGRAM, "count(layout_.index_of(«std::min(value, layout_.highest())»), times)", "value % layout_.highest()"),
    ("measure_test:Histogram.a_product*", HISTOGRAM, "std::ceil(wanted - «(wanted > 0 ? std::ldexp(1.0, std::ilogb(wanted) - 52) : 0)»)", "0"),
    ("measure_test:Histogram.corrects*", HISTOGRAM, "«missing >= 2 * interval»", "missing > interval"),
    ("measure_test:Histogram.a_merge_of_other_digits*", HISTOGRAM, "const bool same = «layout_ == other.layout_»;", "true"),
    ("measure_test:Histogram.percentiles_are*", HISTOGRAM, "«percentile <= 0» ? min()", "false"),
    ("measure_test:Codec.refuses_counts*", HISTOGRAM, "if («check.damaged()») return false;", "false"),
    ("measure_test:Codec.has_the_bytes*", PACKED, "write(«zeros == 1» ? 0 : -zeros)", "false"),
    ("measure_test:Codec.counts_of_any_size*", PACKED, "(«last ? piece : piece & 0x7f») << (7 * byte)", "piece & 0x7f"),
    ("measure_test:Codec.refuses_counts*", PACKED, "«damaged_ = !read(number);»", "if (!read(number)) return false;"),
    ("measure_test:Codec.refuses_what*", CODEC, "if («offset > 1»)", "false"),
    ("measure_test:Codec.refuses_what*", CODEC, "if («digits > 5»)", "false"),
    ("measure_test:Codec.refuses_what*", CODEC, "if («ratio > 1 && std::bit_cast<double>(ratio) != 1.0»)", "false"),
    ("measure_test:Codec.refuses_what*", CODEC, "if (length != «bytes.size()»)", "length"),
    ("measure_test:Codec.refuses_counts*", CODEC, "if («layout.size() > most_places»)", "false"),
    ("measure_test:Codec.stops_a_bomb", CODEC, "while (result == Z_OK && «out.size() <= most») {", "true",
     (CODEC, "if (result != Z_STREAM_END || «out.size() > most») return", "false")),
    ("measure_test:Codec.refuses_text*", "loadtest/measure/base64.cpp", "if («text.size() % 4 != 0») return {};", "false"),
    ("measure_test:Codec.refuses_text*", "loadtest/measure/base64.cpp", "if («digit < 0») return {};", "false"),
    ("measure_test:Codec.refuses_text*", CODEC, "if («take(rest, 4) != rest.size()»)", "(take(rest, 4), false)"),
    ("measure_test:IntervalLog.a_tag*", LOG, "if («c == ',' || c == ' '» || static_cast", "false"),
    ("measure_test:IntervalLog.names*", LOG, "if (!begin || !length || «*length < 0» ||", "false"),
    ("measure_test:IntervalLog.times_may*", LOG, "«first < start - year» ? start : 0", "true"),
    ("measure_test:IntervalLog.times_may*", LOG, "const double origin = «base ? *base : first < start - year ? start : 0»;", "first < start - year ? start : 0"),

    # Percentiles that may be printed
    ("measure_test:Percentile.is_printed*", PERCENTILE, "if («known.total() + given_up.total() < need») return {Reading::State::too_few", "false"),
    ("measure_test:Percentile.is_printed*", PERCENTILE, "std::ceil(«values_beyond / (1 - quantile) - 1e-6»)", "values_beyond / (1 - quantile)"),
    ("measure_test:Percentile.that_falls*", PERCENTILE, "«rank <= known.total()» &&", "true"),
    ("measure_test:Percentile.that_what*", PERCENTILE, "static_cast<double>(known.value_at_rank(rank)) <= static_cast<double>(least) * «(1 + same)»", "10"),
    ("measure_test:Percentile.one_given_up*", PERCENTILE, "static_cast<double>(least) * (1 + «same»)", "0"),

    # Statistics
    ("measure_test:Mser5.says_so*", STEADY, "if («means.size() < fewest_batches») return {};", "false"),
    ("measure_test:Mser5.says_so*", STEADY, "if («static_cast<double>(best) > most_dropped * static_cast<double>(means.size())») return {};", "false"),
    ("measure_test:Mser5.drops*", STEADY, "if («error < least») {", "false"),
    ("measure_test:Mser5.keeps*", STEADY, "if («least <= 1e-20 * means.front() * means.front()») return 0;", "false"),
    ("measure_test:Bootstrap.resamples*", BOOTSTRAP, "drawn_.push_back(«begin + i»)", "random_.below(static_cast<std::uint32_t>(windows_))"),
    ("measure_test:Bootstrap.says_nothing*", BOOTSTRAP, "if («windows < fewest_windows») return estimates;", "false"),
    ("measure_test:Bootstrap.says_the_same*", BOOTSTRAP, "Blocks blocks(windows, «options.seed»);", "1"),
    ("measure_test:Bootstrap.counts_what*", BOOTSTRAP, "const PackedCounts packed = «add(window[times.known].counts, window[times.given_up].counts, size)»;", "window[times.known].counts"),
    ("measure_test:Change.*", BOOTSTRAP, "found.push_back(«(*after)[i] / std::max(1.0, (*before)[i]) - 1»)", "(*after)[i] / std::max(1.0, (*before)[i])"),
    ("measure_test:Wilcoxon.agrees*", MEASURE + "wilcoxon.cpp", "if («sorted.size() < fewest») return 1;", "false"),
    ("measure_test:Wilcoxon.agrees*", MEASURE + "wilcoxon.cpp", "«difference != 0»", "true"),
    ("measure_test:Wilcoxon.for_many*", MEASURE + "wilcoxon.cpp", "(all / 2 - less - «0.5»)", "5"),
    ("measure_test:Scalability.asks*", USL, "if («points.size() < fewest_points») return {};", "false"),
    ("measure_test:Scalability.asks*", USL, "if («spread == 0») return {};", "false"),
    ("measure_test:Scalability.asks*", USL, "if («point.concurrency <= 0» ||", "false"),

    # Whether a result may be believed
    ("measure_test:Verdict.a_thread*", VALIDITY, "«*busiest > result.cpu_limit»", "false"),
    ("measure_test:Verdict.lateness*", VALIDITY, "std::max(most_late, «most_late_share * median»)", "0.0"),
    ("measure_test:Verdict.lateness*", VALIDITY, "std::max(«most_late», most_late_share", "0.0"),
    ("measure_test:Verdict.lateness*", VALIDITY, "if («!result.open_loop» || lateness.empty()) return;", "false"),
    ("measure_test:Verdict.what_was_not_sent*", VALIDITY, "if («sent < least_achieved * result.offered») {", "false"),
    ("measure_test:Verdict.what_was_not_sent*", VALIDITY, "|| «result.interrupted») return;", "false"),
    ("measure_test:Verdict.what_was_not_sent*", VALIDITY, "«result.series.started() - unsent»", "result.series.started()"),
    ("measure_test:Verdict.what_the_system*", VALIDITY, "if («generator.paused > stopped»)", "false"),
    ("measure_test:Verdict.what_the_system*", VALIDITY, "«when(generator.throttled, \"the generator's cgroup ran out of CPU\");»", None),
    ("measure_test:Verdict.books*", VALIDITY, "if («result.little.deviation() > most_off» &&", "false"),
    ("measure_test:Verdict.without_a_request*", VALIDITY, "if («result.series.started() == 0») verdict", "false"),
    ("measure_test:LittlesLaw.counts_failures*", VALIDITY, "Metric::server_error, Metric::transport, «Metric::unfinished»}", "Metric::success"),

    # Results in files
    ("measure_test:ResultJson.foreign*", READER, "if («named->get_string() != schema»)", "false"),
    ("measure_test:ResultJson.names*", READER, "if («width != series.width») from.complain", "false"),
    ("measure_test:ResultJson.names*", READER, "«histogram.total() != cell.count»", "false"),
    ("measure_test:ResultJson.names*", READER, "if («index == tally_size»)", "false"),
    ("measure_test:ResultJson.a_histogram_of_another*", READER, "else if («read.value->layout() != layout»)", "false"),
    ("measure_test:ResultJson.names*", MEASURE + "json_reader.hpp", "|| «value->is_double()»)", "false"),
    ("measure_test:Result.merged_keeps*", RESULT, "«verdict.valid = verdict.valid && other.verdict.valid;»", None),
    ("measure_test:Result.merged_keeps*", RESULT, "if («other.settings != settings»)", "false"),
    ("measure_test:Result.merged_is*", RESULT, "«series.merge(other.series);»", None),
    ("measure_test:Result.rates*", RESULT, "of(Ending::timed_out) + of(Ending::in_flight) + «of(Ending::not_sent)»", "0"),

    # Objectives and changes
    ("report_test:Objectives.a_lower_bound*", OBJECTIVES, "if («keeps(slo, least) != slo.below») return decided", "true"),
    ("report_test:Objectives.a_lower_bound*", OBJECTIVES, "«reading.state == Reading::State::known» ? decided", "true"),
    ("report_test:Objectives.of_mean*", OBJECTIVES, "if («value == slo.limit») return slo.or_equal;", "false"),
    ("report_test:Objectives.of_mean*", OBJECTIVES, "return «given_up.count == 0» ? decided", "true"),
    ("report_test:Objectives.of_errors*", OBJECTIVES, "if («result.offered <= 0») return", "false"),
    ("report_test:Objectives.what_is_not_known*", OBJECTIVES, "«objective.outcome == Objective::Outcome::held»", "objective.outcome != Objective::Outcome::broken"),
    ("report_test:Diff.fails*", DIFF, "if (beyond(«limit.above ? lower : upper»))", "change->value"),
    ("report_test:Diff.fails*", DIFF, "return {«beyond(change->value)» ? State::unclear : State::kept", "false"),
    ("report_test:Diff.what_is_not_known*", DIFF, "outcome.state == State::broken || «outcome.state == State::unknown»", "false"),
    ("report_test:Diff.what_is_not_known*", DIFF, "«before.state != Reading::State::known || after.state == Reading::State::too_few»", "false"),
    ("report_test:Limit.that_is_none*", DIFF, "if («text.empty() || (text.front() != '+' && text.front() != '-')»)", "text.empty()"),
    ("measure_test:Attribution.does_not_count*", MEASURE + "attribution.cpp", 'phase_of(comparison, "late", «late_of_successes»)', "[](const Window& window) { return sum_of(window, Metric::lateness); }"),
    ("measure_test:Attribution.phases*", MEASURE + "attribution.cpp", 'name.ends_with("-app") || «name == "gap"»;', "false"),
    ("measure_test:Attribution.phases*", MEASURE + "attribution.cpp", "|| «is_no_addition(part.name)») continue;", "false"),

    ("measure_test:Differences.of_what*", MEASURE + "differences.cpp", "if («each.one.state == Reading::State::known && each.two.state == Reading::State::known») each", "true"),
    ("measure_test:Differences.of_what*", MEASURE + "differences.cpp", "«each.two.state == Reading::State::known») each", "true"),
    ("measure_test:Difference.is_not_found*", BOOTSTRAP, "return boost::math::cdf(boost::math::normal(), «-student * std::sqrt(stretches / (stretches - 1))»)", "-1.96"),
    ("drive_test:Arrivals.no_lane*", "loadtest/drive/arrivals.cpp", "seed ^ «(turn / lanes + 1)» *", "std::uint64_t{1}"),
    ("drive_test:Arrivals.every_lane*", "loadtest/drive/arrivals.cpp", "bool backward = «of_round.below(2) != 0»", "false"),
    ("report_test:CompareReport.says_why*", REPORT + "compare_text.cpp", "if («!both_known(differences.percentiles.front())»)", "false"),

    # What is shown
    ("report_test:TextReport.has_colours*", REPORT + "text.cpp", "«on_» ? fmt::format(\"\\x1b[{}m", "true"),
    ("report_test:TextReport.has_colours*", REPORT + "text.cpp", "paint.bad(\"INVALID (generator)\")) + \"  \" + «printable(title)»", "std::string(title)"),
    ("report_test:Page.nothing*", REPORT + "html_report.cpp", "if («c == '<'»)\n      out += \"\\\\u003c\"", "false"),
    ("report_test:Page.nothing*", REPORT + "html_report.cpp", "else if («c == '<'»)\n      out += \"&lt;\"", "false"),
    ("report_test:LiveView.is_never_wider*", LIVE, "«cut(printable(title_), width)»,", "printable(title_)"),
    ("report_test:LiveView.what_is_in*", LIVE, "cut(«printable(title_)», width)", "title_"),
    ("report_test:LiveView.draws_over*", LIVE, "std::string out = «clear()»;", "std::string()"),
    ("report_test:LiveStyle.*", LIVE, "style.terminal && (no_colour == nullptr || «*no_colour == '\\0'»)", "false"),
    ("report_test:Prometheus.every_line*", REPORT + "prometheus.cpp", "if («c == '\\\\' || c == '\"'») out += '\\\\';", "false"),
    ("report_test:Figures.what_moves*", REPORT + "figures.cpp", "|| byte == 0x7f || «c1») {", "false"),
    ("report_test:Figures.a_share*", REPORT + "figures.cpp", "if («value < 0.005») return", "false"),
]
