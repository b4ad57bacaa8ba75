// SPDX-License-Identifier: MIT
// The rows, when each view is wanted and how it is made.
#include "cli/run/view_table.hpp"

#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <muster/host.hpp>

#include "cli/hosts/last_run.hpp"
#include "cli/options/again.hpp"
#include "cli/plan/input.hpp"
#include "files/nameless_file.hpp"
#include "output/grouped/gather_sink.hpp"
#include "output/page/report_sink.hpp"
#include "output/record/host_files_sink.hpp"
#include "output/record/json_event_sink.hpp"
#include "output/record/json_sink.hpp"
#include "output/views/held_line_sink.hpp"
#include "output/views/line_sink.hpp"

namespace muster::cli {

namespace {

/// Hosts' control characters reach no terminal unless the user wants that.
output::controls controls_of(int descriptor, arguments const& args) {
    if (!is_terminal(descriptor) || args.raw) return output::controls::exact;
    return args.verbose ? output::controls::spelled : output::controls::dropped;
}

output::line_destination destination_of(output::writer::target to, int descriptor, arguments const& args) {
    bool const terminal = is_terminal(descriptor);
    output::line_destination where{to, {}, terminal ? descriptor : -1};
    where.style.label = !args.no_label;
    where.style.user = !args.drops_user;
    where.style.align = terminal;
    where.style.colour = is_coloured(descriptor, args);
    where.style.text = controls_of(descriptor, args);
    where.style.errors = descriptor == STDERR_FILENO && terminal && is_terminal(STDOUT_FILENO);
    return where;
}

output::group_style group_style_of(arguments const& args) {
    output::group_style style;
    style.heading = !args.no_label;
    style.diff = args.diff;
    style.share = !args.plain_groups;
    style.count = !args.plain_groups || !args.quiet;
    style.terminal = is_terminal(STDOUT_FILENO) && style.heading;
    style.colour = is_coloured(STDOUT_FILENO, args);
    style.text = controls_of(STDOUT_FILENO, args);
    return style;
}

/// What is gathered comes only once, unless the lines are wanted live besides.
bool shows_lines_of_output(arguments const& args) {
    return !args.json && (!args.gather || args.live);
}

bool shows_lines_of_errors(arguments const& args) {
    return !args.json && (!args.gather || !args.gather_errors || args.live);
}

bool wants_json_events(arguments const& args) {
    return args.views.contains("json=events");
}

/// By which the rest of the run can be run when only its events are left.
output::event_header event_header_of(arguments const& args) {
    output::event_header header{args.command, args.transport, args.taken, args.script_words};
    header.reads_input = reads_standard_input(args);
    auto const& record = args.resume.empty() ? args.ledger : args.resume;
    if (is_resumable(args)) header.ledger = std::filesystem::absolute(record).string();
    header.part = part_of(args);
    return header;
}

std::unique_ptr<sink> make_json_events(view_context const& from) {
    return std::make_unique<output::json_event_sink>(from.writer, from.out, event_header_of(from.args));
}

bool wants_json(arguments const& args) {
    return args.json;
}

std::unique_ptr<sink> make_json(view_context const& from) {
    return std::make_unique<output::json_sink>(from.writer, from.out, files::temporary_folder(), part_of(from.args));
}

bool wants_gathered(arguments const& args) {
    return args.gather;
}

std::unique_ptr<sink> make_gathered(view_context const& from) {
    output::gather_terms terms;
    terms.errors = from.args.gather_errors;
    terms.host_order = from.args.sorted;
    terms.only_failed = from.args.only_failed;
    return std::make_unique<output::gather_sink>(from.writer, from.out, terms, group_style_of(from.args));
}

bool wants_lines(arguments const& args) {
    return shows_lines_of_output(args) || shows_lines_of_errors(args);
}

/// Lines as they come, or when it is their host's turn.
std::unique_ptr<sink> make_lines(view_context const& from) {
    auto const& args = from.args;
    auto out = destination_of(from.out, STDOUT_FILENO, args);
    auto err = destination_of(from.err, STDERR_FILENO, args);
    if (!shows_lines_of_output(args)) out.to = nullptr;
    if (!shows_lines_of_errors(args)) err.to = nullptr;
    output::holding_terms terms;
    terms.host_order = args.sorted;
    terms.only_failed = args.only_failed;
    if (!terms.host_order && !terms.only_failed) return std::make_unique<output::line_sink>(from.writer, out, err);
    return std::make_unique<output::held_line_sink>(from.writer, out, err, terms);
}

bool wants_files(arguments const& args) {
    return !args.outdir.empty() || !args.errdir.empty();
}

std::unique_ptr<sink> make_files(view_context const& from) {
    std::optional<output::host_folder> outputs, errors;
    if (!from.args.outdir.empty()) outputs.emplace(from.args.outdir);
    if (!from.args.errdir.empty()) errors.emplace(from.args.errdir);
    return std::make_unique<output::host_files_sink>(from.writer, std::move(outputs), std::move(errors),
                                                     part_of(from.args));
}

bool wants_report(arguments const& args) {
    return !args.report.empty();
}

std::unique_ptr<sink> make_report(view_context const& from) {
    return std::make_unique<output::report_sink>(
        from.writer, output::report_terms{from.args.report, from.args.command, rerun_of(from.args)});
}

constexpr view_row table[] = {
    {"json=events", wants_json_events, make_json_events},
    {"json", wants_json, make_json},
    {"gather", wants_gathered, make_gathered},
    {"lines", wants_lines, make_lines},
    {"outdir", wants_files, make_files, 2},
    {"report", wants_report, make_report},
};

}  // namespace

output::part_of_list part_of(arguments const& args) {
    if (!args.part) return {};
    return {args.part->index, args.part->count, args.part->list_hash, args.part->list_size};
}

output::rerun rerun_of(arguments const& args) {
    output::rerun again;
    again.command = [&args](std::string const& hosts) { return again_command(args, hosts); };
    if (remembers(args)) again.remembered = "@last:left";
    again.is_recorded = is_resumable(args);
    again.has_gates = args.rollout.approve || !args.rollout.gate.empty();
    again.keeps_order = args.rollout.in_batches();
    again.lacks_input = reads_standard_input(args);
    return again;
}

bool is_terminal(int descriptor) {
    return ::isatty(descriptor) == 1;
}

bool is_coloured(int descriptor, arguments const& args) {
    return args.color == color_when::always || (args.color == color_when::automatic && is_terminal(descriptor));
}

std::span<view_row const> view_table() noexcept {
    return table;
}

}  // namespace muster::cli
