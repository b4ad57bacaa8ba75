// SPDX-License-Identifier: MIT
// Plays the merged hosts to the summary, as if they had just run.
#include "cli/merge.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <utility>

#include "cli/process.hpp"
#include "ledger/merge.hpp"
#include "output/json_text.hpp"
#include "output/report_page.hpp"
#include "output/result_json.hpp"
#include "output/summary_sink.hpp"
#include "output/writer.hpp"

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

void show(report const& results, arguments const& args) {
    output::writer to;
    auto const out = to.add(STDOUT_FILENO, "standard output");
    auto const err = to.add(STDERR_FILENO, "standard error");
    output::summary_extent how_much;
    if (args.quiet) how_much.how_much = output::verbosity::quiet;
    output::summary_sink summary(to, err, out, std::move(how_much));
    summary.tell(events::run_started{results.hosts, [] {}});
    for (std::size_t host = 0; host < results.hosts.size(); ++host)
        summary.tell(events::host_ended{host, results.hosts[host]});
    summary.tell(events::run_ended{results});
    if (args.json) to.write(out, json_lines(results));
    to.close();
}

/// Of a host that was never started there is none.
output::host_times times_of(host_result const& host, std::chrono::system_clock::time_point begun) {
    if (host.attempts == 0) return {};
    auto const started = std::chrono::nanoseconds(host.started - begun);
    return {started, std::nullopt, started + host.duration};
}

output::page_contents contents_of(ledger::merged_run const& merged) {
    output::page_contents contents;
    contents.title = merged.command;
    contents.has_output = false;
    auto begun = std::chrono::system_clock::time_point::max();
    for (auto const& each : merged.results.hosts)
        if (each.attempts > 0) begun = std::min(begun, each.started);
    if (begun != std::chrono::system_clock::time_point::max()) contents.when = output::rfc3339(begun);
    for (auto const& each : merged.results.hosts) contents.times.push_back(times_of(each, begun));
    return contents;
}

void write_report(ledger::merged_run const& merged, std::string const& path) {
    std::ofstream file(path, std::ios::binary);
    output::write_page(merged.results, contents_of(merged), [&](std::string_view piece) {
        file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    });
    file.close();
    if (!file) throw write_error(path, errno);
}

}  // namespace

run_ending merge_shards(arguments const& args) {
    auto const merged = ledger::merge(args.merged);
    if (!args.report.empty()) write_report(merged, args.report);
    show(merged.results, args);
    for (auto const& line : merged.missing) say(line);
    run_ending ending;
    ending.hosts =
        merged.missing.empty() ? exit_code(merged.results, args.max_status) : static_cast<int>(exit_status::failed);
    return ending;
}

}  // namespace muster::cli
