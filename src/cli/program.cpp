// SPDX-License-Identifier: MIT
// Parses the arguments, finds the hosts, runs, and turns the ending into the exit code.
#include "cli/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <muster/coro/runner.hpp>

#include "cli/hosts/complete.hpp"
#include "cli/hosts/listing.hpp"
#include "cli/hosts/mistakes.hpp"
#include "cli/hosts/pdsh_settings.hpp"
#include "cli/hosts/targets.hpp"
#include "cli/options/help.hpp"
#include "cli/options/other_help.hpp"
#include "cli/options/other_name.hpp"
#include "cli/options/parse_arguments.hpp"
#include "cli/options/shard.hpp"
#include "cli/plan/confirm.hpp"
#include "cli/plan/dry_run.hpp"
#include "cli/plan/earlier_run.hpp"
#include "cli/plan/input.hpp"
#include "cli/plan/plan.hpp"
#include "cli/plan/resume.hpp"
#include "cli/plan/rollout_plan.hpp"
#include "cli/process/exit.hpp"
#include "cli/process/first_process.hpp"
#include "cli/process/process.hpp"
#include "cli/process/start_limit.hpp"
#include "cli/run/askpass_service.hpp"
#include "cli/run/gates.hpp"
#include "cli/run/merge.hpp"
#include "cli/run/run_job.hpp"
#include "cli/run/view_table.hpp"
#include "ledger/command_hash.hpp"
#include "output/json/result_json.hpp"
#include "output/record/ledger_sink.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/shown_word.hpp"
#include "output/terminal/terminal.hpp"
#include "output/words/words.hpp"
#include "ssh/make_transport.hpp"

