// SPDX-License-Identifier: MIT
// Plays the merged hosts to the summary, as if they had just run.
#include "cli/run/merge.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/options/again.hpp"
#include "cli/process/process.hpp"
#include "cli/run/view_table.hpp"
#include "ledger/merge.hpp"
#include "ledger/recorded_output.hpp"
#include "output/json/json_text.hpp"
#include "output/json/result_json.hpp"
#include "output/page/report_sink.hpp"
#include "output/terminal/writer.hpp"
#include "output/views/summary_sink.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

/// As --json has them, without output, which no ledger has.
std::string json_lines(report const& results) {
    std::string lines;
    for (auto const& each : results.hosts) {
        output::json_object object(lines);
        output::begin_result(object, each);
        output::end_result(object, each);
    }
    output::append_summary(lines, results);
    return lines;
}

/// The run once more, on the hosts that are left.
output::rerun rerun_of(ledger::recorded_start const& start, std::string const& command) {
    auto const made = recorded_arguments(start.options, command, start.script_arguments);
    if (!made) return {};
    auto again = rerun_of(*made);
    again.command = [args = *made](std::string const& hosts) { return again_command(args, hosts); };
    again.remembered.clear();
    again.lacks_input = start.reads_input;
    return again;
}

/// --resume with each of the ledgers, where there are such.
output::rerun rerun_of(ledger::merged_run const& merged) {
    output::rerun again;
    if (merged.start) return rerun_of(*merged.start, merged.command);
    if (merged.resumable.empty()) return again;
    std::string list;
    for (auto const& each : merged.resumable) list += (list.empty() ? "" : " ") + shell::portable_word(each);
    bool const is_one = merged.resumable.size() == 1;
    again.command = [command = is_one ? "muster --resume " + list
                                      : "for ledger in " + list + "; do muster --resume \"$ledger\"; done"](
                        std::string const&) { return command; };
    again.is_recorded = true;
    auto const cause = merged.results.cause;
    again.has_gates = cause == stop_cause::gate || cause == stop_cause::approval;
    return again;
}

void show(ledger::merged_run const& merged, arguments const& args) {
    auto const& results = merged.results;
    output::writer to;
    auto const out = to.add(STDOUT_FILENO, "standard output");
    auto const err = to.add(STDERR_FILENO, "standard error");
    output::summary_extent how_much;
    if (args.quiet) how_much.how_much = output::verbosity::quiet;
    how_much.again = rerun_of(merged);
    output::summary_sink summary(to, err, out, std::move(how_much));
    summary.tell(events::run_started{results.hosts, [] {}});
    for (std::size_t host = 0; host < results.hosts.size(); ++host)
        summary.tell(events::host_ended{host, results.hosts[host]});
    summary.tell(events::run_ended{results});
    if (args.json) to.write(out, json_lines(results));
    to.close();
}

/// Of a host that was never started there is none. A record has whole milliseconds: a stop that took less is one.
output::host_times times_of(host_result const& host, std::chrono::system_clock::time_point begun,
                            ledger::recorded_times const& told_to_end) {
    if (host.attempts == 0) return {};
    auto const started = std::chrono::nanoseconds(host.started - begun);
    auto const ended = started + host.duration;
    output::host_times times{started, std::nullopt, ended};
    auto const told = told_to_end.find(host.host);
    if (told != told_to_end.end() && told->second != std::chrono::system_clock::time_point{})
        times.told_to_end =
            std::min<std::chrono::nanoseconds>(told->second - begun, ended - std::chrono::milliseconds(1));
    return times;
}

std::chrono::system_clock::time_point beginning_of(report const& results) {
    auto begun = std::chrono::system_clock::time_point::max();
    for (auto const& each : results.hosts)
        if (each.attempts > 0) begun = std::min(begun, each.started);
    return begun;
}

output::page_contents contents_of(ledger::merged_run const& merged) {
    output::page_contents contents;
    contents.has_output = merged.has_output;
    auto const begun = beginning_of(merged.results);
    if (begun != std::chrono::system_clock::time_point::max()) contents.when = output::rfc3339(begun);
    for (auto const& each : merged.results.hosts) contents.times.push_back(times_of(each, begun, merged.told_to_end));
    for (auto const& each : merged.spans)
        contents.bands.push_back({each.what, each.waits, each.from - begun, each.to - begun});
    return contents;
}

output::report_terms terms_of(ledger::merged_run const& merged, std::string const& path) {
    output::report_terms terms;
    terms.path = path;
    terms.command = merged.command;
    terms.recorded = contents_of(merged);
    terms.again = rerun_of(merged);
    return terms;
}

/// Tells a page's sink the run again: each host with its output, then its end. A host whose run went on has several
/// results; the last one counts.
class replay {
  public:
    replay(report const& results, sink& to) : results_(results), to_(to) {
        for (std::size_t i = 0; i < results.hosts.size(); ++i) index_.emplace(results.hosts[i].host, i);
    }

    void run(std::vector<std::string> const& files) {
        std::vector<std::size_t> left(results_.hosts.size());
        ledger::each_output(files, [&](auto const& host, auto, auto) { ++left[index_.at(host)]; });
        to_.tell(events::run_started{results_.hosts, [] {}});
        ledger::each_output(files, [&](auto const& host, auto out, auto err) {
            auto const index = index_.at(host);
            if (--left[index] > 0) return;
            to_.tell(events::command_sent{index});
            if (!out.empty()) to_.tell(events::output{index, stream::out, out});
            if (!err.empty()) to_.tell(events::output{index, stream::err, err});
        });
        for (std::size_t i = 0; i < results_.hosts.size(); ++i) to_.tell(events::host_ended{i, results_.hosts[i]});
        to_.tell(events::run_ended{results_});
    }

  private:
    report const& results_;
    sink& to_;
    std::unordered_map<std::string, std::size_t> index_;
};

void write_report(ledger::merged_run const& merged, arguments const& args) {
    output::writer to;
    output::report_sink page(to, terms_of(merged, args.report));
    replay(merged.results, page).run(args.merged);
    to.close();
}

}  // namespace

run_ending merge_shards(arguments const& args) {
    auto const merged = ledger::merge(args.merged);
    if (!args.report.empty()) write_report(merged, args);
    show(merged, args);
    for (auto const& line : merged.missing) say(line);
    run_ending ending;
    ending.hosts =
        merged.missing.empty() ? exit_code(merged.results, args.max_status) : static_cast<int>(exit_status::failed);
    return ending;
}

}  // namespace muster::cli
