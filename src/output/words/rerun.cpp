// SPDX-License-Identifier: MIT
// Finds the hosts that are left, and whether a command may be given for them.
#include "output/words/rerun.hpp"

#include <algorithm>
#include <string_view>

#include "hosts/fold.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_command = 4000;  // too long to copy

/// Whether a run may have ended before a gate or an approval that a new run would not have.
bool may_wait_at_gate(stop_cause cause) {
    return cause == stop_cause::gate || cause == stop_cause::approval || cause == stop_cause::cancelled ||
           cause == stop_cause::total || cause == stop_cause::outside;
}

std::vector<std::size_t> hosts_left(report const& results) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < results.hosts.size(); ++i) {
        auto const& host = results.hosts[i];
        if (host.state != final_state::ok && host.command != command_fate::unknown) left.push_back(i);
    }
    return left;
}

/// Where only what follows the command was cut short.
std::vector<std::size_t> hosts_with_done_command(report const& results, std::vector<std::size_t> const& left) {
    auto const is_done = [](step_result const& step) {
        return step.stage == stage::command && step.state == final_state::ok;
    };
    std::vector<std::size_t> done;
    for (auto const index : left) {
        auto const& host = results.hosts[index];
        if (is_cut_short(host.state, host.stage) && std::ranges::any_of(host.steps, is_done)) done.push_back(index);
    }
    return done;
}

std::string list_in_order(report const& results, std::vector<std::size_t> const& left) {
    std::vector<std::string_view> labels;
    labels.reserve(left.size());
    for (auto const index : left) labels.push_back(results.hosts[index].host);
    return hosts::fold_in_order(labels);
}

std::string command_for(std::vector<std::size_t> const& left, rerun const& how, host_lister const& list) {
    auto command = how.command(left.empty() ? std::string() : list(left));
    if (command.size() <= longest_command) return command;
    auto shorter = how.remembered.empty() ? command : how.command(how.remembered);
    if (shorter.size() <= longest_command) return shorter;
    bool const is_long_list = list(left).size() > command.size() / 2;
    auto const* const reason = is_long_list ? ", too many to write them" : ", by a command that is too long to write";
    return hosts_in_words(left.size()) + reason +
           " here; --ledger FILE records them for --resume, --remember yes for --failed";
}

}  // namespace

bool is_past_gate(report const& results, rerun const& how) {
    return how.has_gates && may_wait_at_gate(results.cause) && !how.is_recorded;
}

std::vector<std::string> rerun_lines(report const& results, rerun const& how, host_lister const& list) {
    auto const left = hosts_left(results);
    bool const at_gate = how.has_gates && may_wait_at_gate(results.cause);
    if (!how.command || (left.empty() && !(at_gate && how.is_recorded))) return {};
    auto const in_order = [&](auto const& hosts) { return list_in_order(results, hosts); };
    auto const command = command_for(left, how, how.keeps_order ? host_lister(in_order) : list);
    if (command.empty()) return {};
    if (is_past_gate(results, how))
        return {"begin with --ledger FILE; --resume FILE then knows which gates and approvals are still to come"};
    std::vector<std::string> lines{command};
    if (how.lacks_input && !left.empty()) lines.push_back("with the standard input that this run had: it is not kept");
    if (auto const done = hosts_with_done_command(results, left); !done.empty() && !how.is_recorded)
        lines.push_back("where the command has ended well already it runs once more: " + list(done) +
                        "; begun with --ledger FILE, --resume FILE would go on behind it");
    return lines;
}

}  // namespace muster::output