namespace muster::cli {

namespace {

/// As it is for a program that reads it; on a terminal nothing drives that.
run_ending print(std::string const& whole) {
    auto const text = ::isatty(STDOUT_FILENO) == 1 ? output::sanitised_lines(whole) : whole;
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

/// --dry-run; who reads it takes as long as they like.
run_ending show_plan(run_plan const& plan, arguments const& args, host_sources& sources, start_limit& limit) {
    auto const hosts = describe(plan, args, sources);
    limit.over();
    auto ending = print(args.json ? dry_run_json(plan, hosts, args) : dry_run_text(plan, hosts, args));
    bool const faulty =
        std::ranges::any_of(plan.endpoints, [](auto const& endpoint) { return !endpoint.error.empty(); });
    if (faulty) ending.hosts = static_cast<int>(exit_status::unreachable);
    return ending;
}

/// What a run's first line in the ledger says.
output::ledger_header header_of(arguments const& args, run_plan const& plan, bool goes_on, bool keeps_plan) {
    output::ledger_header header{MUSTER_VERSION, args.command, ledger::command_hash(args.command), goes_on};
    header.transport = args.transport;
    header.options = args.taken;
    header.script_arguments = args.script_words;
    header.contents = contents_of(plan, args);
    if (keeps_plan) return header;
    for (auto const& each : args.how.rollout.batches) {
        auto& labels = header.batches.emplace_back();
        for (auto const index : each.hosts) labels.push_back(plan.endpoints[index].label);
    }
    return header;
}

/// Kept until the process ends: to free a million hosts takes as long as to make them.
run_plan& kept(run_plan plan) {
    static auto* const plans = new std::list<run_plan>;
    return plans->emplace_back(std::move(plan));
}

/// The fan-out is of each shard; all of them may meet at one bastion.
std::size_t fanout_of_all(output::part_of_list const& part, arguments const& args) {
    auto const fanout = args.how.fanout == 0 ? part.list_size : args.how.fanout;
    return std::min(part.list_size, part.count > part.list_size / fanout ? part.list_size : fanout * part.count);
}

void note_shard(std::optional<output::part_of_list> const& part, std::size_t hosts, arguments const& args) {
    if (!part || args.quiet) return;
    say(fmt::format("shard {} of {}: {} of {}, up to {} at once in all shards, list {}", part->index, part->count,
                    hosts, output::hosts_in_words(part->list_size), fanout_of_all(*part, args), part->list_hash));
}

/// What the views say of the run.
void take_part(std::optional<output::part_of_list> const& part, arguments& into) {
    if (part) into.part = shard{part->index, part->count, part->list_hash, part->list_size};
}

/// There are more shards than hosts.
run_ending end_empty(arguments const& args) {
    if (!args.json || args.dry_run) return {};
    std::string summary;
    output::append_summary(summary, report(), part_of(args));
    return print(summary);
}

void note_plan(arguments const& args) {
    if (!args.quiet && args.rollout.in_batches()) say(plan_summary(args.how.rollout, args));
}

/// A run has the endpoints. A short list is not worth the system's calls.
void forget_list(run_plan& plan) {
    constexpr std::size_t long_list = 1000;
    plan.hosts = {};
    if (plan.endpoints.size() > long_list) trim_heap();
}

run_ending run_anew(arguments args) {
    start_limit limit(args.how.total_timeout);
    host_sources sources(args, std::getenv);
    check_identities(args);
    check_words(args, sources, std::getenv);
    auto targets = read_hosts(args, sources);
    note_duplicates(targets, args);
    auto const part = shard_of(args, sources);
    note_shard(part, targets.size(), args);
    take_part(part, args);
    if (targets.empty()) return end_empty(args);
    args.how.rollout = plan_rollout(args, targets, sources);
    auto& plan = kept(make_plan(std::move(targets), args, sources));
    if (args.dry_run) return show_plan(plan, args, sources, limit);
    check_terminal(args);
    confirm(plan.hosts, args, limit);
    plan.afterthoughts = [&](report const& results) { return afterthoughts(results, args, sources); };
    std::optional<run_record> record;
    if (!args.ledger.empty()) {
        record.emplace(run_record{ledger::file(args.ledger), header_of(args, plan, false, false)});
        limit.remove_if_empty(args.ledger);
        record->header.shard = part;
        record->header.input = recorded_input_of(args);
    }
    note_plan(args);
    forget_list(plan);
    return run_job(args, plan, std::move(record), limit);
}

void note_left_out(rest_of_run const& rest) {
    if (rest.may_run.empty()) return;
    say(fmt::format(
        "left out: {} ({}): the command may have run there or may still run (--resume-unknown: run it again)",
        fold(rest.may_run), rest.may_run.size()));
}

void note_command_done(run_plan const& plan, arguments const& args) {
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < plan.command_done.size(); ++i)
        if (plan.command_done[i]) labels.push_back(plan.endpoints[i].label);
    if (labels.empty() || args.quiet) return;
    say(fmt::format("{} ({}): the command has ended well there; only what comes behind it is run", fold(labels),
                    labels.size()));
}

std::string blocked_words(blocked_batch const& batch) {
    auto const hosts = fold(batch.hosts);
    return fmt::format(
        "nothing is run: batch {} ({}) can't pass, as it is not known what became of the command there; "
        "--resume-unknown runs it again, -x {} goes on without {}",
        batch.number, hosts, output::shown_word(hosts), batch.hosts.size() == 1 ? "that host" : "these hosts");
}

void note_nothing_to_do(rest_of_run const& rest) {
    if (rest.args.quiet) return;
    say(fmt::format("nothing {}to do: {} ok already", rest.may_run.empty() ? "" : "else ",
                    output::hosts_in_words(rest.done)));
}

/// The hosts that ran may all be ok; those that were left out are not.
void note_incomplete(rest_of_run const& rest, run_ending const& ending) {
    if (rest.may_run.empty() || rest.args.quiet || ending.hosts != 0 || ending.error) return;
    say(fmt::format("not all is done: {} left out", output::hosts_in_words(rest.may_run.size())));
}

void note_taken_over(ledger::record const& record, arguments const& on_command_line) {
    auto const options = taken_over(record, on_command_line);
    if (!options.empty() && !on_command_line.quiet) say("taken over from the ledger: " + options);
}

/// Locks the ledger before it reads it: no other run goes on with it meanwhile.
run_ending run_rest(arguments const& on_command_line, std::span<char const* const> words) {
    auto earlier = open_earlier_run(on_command_line);
    auto const& record = earlier.record;
    auto const args = parse_arguments(words, std::getenv, find_configs, record.options());
    start_limit limit(args.how.total_timeout);
    host_sources sources(args, std::getenv);
    if (args.resumes_folder) limit.remove_if_empty(earlier.ours.path());
    auto const part = shard_of(args, sources, earlier);
    auto rest = rest_after(record, args, sources);
    take_part(part, rest.args);
    note_taken_over(record, on_command_line);
    note_left_out(rest);
    run_ending ending;
    if (rest.blocked) {
        say(blocked_words(*rest.blocked));
        ending.hosts_left_out = true;
        return ending;
    }
    if (rest.hosts.empty() && rest.args.how.rollout.batches.empty()) {
        note_nothing_to_do(rest);
    } else {
        auto const input = recorded_input_of(rest.args);
        bool const reads_same = is_same_input(record, input, rest.args);
        auto& plan = kept(make_plan(rest.hosts, rest.args, sources, rest.numbers));
        bool const brings_same = are_same_contents(record, contents_of(plan, rest.args), rest.args);
        if (reads_same && brings_same) plan.command_done = rest.command_done;
        note_command_done(plan, args);
        if (args.dry_run) return show_plan(plan, rest.args, sources, limit);
        check_terminal(rest.args);
        confirm(rest.hosts, rest.args, limit);
        note_plan(rest.args);
        auto header = header_of(rest.args, plan, record.begun(), rest.has_plan);
        header.shard = part;
        header.input = input;
        note_shard(header.shard, rest.hosts.size(), args);
        ending = run_job(rest.args, plan, run_record{std::move(earlier.ours), std::move(header)}, limit);
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

run_ending act_on(arguments const& args, std::span<char const* const> words) {
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
        case action::merge:
            return merge_shards(args);
        case action::run:
            break;
    }
    return args.resume.empty() ? run_anew(args) : run_rest(args, words);
}

arguments parse_translated(translation const& own) {
    std::vector<char const*> pointers;
    for (auto const& word : own.words) pointers.push_back(word.c_str());
    auto parsed = parse_arguments(pointers, std::getenv, find_configs);
    parsed.failures_exit_0 = own.failures_exit_0;
    parsed.pulls_beside = own.pulls_beside;
    parsed.pushes_as_cp = own.pushes_as_cp;
    parsed.asks_twice = own.asks_twice;
    parsed.drops_user = own.drops_user;
    parsed.plain_groups = own.plain_groups;
    return parsed;
}

/// pdsh -q
run_ending show_settings(translation const& own) {
    auto const args = parse_translated(own);
    host_sources sources(args, std::getenv);
    return print(pdsh_settings(own.facts, args, read_hosts(args, sources)));
}

run_ending act_as(manners whose, std::span<char const* const> words) {
    auto const own = translated(whose, words, std::getenv);
    switch (own.shows) {
        case shown::usage:
            return print(usage_as(whose));
        case shown::version:
            return print(version_as(whose, ssh::library_versions()));
        case shown::settings:
            return show_settings(own);
        case shown::run:
            break;
    }
    return act_on(parse_translated(own), words);
}

/// Where all options stand, by the name that was called.
std::string help_of(manners whose) {
    return fmt::format("{} {}", name_of(whose), whose == manners::own ? "--help" : "-h");
}

run_ending run_words(manners whose, std::span<char const* const> words) {
    run_ending ending;
    try {
        if (whose != manners::own) return act_as(whose, words);
        return act_on(parse_arguments(words, std::getenv, find_configs), words);
    } catch (usage_error const& error) {
        say(error.what());
        std::fputs(fmt::format("Try '{}'.\n", help_of(whose)).c_str(), stderr);
        ending.error = error.status();
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
    note_beginning();
    open_standard_descriptors();
    set_signal_defaults();
    if (!output::locale_is_utf8() && (::isatty(STDOUT_FILENO) == 1 || ::isatty(STDERR_FILENO) == 1))
        output::note_charset(output::charset::ascii);
    set_heap_defaults();
    ssh::skip_cleanup_at_exit();
    coro::detail::watches_swallowed = false;
    if (auto const code = ask_service(name, words)) return *code;
    if (auto const code = serve_as_first_process()) return *code;
    auto const ending = run_words(manners_of(name), words);
    if (ending.signal != 0) die_of(ending.signal);
    return exit_code(ending);
}

}  // namespace muster::cli
