// SPDX-License-Identifier: MIT
// Parses the arguments, finds the hosts, runs, and turns the ending into the exit code.
#include "cli/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/complete.hpp"
#include "cli/confirm.hpp"
#include "cli/dry_run.hpp"
#include "cli/exit.hpp"
#include "cli/help.hpp"
#include "cli/listing.hpp"
#include "cli/mistakes.hpp"
#include "cli/other_name.hpp"
#include "cli/parse_arguments.hpp"
#include "cli/plan.hpp"
#include "cli/process.hpp"
#include "cli/resume.hpp"
#include "cli/run_job.hpp"
#include "cli/targets.hpp"
#include "output/ledger_sink.hpp"
#include "output/words.hpp"
#include "ssh/ssh_transport.hpp"

namespace muster::cli {

namespace {

run_ending print(std::string const& text) {
    run_ending ending;
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return ending;
    ending.reader_gone = errno == EPIPE;
    ending.output_failed = true;
    return ending;
}

void note_duplicates(host_list const& hosts, arguments const& args) {
    if (hosts.duplicates() == 0 || args.quiet) return;
    auto const count = hosts.duplicates();
    say(fmt::format("{} that {} named before {} left out: each host runs once", output::hosts_in_words(count),
                    count == 1 ? "was" : "were", count == 1 ? "is" : "are"));
}

/// --dry-run
run_ending show_plan(run_plan const& plan, arguments const& args, host_sources& sources) {
    auto const hosts = describe(plan, args, sources);
    auto ending = print(args.json ? dry_run_json(plan, hosts, args) : dry_run_text(plan, hosts, args));
    bool const faulty = std::ranges::any_of(plan.endpoints, [](auto const& one) { return !one.fault.empty(); });
    if (faulty) ending.hosts = static_cast<int>(exit_status::unreachable);
    return ending;
}

run_ending run_anew(arguments const& args) {
    host_sources sources(args, std::getenv);
    check_words(args, sources, std::getenv);
    auto const hosts = read_hosts(args, sources);
    note_duplicates(hosts, args);
    auto plan = make_plan(hosts, args, sources);
    if (args.dry_run) return show_plan(plan, args, sources);
    confirm(hosts, args);
    plan.afterthoughts = [&](report const& results) { return afterthoughts(results, args, sources); };
    std::optional<ledger::file> ledger;
    if (!args.ledger.empty()) ledger.emplace(args.ledger);
    return run_job(args, plan, std::move(ledger));
}

ledger::file open_to_resume(std::string const& path) {
    try {
        return ledger::file(path, ledger::file::opening::existing);
    } catch (write_error const& error) {
        throw target_error(error.what());
    }
}

void note_left_out(rest_of_run const& rest) {
    if (rest.may_run.empty()) return;
    say(fmt::format(
        "left out: {} ({}): the command may have run there or may still run (--resume-unknown: run it again)",
        fold(rest.may_run), rest.may_run.size()));
}

void note_nothing_to_do(rest_of_run const& rest) {
    if (rest.given.quiet) return;
    say(fmt::format("nothing {}to do: {} ok already", rest.may_run.empty() ? "" : "else ",
                    output::hosts_in_words(rest.done)));
}

/// The hosts that ran may all be ok; those that were left out are not.
void note_incomplete(rest_of_run const& rest, run_ending const& ending) {
    if (rest.may_run.empty() || rest.given.quiet || ending.hosts != 0 || ending.error) return;
    say(fmt::format("not all is done: {} left out", output::hosts_in_words(rest.may_run.size())));
}

/// Locks the ledger before it reads it: no other run goes on with it meanwhile.
run_ending run_rest(arguments const& args) {
    auto ledger = open_to_resume(args.resume);
    host_sources sources(args, std::getenv);
    auto const rest = rest_after(ledger::read_record_file(args.resume), args, sources);
    note_left_out(rest);
    run_ending ending;
    if (rest.hosts.empty()) {
        note_nothing_to_do(rest);
    } else {
        auto const plan = make_plan(rest.hosts, rest.given, sources, rest.numbers);
        if (args.dry_run) return show_plan(plan, rest.given, sources);
        confirm(rest.hosts, rest.given);
        ending = run_job(rest.given, plan, std::move(ledger));
        note_incomplete(rest, ending);
    }
    ending.hosts_left_out = !rest.may_run.empty();
    return ending;
}

/// -Q
run_ending list_hosts(arguments const& args) {
    host_sources sources(args, std::getenv);
    auto const hosts = read_hosts(args, sources);
    note_duplicates(hosts, args);
    return print(args.json ? listing_json(hosts) : listing(hosts));
}

void warn_of_variables(arguments const& args) {
    if (args.quiet || args.what == action::complete) return;
    for (auto const& warning : warnings_of_variables(::environ)) say(warning);
}

run_ending act_on(arguments const& args) {
    warn_of_variables(args);
    switch (args.what) {
        case action::short_help:
            return print(short_help_text());
        case action::help:
            return print(help_text());
        case action::version:
            return print(version_text(ssh::library_versions()));
        case action::list_hosts:
            return list_hosts(args);
        case action::complete:
            return print(completions_of(args));
        case action::run:
            break;
    }
    return args.resume.empty() ? run_anew(args) : run_rest(args);
}

arguments parse_as(manners whose, std::span<char const* const> words) {
    if (whose == manners::own) return parse_arguments(words, std::getenv, find_configs);
    auto const own = translated(whose, words, std::getenv);
    std::vector<char const*> pointers;
    for (auto const& word : own.words) pointers.push_back(word.c_str());
    auto parsed = parse_arguments(pointers, std::getenv, find_configs);
    parsed.failures_exit_0 = own.failures_exit_0;
    parsed.asks_twice = own.asks_twice;
    return parsed;
}

run_ending run_words(manners whose, std::span<char const* const> words) {
    run_ending ending;
    try {
        return act_on(parse_as(whose, words));
    } catch (error const& error) {
        say(error.what());
        ending.error = error.status();
    } catch (std::exception const& error) {
        say(error.what());
        ending.error = exit_status::local_error;
    }
    return ending;
}

}  // namespace

int run_program(std::string_view name, std::span<char const* const> words) {
    open_standard_descriptors();
    set_signal_defaults();
    auto const ending = run_words(manners_of(name), words);
    if (ending.signal != 0) die_of(ending.signal);
    return exit_code(ending);
}

}  // namespace muster::cli
