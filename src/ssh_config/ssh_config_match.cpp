// SPDX-License-Identifier: MIT
// Whether the block of a Host or Match line applies to a host.
#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"
#include "ssh_config/jump_route.hpp"
#include "ssh_config/network_list.hpp"
#include "ssh_config/ssh_config_pass.hpp"

namespace muster::ssh_config {

using hosts::printable;

namespace {

using kind = criterion_kind;

// The version whose rules hold here, as `Match version` sees it.
constexpr std::string_view openssh_release = "OpenSSH_10.0p2";

std::string_view word_of(host_settings const& settings, ssh_option option) {
    auto const* setting = settings.of(option);
    return setting == nullptr ? std::string_view() : std::string_view(setting->words.front());
}

// An empty text has no pattern but the empty one.
bool fits(std::string_view text, std::string_view patterns) {
    return text.empty() ? patterns.empty() : matches_pattern_list(text, patterns);
}

std::string_view session_kind(host_settings const& settings, host_query const& query) {
    auto const kind = word_of(settings, ssh_option::session_type);
    if (query.is_jump || equal_ignoring_case(kind, "none")) return "none";
    if (equal_ignoring_case(kind, "subsystem")) return "subsystem";
    return query.command.empty() ? "shell" : "exec";
}

std::string_view user_for(host_settings const& settings, host_query const& query, local_account const& local) {
    if (!query.user.empty()) return query.user;
    auto const configured = word_of(settings, ssh_option::user);
    return configured.empty() ? std::string_view(local.user) : configured;
}

unsigned port_for(host_settings const& settings, host_query const& query) {
    if (query.port) return *query.port;
    auto const* setting = settings.of(ssh_option::port);
    return setting == nullptr ? 22 : to_service_port(setting->words.front()).value_or(22);
}

std::string jump_host_of(host_settings const& settings) {
    auto const hops = parse_jumps(word_of(settings, ssh_option::proxy_jump));
    return hops && !hops->empty() ? hops->back().name : std::string();
}

}  // namespace

bool ssh_config::matches(block const& one, pass& at) const {
    if (std::holds_alternative<always>(one.condition)) return true;
    if (auto const* line = std::get_if<match_line>(&one.condition)) return matches(one, *line, at);
    bool found = false;
    for (std::string_view pattern : std::get<host_patterns>(one.condition)) {
        auto const negated = pattern.starts_with('!');
        if (negated) pattern.remove_prefix(1);
        if (!matches_pattern(at.name, pattern)) continue;
        if (negated) return false;
        found = true;
    }
    return found;
}

// Commands run last, and only where the block would change something.
bool ssh_config::matches(block const& one, match_line const& line, pass& at) const {
    auto const is_exec = [](criterion const& some) { return some.kind == kind::exec; };
    for (auto const& some : line.criteria)
        if (!is_exec(some) && holds(some, at) == some.negated) return false;
    if (std::ranges::none_of(line.criteria, is_exec)) return true;
    auto const has_effect = [&](ssh_setting const& setting) { return changes(setting, at.out); };
    if (!one.has_settings_below && std::ranges::none_of(one.settings, has_effect)) return false;
    return std::ranges::all_of(line.criteria, [&](criterion const& some) {
        return !is_exec(some) || (succeeds(some, line.where, at) != some.negated && at.out.complete);
    });
}

bool ssh_config::holds(criterion const& one, pass const& at) const {
    switch (one.kind) {
        case kind::all:
        case kind::exec:
            return true;
        case kind::canonical:
        case kind::final:
            return at.is_final;
        case kind::host:
            try {
                auto const name = at.is_final ? at.out.host_name : host_name_for(at.out, at.query.host);
                return matches_pattern_list(lower(name), one.argument);
            } catch (token_error const&) {  // look_up reports it
                return false;
            }
        case kind::original_host:
            return matches_pattern_list(lower(at.query.host), one.argument);
        case kind::user:
            return matches_pattern_list(user_for(at.out, at.query, *local_), one.argument);
        case kind::local_user:
            return matches_pattern_list(local_->user, one.argument);
        case kind::local_network:
            return std::ranges::any_of(at.answers.addresses(),
                                       [&](auto const& address) { return is_in_networks(address, one.argument); });
        case kind::tagged:
            return fits(word_of(at.out, ssh_option::tag), one.argument);
        case kind::command:
            return fits(at.query.command, one.argument);
        case kind::session_type:
            return matches_pattern_list(session_kind(at.out, at.query), one.argument);
        case kind::version:
            return matches_pattern_list(openssh_release, one.argument);
    }
    return false;
}

std::string ssh_config::exec_command(criterion const& one, pass const& at) const {
    auto const name = at.is_final ? at.out.host_name : host_name_for(at.out, at.query.host);
    auto const alias = word_of(at.out, ssh_option::host_key_alias);
    auto const jump = jump_host_of(at.out);
    token_values const values{name,
                              at.query.host,
                              alias.empty() ? std::string_view(name) : alias,
                              user_for(at.out, at.query, *local_),
                              port_for(at.out, at.query),
                              jump,
                              *local_};
    return expand_tokens_alone(one.argument, values);
}

// Its result counts only while the pass is complete.
bool ssh_config::succeeds(criterion const& one, std::string const& where, pass& at) const {
    auto const fail = [&](std::string_view reason) {
        if (at.out.fault.empty()) at.out.fault = fmt::format("{}: exec: {}", where, reason);
        return one.negated;
    };
    try {
        auto const command = exec_command(one, at);
        auto const* result = at.answers.of_command(command);
        if (result == nullptr) {
            at.out.complete = false;
            return one.negated;
        }
        if (!result->fault.empty()) return fail(fmt::format("\"{}\": {}", printable(command), result->fault));
        return result->status == 0;
    } catch (token_error const& e) {
        return fail(e.what());
    }
}

}  // namespace muster::ssh_config
