// SPDX-License-Identifier: MIT
// Joins the views that the options ask for.
#include "cli/run/display.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/options/transport_table.hpp"
#include "cli/process/process.hpp"
#include "cli/run/view_table.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/terminal.hpp"

namespace muster::cli {

namespace {

constexpr std::size_t longest_line = 200;  // of what a peer says about itself
constexpr auto longest_erasing = std::chrono::milliseconds(100);
constexpr auto last_patience = std::chrono::milliseconds(500);
constexpr auto slow = std::chrono::seconds(5);  // a reader that has taken nothing for so long

output::verbosity verbosity_of(arguments const& args) {
    if (args.quiet) return output::verbosity::quiet;
    return args.verbose ? output::verbosity::verbose : output::verbosity::normal;
}

/// Only a halt policy makes one host the cause of a stop.
std::size_t tail_of(arguments const& args) {
    return args.how.halt.when == halt_when::never ? 0 : args.tail_failed;
}

bool has_cursor() {
    char const* const kind = std::getenv("TERM");
    return kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

bool shows_progress(arguments const& args) {
    return !args.quiet && !args.no_progress;
}

bool pins_progress(arguments const& args) {
    return shows_progress(args) && has_cursor() && is_terminal(STDERR_FILENO);
}

/// Pictures where the terminal has them; ASCII where colours are not wanted.
bool has_pictures(arguments const& args) {
    return output::locale_is_utf8() && is_coloured(STDERR_FILENO, args);
}

output::progress_look progress_look_of(arguments const& args) {
    output::progress_look look;
    look.pinned = pins_progress(args);
    look.style.colour = is_coloured(STDERR_FILENO, args);
    look.style.utf8 = has_pictures(args);
    return look;
}

output::summary_extent summary_extent_of(arguments const& args) {
    output::summary_extent extent{verbosity_of(args), tail_of(args), transport_of(args).connects_itself, {}, {}, {}};
    bool const terminal = is_terminal(STDERR_FILENO) && has_cursor();
    extent.look = {terminal, terminal && is_coloured(STDERR_FILENO, args), has_pictures(args),
                   output::size_of_terminal(STDERR_FILENO).columns};
    extent.files = args.outdir.empty() ? args.errdir : args.outdir;
    extent.again = rerun_of(args);
    return extent;
}

/// As much as goes within `patience`: a pipe that has room takes PIPE_BUF bytes at least (pipe(7)).
void write_what_fits(int descriptor, std::string_view bytes, std::chrono::milliseconds patience = {}) {
    using steady = std::chrono::steady_clock;
    auto const until = steady::now() + patience;
    auto const left = [&] {
        return std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count());
    };
    pollfd ready{descriptor, POLLOUT, 0};
    while (!bytes.empty() && ::poll(&ready, 1, static_cast<int>(left())) == 1 && (ready.revents & POLLOUT) != 0) {
        auto const done = ::write(descriptor, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
        if (done <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

/// No pager or editor has the terminal.
bool may_write_at_once(int descriptor) {
    return !is_terminal(descriptor) || (output::in_foreground(descriptor) && output::is_in_line_mode(descriptor));
}

bool are_one_file(int a, int b) {
    struct stat of_a {
    }, of_b{};
    return ::fstat(a, &of_a) == 0 && ::fstat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

}  // namespace

display::display(arguments const& args, std::optional<run_record> record)
    : out_(writer_.add(STDOUT_FILENO, "standard output")),
      err_(writer_.add(STDERR_FILENO, "standard error")),
      summary_(writer_, err_, out_, summary_extent_of(args)),
      pinned_(pins_progress(args)),
      quiet_(args.quiet),
      all_({}) {
    auto const look = progress_look_of(args);
    if (record) all_.add(ledger_.emplace(writer_, std::move(record->file), std::move(record->header)));
    if (!args.stop_file.empty()) all_.add(stop_file_.emplace(args.stop_file));
    if (shows_progress(args)) all_.add(progress_.emplace(writer_, err_, look));
    view_context const context{args, writer_, out_, err_};
    for (auto const& row : view_table())
        if (row.wanted(args)) all_.add(*views_.emplace_back(row.make(context)));
    if (!args.quiet && !args.verbose)
        all_.add(failures_.emplace(writer_, err_, output::failure_look{pinned_, look.style.colour, look.style.utf8}));
    if (args.stats) all_.add(stats_.emplace(writer_, err_));
    all_.add(summary_);
}

void display::who_runs() {
    progress_ ? writer_.write(err_, progress_->who_runs()) : summary_.who_runs();
}

void display::failures() {
    if (progress_) writer_.write(err_, progress_->failures());
}

void display::name_keys(std::string_view keys) {
    if (progress_) progress_->hint(std::string(keys));
}

void display::note(std::string_view text) {
    writer_.write(err_, "muster: " + output::sanitised(text, std::string::npos) + "\n");
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

void display::note_failures() {
    if (failures_) failures_->look();
}

/// Not by the writer, whose thread is the one that waits.
void display::note_slow_reader() {
    auto const name = writer_.slow_target(slow);
    if (!name) slow_reader_noted_ = false;
    if (!name || quiet_ || !may_write_at_once(STDERR_FILENO) || std::exchange(slow_reader_noted_, true)) return;
    write_what_fits(STDERR_FILENO,
                    fmt::format("muster: {}: its reader has read nothing for {} s; waiting (Ctrl-C: stop)\n",
                                output::sanitised(*name), slow.count()));
}

bool display::drained(patience const& left) {
    constexpr std::chrono::nanoseconds none{0}, between_looks = std::chrono::milliseconds(100);
    for (;;) {
        auto const limit = left().value_or(between_looks);
        if (writer_.drained(std::clamp(limit, none, between_looks))) return true;
        if (limit <= none) return false;
        note_slow_reader();
    }
}

write_outcome display::close(patience const& left) {
    if (!drained(left)) {
        auto const unsaid = writer_.abandon(err_);
        write_what_fits(STDERR_FILENO,
                        unsaid + "muster: standard output: its reader does not read; what was left is lost\n",
                        last_patience);
        return write_outcome::failed;
    }
    auto failure = ledger_ ? ledger_->failure() : std::string();
    if (failure.empty()) failure = lost_;
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
