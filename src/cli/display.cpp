// SPDX-License-Identifier: MIT
// Joins the views that the options ask for.
#include "cli/display.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/again.hpp"
#include "cli/process.hpp"
#include "output/gather_sink.hpp"
#include "output/held_line_sink.hpp"
#include "output/host_files_sink.hpp"
#include "output/json_event_sink.hpp"
#include "output/json_sink.hpp"
#include "output/line_sink.hpp"
#include "output/report_sink.hpp"
#include "output/sanitise.hpp"
#include "output/terminal.hpp"

namespace muster::cli {

namespace {

constexpr std::size_t longest_line = 200;  // of what a peer says about itself
constexpr auto longest_erasing = std::chrono::milliseconds(100);

bool is_terminal(int descriptor) {
    return ::isatty(descriptor) == 1;
}

bool is_coloured(int descriptor, arguments const& given) {
    return given.color == color_when::always || (given.color == color_when::automatic && is_terminal(descriptor));
}

/// Hosts' control characters reach no terminal unless the user wants that.
output::controls controls_of(int descriptor, arguments const& given) {
    if (!is_terminal(descriptor) || given.raw) return output::controls::exact;
    return given.verbose ? output::controls::spelled : output::controls::dropped;
}

output::line_destination destination_of(output::writer::target to, int descriptor, arguments const& given) {
    bool const terminal = is_terminal(descriptor);
    output::line_destination where{to, {}, terminal ? descriptor : -1};
    where.style.label = !given.no_label;
    where.style.align = terminal;
    where.style.colour = is_coloured(descriptor, given);
    where.style.text = controls_of(descriptor, given);
    where.style.errors = descriptor == STDERR_FILENO && terminal && is_terminal(STDOUT_FILENO);
    return where;
}

output::group_style group_style_of(arguments const& given) {
    output::group_style style;
    style.heading = !given.no_label;
    style.diff = given.diff;
    style.terminal = is_terminal(STDOUT_FILENO) && style.heading;
    style.colour = is_coloured(STDOUT_FILENO, given);
    style.text = controls_of(STDOUT_FILENO, given);
    return style;
}

output::verbosity verbosity_of(arguments const& given) {
    if (given.quiet) return output::verbosity::quiet;
    return given.verbose ? output::verbosity::verbose : output::verbosity::normal;
}

/// Only a halt policy makes one host the cause of a stop.
std::size_t tail_of(arguments const& given) {
    return given.how.halt.when == halt_when::never ? 0 : given.tail_failed;
}

bool has_cursor() {
    char const* const kind = std::getenv("TERM");
    return kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

bool shows_progress(arguments const& given) {
    return !given.quiet && !given.no_progress;
}

bool pins_progress(arguments const& given) {
    return shows_progress(given) && has_cursor() && is_terminal(STDERR_FILENO);
}

/// Pictures where the terminal has them; ASCII where colours are not wanted.
bool has_pictures(arguments const& given) {
    return output::locale_is_utf8() && is_coloured(STDERR_FILENO, given);
}

output::progress_look progress_look_of(arguments const& given) {
    output::progress_look look;
    look.pinned = pins_progress(given);
    look.style.colour = is_coloured(STDERR_FILENO, given);
    look.style.utf8 = has_pictures(given);
    return look;
}

output::summary_extent summary_extent_of(arguments const& given) {
    output::summary_extent extent{verbosity_of(given), tail_of(given), {}, {}, {}};
    bool const terminal = is_terminal(STDERR_FILENO) && has_cursor();
    extent.look = {terminal, terminal && is_coloured(STDERR_FILENO, given), has_pictures(given),
                   output::size_of_terminal(STDERR_FILENO).columns};
    extent.files = given.outdir.empty() ? given.errdir : given.outdir;
    extent.again = [&given](std::vector<std::string> const& hosts, bool) { return again_command(given, hosts); };
    return extent;
}

using sink_list = std::vector<std::unique_ptr<sink>>;

/// Lines as they come, or when it is their host's turn.
std::unique_ptr<sink> line_view(output::writer& into, output::line_destination out, output::line_destination err,
                                arguments const& given) {
    output::holding_terms terms;
    terms.host_order = given.sorted;
    terms.only_failed = given.only_failed;
    if (!terms.host_order && !terms.only_failed) return std::make_unique<output::line_sink>(into, out, err);
    return std::make_unique<output::held_line_sink>(into, out, err, terms);
}

/// What shows or keeps the hosts' output. Throws write_error for a folder that can't be used.
sink_list data_views(output::writer& into, output::writer::target out, output::writer::target err,
                     arguments const& given) {
    sink_list views;
    auto to_out = destination_of(out, STDOUT_FILENO, given);
    auto to_err = destination_of(err, STDERR_FILENO, given);
    if (given.json_events) views.push_back(std::make_unique<output::json_event_sink>(into, out));
    if (given.json) views.push_back(std::make_unique<output::json_sink>(into, out));
    if (given.gather) {
        output::gather_terms terms;
        terms.errors = given.gather_errors;
        terms.host_order = given.sorted;
        terms.only_failed = given.only_failed;
        views.push_back(std::make_unique<output::gather_sink>(into, out, terms, group_style_of(given)));
        if (!given.live) to_out.to = nullptr;
        if (!given.live && given.gather_errors) to_err.to = nullptr;
    }
    if (!given.json && (to_out.to != nullptr || to_err.to != nullptr))
        views.push_back(line_view(into, to_out, to_err, given));
    std::optional<output::host_folder> outputs, errors;
    if (!given.outdir.empty()) outputs.emplace(given.outdir);
    if (!given.errdir.empty()) errors.emplace(given.errdir);
    if (outputs || errors)
        views.push_back(std::make_unique<output::host_files_sink>(into, std::move(outputs), std::move(errors)));
    if (!given.report.empty()) {
        auto again = [&given](std::vector<std::string> const& hosts) { return again_command(given, hosts); };
        views.push_back(std::make_unique<output::report_sink>(
            into, output::report_terms{given.report, given.command, std::move(again)}));
    }
    return views;
}

/// As much as goes without waiting: a pipe that has room takes PIPE_BUF bytes at least (pipe(7)).
void write_what_fits(int descriptor, std::string_view bytes) {
    pollfd ready{descriptor, POLLOUT, 0};
    while (!bytes.empty() && ::poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0) {
        auto const done = ::write(descriptor, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
        if (done <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

bool are_one_file(int a, int b) {
    struct stat of_a {
    }, of_b{};
    return ::fstat(a, &of_a) == 0 && ::fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

}  // namespace

display::display(arguments const& given, std::optional<run_record> record)
    : out_(writer_.add(STDOUT_FILENO, "standard output")),
      err_(writer_.add(STDERR_FILENO, "standard error")),
      summary_(writer_, err_, out_, summary_extent_of(given)),
      data_(data_views(writer_, out_, err_, given)),
      pinned_(pins_progress(given)),
      all_({}) {
    auto const look = progress_look_of(given);
    if (record) all_.add(ledger_.emplace(writer_, std::move(record->file), std::move(record->header)));
    if (shows_progress(given)) all_.add(progress_.emplace(writer_, err_, look));
    for (auto const& view : data_) all_.add(*view);
    if (!given.quiet && !given.verbose)
        all_.add(failures_.emplace(writer_, err_, output::failure_look{pinned_, look.style.colour, look.style.utf8}));
    if (given.stats) all_.add(stats_.emplace(writer_, err_));
    all_.add(summary_);
}

void display::who_runs() {
    progress_ ? writer_.write(err_, progress_->who_runs()) : summary_.who_runs();
}

void display::failures() {
    if (progress_) writer_.write(err_, progress_->failures());
}

void display::hint_keys() {
    if (progress_) progress_->hint("s: who  ^C: stop");
}

void display::note(std::string_view text) {
    writer_.write(err_, fmt::format("muster: {}\n", text));
}

void display::note_lines(std::string_view label, std::string_view text) {
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        note(fmt::format("{}: {}", label, output::sanitised(line.substr(0, line.find('\r')), longest_line)));
    }
}

void display::hold_status(bool away) {
    if (progress_) progress_->hold(away);
    if (away) writer_.drained(longest_erasing);  // the question comes after what was said before
}

/// Standard output was closed by its reader. Where both streams are one pipe (`2>&1 | head`) the first write that finds
/// out may be one to standard error.
bool display::reader_gone() const {
    return writer_.failure(out_) == EPIPE ||
           (writer_.failure(err_) == EPIPE && are_one_file(STDOUT_FILENO, STDERR_FILENO));
}

write_outcome display::close(std::optional<std::chrono::nanoseconds> patience) {
    if (patience && !writer_.drained(*patience)) {
        auto const unsaid = writer_.abandon(err_);
        write_what_fits(STDERR_FILENO, unsaid + "muster: standard output: nobody reads it; what was left is lost\n");
        return write_outcome::failed;
    }
    std::string failure = ledger_ ? ledger_->failure() : std::string();
    try {
        writer_.close();
    } catch (write_error const& error) {
        if (failure.empty()) failure = error.what();
    }
    if (reader_gone()) return write_outcome::reader_gone;
    if (failure.empty()) return write_outcome::complete;
    say(failure);
    return write_outcome::failed;
}

}  // namespace muster::cli
