// SPDX-License-Identifier: MIT
// A function for each group of options: which of them need or exclude each other.
#include "cli/options/option_checks.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/options/transport_table.hpp"
#include "cli/options/values.hpp"

namespace muster::cli {

namespace {

void check_rollout(split_line const& line, arguments const& given) {
    auto const& rollout = given.rollout;
    bool const needs_batches = line.has("soak") || line.has("approve");
    if (needs_batches && !rollout.in_batches() && rollout.gate.empty() && given.resume.empty())
        throw usage_error("--soak and --approve stand between batches: give --batch or --together");
    if (line.has("gate-for") && rollout.gate.empty() && given.resume.empty())
        throw usage_error("--gate-for needs --gate");
    if (given.how.halt.when == halt_when::batch && !rollout.in_batches())
        throw usage_error("--halt batch acts when a batch has ended: give --batch or --together, or say --halt soon");
}

void check_views(arguments const& given) {
    bool const shaped = given.gather || given.sorted || given.only_failed || given.no_label;
    if (given.json && shaped)
        throw usage_error("--json has one form: it goes neither with --gather nor with other views of lines");
    if (given.live && !given.gather) throw usage_error("--live needs --gather: without it lines come live anyway");
}

void check_input(arguments const& given) {
    if (given.input == "-" && std::ranges::count(given.hostfiles, "-") > 0)
        throw usage_error("--input and --hostfile can't both be standard input; give one of them a file");
}

void check_resume(arguments const& given) {
    if (!given.resume.empty()) return;
    if (given.resume_unknown) throw usage_error("--resume-unknown needs --resume");
    if (given.resume_any) throw usage_error("--resume-any needs --resume");
}

void check_lease(arguments const& given) {
    if (given.lease && !transport_of(given).can_lease)
        throw usage_error(fmt::format("--lease needs a connection to watch over: it does not work with --transport {}",
                                      given.transport));
    if (given.lease && (given.ssh.tty || !given.input.empty()))
        throw usage_error("--lease takes the command's standard input: it goes neither with --tty nor with --input");
}

void check_steps(arguments const& given) {
    if (given.sudo_password && !given.sudo) throw usage_error("--sudo-password needs --sudo");
    bool const channel_taken = given.ssh.tty || given.lease;
    if (!given.script.empty() && channel_taken)
        throw usage_error(
            "--script goes neither with --tty nor with --lease: the script comes through the same channel");
    if (given.sudo && given.lease)
        throw usage_error("--sudo goes without --lease: a watch ends the command with its connection anyway");
}

}  // namespace

void check_options(split_line const& line, arguments const& given) {
    check_rollout(line, given);
    check_resume(given);
    check_input(given);
    check_lease(given);
    check_steps(given);
    check_views(given);
}

}  // namespace muster::cli
