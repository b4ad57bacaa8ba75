// SPDX-License-Identifier: MIT
// Joins the ledger with the command line, and leaves out the hosts that are done.
#include "cli/plan/resume.hpp"

#include <strings.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "cli/options/parse_arguments.hpp"
#include "cli/plan/rollout_plan.hpp"
#include "cli/process/process.hpp"
#include "hosts/host_text.hpp"
#include "ledger/command_hash.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/shown_word.hpp"
#include "output/words/words.hpp"

namespace muster::cli {

namespace {

void check_command(ledger::record const& record, arguments const& args) {
    if (!record.begun() || args.resume_any || ledger::command_hash(args.command) == record.command_hash()) return;
    throw target_error(
        fmt::format("{} is the ledger of another command: '{}', not '{}'; --resume-any takes it all the same",
                    args.resume, output::sanitised(record.command(), 200), output::sanitised(args.command, 200)));
}

[[noreturn]] void fail_without_run(std::string const& path) {
    throw target_error(fmt::format("{} records no run yet; give hosts and command", path));
}

/// Bytes that are no text are not in the ledger as they were.
std::string command_of(ledger::record const& record, std::string const& path) {
    if (!record.begun()) fail_without_run(path);
    if (ledger::command_hash(record.command()) != record.command_hash())
        throw target_error(fmt::format("{} does not hold the command as it was; give hosts and command", path));
    return record.command();
}

/// The script is the recorded run's, and no arguments for it were given.
bool takes_script_of(ledger::record const& record, arguments const& args) {
    auto const is_script = [](auto const& option) { return option.option == "script"; };
    return record.begun() && !args.script.empty() && args.script_words.empty() &&
           std::ranges::none_of(args.given, is_script);
}

/// No option bypasses the ledger: -x and --pick choose among its hosts, too. A plan has its order already.
host_list targets_of(ledger::record const& record, arguments args, host_sources& sources, bool has_plan) {
    if (!names_hosts(args) && !record.begun()) fail_without_run(args.resume);
    if (has_plan) args.random_order = false;
    return read_hosts(args, sources, &record.hosts());
}

void sort_in(host const& host, ledger::host_fate fate, std::size_t number, rest_of_run& into) {
    if (fate == ledger::host_fate::ok) {
        ++into.done;
    } else if (fate == ledger::host_fate::may_run && !into.args.resume_unknown) {
        into.may_run.push_back(host.label());
    } else {
        into.hosts.add(host);
        into.command_done.push_back(fate == ledger::host_fate::command_done);
        into.numbers.of_host.push_back(number);
    }
}

/// Targets by label, with their place among all.
using host_index = std::unordered_map<std::string, std::size_t>;

struct targets_of_run {
    host_list const& hosts;
    host_index index;
};

/// What is left of a batch, or of hosts that are to make one.
batch left_of(ledger::recorded_batch const& recorded, targets_of_run const& targets, ledger::record const& record,
              rest_of_run& into) {
    batch left;
    left.begun = recorded.begun;
    for (auto const& label : recorded.hosts) {
        auto const found = targets.index.find(label);
        if (found == targets.index.end()) continue;
        auto const& target = targets.hosts[found->second];
        auto const fate = record.fate_of(target);
        auto const before = into.hosts.size();
        sort_in(target, fate, found->second, into);
        if (into.hosts.size() > before) left.hosts.push_back(before);
        if (fate == ledger::host_fate::ok) left.done.push_back(label);
        if (fate == ledger::host_fate::may_run && into.hosts.size() == before) left.left_out.push_back(label);
    }
    return left;
}

bool names_any(ledger::recorded_batch const& recorded, targets_of_run const& targets) {
    return std::ranges::any_of(recorded.hosts, [&](auto const& label) { return targets.index.contains(label); });
}

/// First what is left of the batches that have not passed, then, as a batch of their own, the hosts that are not `ok`
/// in those that have.
void take_batches(ledger::record const& record, host_list const& hosts, rest_of_run& into) {
    targets_of_run targets{hosts, {}};
    for (std::size_t position = 0; position < hosts.size(); ++position)
        targets.index[hosts[position].label()] = position;
    auto& batches = into.args.how.rollout.batches;
    auto const& plan = record.batches();
    for (std::size_t position = 0; position < plan.size(); ++position) {
        if (plan[position].passed || !names_any(plan[position], targets)) continue;
        batches.push_back(left_of(plan[position], targets, record, into));
        auto& left = batches.back();
        left.number = position + 1;
        if (batches.size() == 1 && left.hosts.empty() && left.done.empty())
            into.blocked = blocked_batch{left.number, left.left_out};
    }
    ledger::recorded_batch passed;
    for (auto const& each : plan)
        if (each.passed) passed.hosts.insert(passed.hosts.end(), each.hosts.begin(), each.hosts.end());
    auto last = left_of(passed, targets, record, into);
    last.done.clear();
    last.left_out.clear();
    last.number = plan.size() + 1;
    if (!last.hosts.empty()) batches.push_back(std::move(last));
    bool const has_gate = !into.args.rollout.gate.empty();
    while (!has_gate && !batches.empty() && batches.back().hosts.empty()) batches.pop_back();
}

/// As who the commands run, by options as a ledger keeps them.
struct run_user {
    std::string login;  // -l, or else the first -o User=; empty: neither
    std::string sudo;   // empty: no --sudo
};

run_user user_of(std::vector<std::string> const& options) {
    constexpr std::string_view login = "--user=";
    constexpr std::string_view setting = "--option=user";  // and "=" or a blank
    constexpr std::string_view sudo = "--sudo=";
    run_user user;
    std::string setting_of_login;
    for (auto const& option : options) {
        if (option.starts_with(login)) user.login = option.substr(login.size());
        bool const is_setting = ::strncasecmp(option.c_str(), setting.data(), setting.size()) == 0 &&
                                std::string_view("= ").find(option[setting.size()]) != std::string_view::npos;
        if (is_setting && setting_of_login.empty()) setting_of_login = option.substr(setting.size() + 1);
        if (option.starts_with(sudo)) user.sudo = option.substr(sudo.size());
        if (option == "--sudo") user.sudo = "root";
    }
    if (user.login.empty()) user.login = setting_of_login;
    return user;
}

/// What --batch and --together were; empty: not given.
std::string plan_options(std::vector<std::string> const& options) {
    std::string text;
    for (auto const& option : options)
        if (option.starts_with("--batch=") || option.starts_with("--together=")) text += option + ' ';
    return text;
}

/// Hosts that were named are those of the ledger, and none is left to chance; what -x leaves out is not looked at.
bool are_hosts_of(ledger::record const& record, arguments args, host_sources& sources) {
    if (args.pick) return false;
    if (!names_hosts(args)) return true;
    args.excluded.clear();
    args.excluded_groups.clear();
    args.random_order = false;
    std::set<std::string> named;
    std::set<std::string> recorded;
    for (auto const& each : read_hosts(args, sources)) named.insert(each.label());
    for (auto const& each : record.hosts()) recorded.insert(each.label());
    return named == recorded;
}

/// The ledger has a plan, and the command line no other. Throws target_error for another one without --resume-any.
bool keeps_plan(ledger::record const& record, arguments const& args, host_sources& sources) {
    if (record.batches().empty()) return false;
    auto const recorded = record.options() == nullptr ? std::string() : plan_options(*record.options());
    bool const is_same = plan_options(args.taken) == recorded && are_hosts_of(record, args, sources);
    if (is_same || args.resume_any) return is_same;
    throw target_error(fmt::format(
        "{} has a plan with {} batches, and these are other hosts or batches: leave out -w, --pick and --batch to go "
        "on with the plan (-x leaves hosts of it out); --resume-any makes a new plan",
        args.resume, record.batches().size()));
}

std::string given(char const* option, char between, std::string const& user) {
    return user.empty() ? fmt::format("without {}", option)
                        : fmt::format("with {}{}{}", option, between, hosts::printable(user));
}

[[noreturn]] void fail_for(std::string const& path, std::string const& before, std::string const& now) {
    throw target_error(fmt::format("{} is the ledger of a run {}, not {}; begin another ledger", path, before, now));
}

}  // namespace

void check_same_run(ledger::record const& record, arguments const& args) {
    auto const& transport = args.transport;
    if (!record.transport().empty() && record.transport() != transport)
        fail_for(args.resume, "with --transport " + hosts::printable(record.transport()), transport);
    if (record.options() == nullptr) return;
    auto const before = user_of(*record.options());
    auto const now = user_of(args.taken);
    if (before.login != now.login) fail_for(args.resume, given("-l", ' ', before.login), given("-l", ' ', now.login));
    if (before.sudo != now.sudo)
        fail_for(args.resume, given("--sudo", '=', before.sudo), given("--sudo", '=', now.sudo));
}

std::vector<output::ledger_content> contents_of(run_plan const& plan, arguments const& args) {
    std::vector<output::ledger_content> all;
    auto const add = [&](std::string const& source, std::string const& digest) {
        all.push_back({std::filesystem::absolute(source).string(), digest});
    };
    if (plan.script) add(args.script, plan.script->sha256);
    for (auto const& push : plan.pushes)
        if (auto const& content = push.what.content)
            add(push.source, content->tree.empty() ? content->sha256 : content->tree);
    return all;
}

bool are_same_contents(ledger::record const& record, std::vector<output::ledger_content> const& contents,
                       arguments const& args) {
    for (auto const& now : contents) {
        auto const before = std::ranges::find(record.contents(), now.source, &ledger::recorded_content::source);
        if (before == record.contents().end() || before->sha256 == now.sha256) continue;
        if (args.resume_any) return false;
        throw target_error(fmt::format(
            "{} has changed since the run of {}: the other hosts would not get what its hosts have got; put it back, "
            "or --resume-any takes it as it is now",
            output::sanitised(now.source, 200), args.resume));
    }
    return true;
}

bool is_same_input(ledger::record const& record, std::optional<output::ledger_input> const& input,
                   arguments const& args) {
    auto const* const before = record.input();
    if (before == nullptr) return true;
    bool const is_known = input && !before->sha256.empty() && !input->sha256.empty();
    if (input && (!is_known || before->sha256 == input->sha256)) {
        if (!is_known && !args.quiet)
            say("the input of the commands can't be compared with that of the run before; it is taken for the same");
        return true;
    }
    if (args.resume_any) return false;
    auto const source = output::sanitised(before->source, 200);
    constexpr auto consequence = "the other hosts would not get what its hosts have got";
    if (!input)
        throw target_error(
            fmt::format("the commands of the run of {} read {}, and now there is nothing to read: {}; "
                        "give it again, or --resume-any goes on without",
                        args.resume, source, consequence));
    throw target_error(
        fmt::format("{} is not what the commands of the run of {} read: {}; give them the same, or "
                    "--resume-any takes it as it is now",
                    output::sanitised(input->source, 200), args.resume, consequence));
}

void check_same_part(ledger::record const& record, std::optional<output::part_of_list> const& part,
                     std::string const& ledger) {
    if (!record.begun()) return;
    auto const* const before = record.shard();
    auto const index = before == nullptr ? 0 : before->index;
    auto const count = before == nullptr ? 1 : before->count;
    auto const in_words = [](std::size_t index, std::size_t count) {
        return count == 1 ? std::string("a run without --shard") : fmt::format("shard {}/{}", index, count);
    };
    auto const now = part ? in_words(part->index, part->count) : in_words(0, 1);
    if (auto const recorded = in_words(index, count); recorded != now)
        throw target_error(
            fmt::format("{0} is the ledger of {1}, not of {2}; for another number of shards begin other "
                        "ledgers with the rest of all the old ones: -w '@ledger:{0}:left' for each",
                        ledger, recorded, now));
    if (count > 1 && part->list_hash != before->list_hash)
        throw target_error(fmt::format(
            "{} is the ledger of a part of another list: it had {}, and now there are {}; "
            "without hosts the run goes on with its own",
            ledger, output::hosts_in_words(before->list_size),
            part->list_size == before->list_size ? "others, or in another order" : std::to_string(part->list_size)));
}

std::string taken_over(ledger::record const& record, arguments const& on_command_line) {
    std::string text;
    if (record.options() == nullptr) return text;
    for (auto const& option : *record.options())
        if (std::ranges::find(on_command_line.taken, option) == on_command_line.taken.end())
            text += (text.empty() ? "" : " ") + output::shown_word(option);
    return text;
}

rest_of_run rest_after(ledger::record const& record, arguments args, host_sources& sources) {
    if (takes_script_of(record, args)) {
        args.script_words = record.script_arguments();
        args.command = command_of(record, args.resume);
    }
    if (args.command.empty()) args.command = command_of(record, args.resume);
    check_command(record, args);
    check_same_run(record, args);
    rest_of_run rest{std::move(args), {}, {}, {}, {}, 0, false};
    rest.has_plan = keeps_plan(record, rest.args, sources);
    auto const targets = targets_of(record, rest.args, sources, rest.has_plan);
    if (rest.has_plan)
        take_batches(record, targets, rest);
    else
        for (std::size_t position = 0; position < targets.size(); ++position)
            sort_in(targets[position], record.fate_of(targets[position]), position, rest);
    if (record.begun() && ledger::command_hash(rest.args.command) != record.command_hash()) rest.command_done.clear();
    rest.numbers.count = targets.size();
    rest.args.how.rollout.done = rest.done;
    if (rest.has_plan)
        complete_plan(rest.args.how.rollout, rest.args, rest.hosts, sources);
    else if (!rest.hosts.empty())
        rest.args.how.rollout = plan_rollout(rest.args, rest.hosts, sources);
    return rest;
}

}  // namespace muster::cli
