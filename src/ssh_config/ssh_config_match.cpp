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

// A shell reads them: what a token stands for must be no piece of shell.
void check_words(std::string_view command, token_values const& values) {
    auto const check = [&](char letter, std::optional<hosts::text_fault> const& wrong) {
        if (wrong && uses_token(command, letter)) throw token_error(fmt::format("%{}: {}", letter, wrong->reason));
    };
    check('r', hosts::user_fault(values.user));
    check('h', hosts::name_fault(values.host));
    check('k', hosts::name_fault(values.key_alias));
}

}  // namespace

bool ssh_config::matches(block const& block, pass& pass) const {
    if (std::holds_alternative<always>(block.condition)) return true;
    if (auto const* line = std::get_if<match_line>(&block.condition)) return matches(block, *line, pass);
    bool found = false;
    for (std::string_view pattern : std::get<host_patterns>(block.condition)) {
        auto const negated = pattern.starts_with('!');
        if (negated) pattern.remove_prefix(1);
        if (!matches_pattern(pass.name, pattern)) continue;
        if (negated) return false;
        found = true;
    }
    return found;
}

// Commands run last, and only where the block would change something.
bool ssh_config::matches(block const& block, match_line const& line, pass& pass) const {
    auto const is_exec = [](criterion const& some) { return some.kind == kind::exec; };
    for (auto const& some : line.criteria)
        if (!is_exec(some) && holds(some, pass) == some.negated) return false;
    if (std::ranges::none_of(line.criteria, is_exec)) return true;
    auto const has_effect = [&](ssh_setting const& setting) { return changes(setting, pass.out); };
    if (!block.has_settings_below && std::ranges::none_of(block.settings, has_effect)) return false;
    return std::ranges::all_of(line.criteria, [&](criterion const& some) {
        return !is_exec(some) || (succeeds(some, line.where, pass) != some.negated && pass.out.complete);
    });
}

bool ssh_config::holds(criterion const& criterion, pass const& pass) const {
    switch (criterion.kind) {
        case kind::all:
        case kind::exec:
            return true;
        case kind::canonical:
        case kind::final:
            return pass.is_final;
        case kind::host:
            try {
                auto const name = pass.is_final ? pass.out.host_name : host_name_for(pass.out, pass.query.host);
                return matches_pattern_list(lower(name), criterion.argument);
            } catch (token_error const&) {  // look_up reports it
                return false;
            }
        case kind::original_host:
            return matches_pattern_list(lower(pass.query.host), criterion.argument);
        case kind::user:
            return matches_pattern_list(user_for(pass.out, pass.query, *local_), criterion.argument);
        case kind::local_user:
            return matches_pattern_list(local_->user, criterion.argument);
        case kind::local_network:
            return std::ranges::any_of(pass.answers.addresses(), [&](auto const& address) {
                return is_in_networks(address, criterion.argument);
            });
        case kind::tagged:
            return fits(word_of(pass.out, ssh_option::tag), criterion.argument);
        case kind::command:
            return fits(pass.query.command, criterion.argument);
        case kind::session_type:
            return matches_pattern_list(session_kind(pass.out, pass.query), criterion.argument);
        case kind::version:
            return matches_pattern_list(openssh_release, criterion.argument);
    }
    return false;
}

std::string ssh_config::exec_command(criterion const& criterion, pass const& pass) const {
    auto const name = pass.is_final ? pass.out.host_name : host_name_for(pass.out, pass.query.host);
    auto const alias = word_of(pass.out, ssh_option::host_key_alias);
    auto const jump = jump_host_of(pass.out);
    token_values const values{name,
                              pass.query.host,
                              alias.empty() ? std::string_view(name) : alias,
                              user_for(pass.out, pass.query, *local_),
                              port_for(pass.out, pass.query),
                              jump,
                              *local_};
    check_words(criterion.argument, values);
    return expand_tokens_alone(criterion.argument, values);
}

// Its result counts only while the pass is complete.
bool ssh_config::succeeds(criterion const& criterion, std::string const& where, pass& pass) const {
    auto const fail = [&](std::string_view reason) {
        if (pass.out.error.empty()) pass.out.error = fmt::format("{}: exec: {}", where, reason);
        return criterion.negated;
    };
    try {
        auto const command = exec_command(criterion, pass);
        auto const* result = pass.answers.of_command(command);
        if (result == nullptr) {
            pass.out.complete = false;
            return criterion.negated;
        }
        if (!result->error.empty()) return fail(fmt::format("\"{}\": {}", printable(command), result->error));
        return result->status == 0;
    } catch (token_error const& e) {
        return fail(e.what());
    }
}

}  // namespace muster::ssh_config
