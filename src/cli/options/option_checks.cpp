// SPDX-License-Identifier: MIT
// A function for each group of options: which of them need or exclude each other.
#include "cli/options/option_checks.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "cli/options/transport_table.hpp"
#include "cli/options/values.hpp"
#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

void check_rollout(split_line const& line, arguments const& args) {
    auto const& rollout = args.rollout;
    bool const needs_batches = line.has("soak") || line.has("approve");
    if (needs_batches && !rollout.in_batches() && rollout.gate.empty() && args.resume.empty())
        throw usage_error("--soak and --approve stand between batches: give --batch or --together");
    if (line.has("gate-for") && rollout.gate.empty() && args.resume.empty())
        throw usage_error("--gate-for needs --gate");
    if (args.how.halt.when == halt_when::batch && !rollout.in_batches())
        throw usage_error("--halt batch acts when a batch has ended: give --batch or --together, or say --halt soon");
}

/// The system's ssh logs in with each command, and not before.
void check_preflight(arguments const& args) {
    auto const& row = transport_of(args);
    if (args.rollout.preflight && row.reads_ssh_config && !row.connects_itself)
        throw usage_error(
            fmt::format("--preflight can't log in by --transport {0}, which does so with each command: run `true` on "
                        "the hosts first",
                        args.transport));
}

void check_views(arguments const& args) {
    bool const shaped = args.gather || args.sorted || args.only_failed || args.no_label;
    if (args.json && shaped)
        throw usage_error("--json has one form: it goes neither with --gather nor with other views of lines");
    if (args.live && !args.gather) throw usage_error("--live needs --gather: without it lines come live anyway");
}

bool are_one_file(std::string const& one, std::string const& other) {
    if (one.empty() || other.empty()) return false;
    namespace fs = std::filesystem;
    std::error_code unknown;
    if (fs::exists(one, unknown) && !fs::is_regular_file(one, unknown)) return false;  // /dev/null is for all
    return fs::weakly_canonical(fs::absolute(one, unknown), unknown) ==
           fs::weakly_canonical(fs::absolute(other, unknown), unknown);
}

void check_input(arguments const& args) {
    if (args.input == "-" && std::ranges::count(args.hostfiles, "-") > 0)
        throw usage_error("--input and --hostfile can't both be standard input; give one of them a file");
}

void check_resume(arguments const& args) {
    if (!args.resume.empty()) return;
    if (args.resume_unknown) throw usage_error("--resume-unknown needs --resume");
    if (args.resume_any) throw usage_error("--resume-any needs --resume");
}

void check_lease(arguments const& args) {
    if (args.lease && !transport_of(args).can_lease)
        throw usage_error(fmt::format("--lease needs a connection to watch over: it does not work with --transport {}",
                                      args.transport));
    if (args.lease && (args.ssh.tty || !args.input.empty()))
        throw usage_error("--lease takes the command's standard input: it goes neither with --tty nor with --input");
}

void check_steps(split_line const& line, arguments const& args) {
    auto const needs = [&](std::string_view option, bool is_there, std::string_view other) {
        if (line.has(option) && !is_there && args.resume.empty())
            throw usage_error(fmt::format("--{} needs --{}", option, other));
    };
    needs("check-for", !args.check.empty(), "check");
    needs("check-hold", !args.check.empty(), "check");
    needs("pull-max", !args.pulls.empty(), "pull");
    if (args.sudo_password && !args.sudo) throw usage_error("--sudo-password needs --sudo");
    bool const channel_taken = args.ssh.tty || args.lease;
    if (!args.script.empty() && channel_taken)
        throw usage_error(
            "--script goes neither with --tty nor with --lease: the script comes through the same channel");
    if (args.sudo && args.lease)
        throw usage_error("--sudo goes without --lease: a watch ends the command with its connection anyway");
}

/// After the grace, SIGKILL and the proof of the end may take 2 s, and the way out a moment.
constexpr std::chrono::seconds beyond_grace{3};

double in_seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

void check_parent_grace(environment const& variables, arguments const& args) {
    auto const text = value_of(variables, "MUSTER_PARENT_GRACE");
    if (text.empty() || args.what != action::run) return;
    std::chrono::nanoseconds patience{};
    try {
        patience = to_duration(text);
    } catch (bad_value const& error) {
        throw usage_error(fmt::format("MUSTER_PARENT_GRACE '{}' {}", output::sanitised(text, 60), error.what()));
    }
    auto const own = args.how.grace;
    if (patience >= own + beyond_grace) return;
    throw usage_error(fmt::format(
        "MUSTER_PARENT_GRACE={}: what started this muster would kill it while it stops its commands, which it does "
        "within --grace ({:g} s) and {} s; give the outer muster --grace {:g}s at least, or this one a shorter --grace",
        text, in_seconds(own), beyond_grace.count(), in_seconds(own + beyond_grace)));
}

void check_page(arguments const& args) {
    auto const check = [&](std::string_view option, std::string const& other) {
        if (!are_one_file(args.report, other)) return;
        throw usage_error(fmt::format("--report {}: {} is that file; give the page one of its own",
                                      output::sanitised(args.report, 200), option));
    };
    check("--ledger", args.ledger);
    check("--resume", args.resume);
    check("--stop-file", args.stop_file);
    check("--input", args.input);
    check("--script", args.script);
    for (auto const& record : args.merged) check("--merge", record);
}

void check_options(split_line const& line, arguments const& args) {
    check_rollout(line, args);
    check_preflight(args);
    check_resume(args);
    check_input(args);
    check_lease(args);
    check_steps(line, args);
    check_views(args);
}

}  // namespace muster::cli
