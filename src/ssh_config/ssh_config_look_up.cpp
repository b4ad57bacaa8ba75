// SPDX-License-Identifier: MIT
// Asking ssh_config(5) for one host: which blocks apply, and which values come first.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"
#include "ssh_config/ssh_config.hpp"

namespace muster::ssh_config {
namespace {

constexpr std::size_t max_files = 100;  // as ssh

bool is_address(std::string const& name) {
    in_addr ignored{};
    return hosts::is_ipv6(name) || inet_pton(AF_INET, name.c_str(), &ignored) == 1;
}

// HostName's value for the host, with its tokens replaced.
std::string host_name_for(host_settings const& settings, std::string_view host) {
    auto const* name = settings.of(ssh_option::host_name);
    return name == nullptr ? std::string(host) : expand_host_name(name->words.front(), host);
}

// ProxyCommand and ProxyJump are one thing: whichever comes first silences the other.
bool is_silenced(ssh_option option, host_settings const& settings) {
    if (option == ssh_option::proxy_command) return settings.of(ssh_option::proxy_jump) != nullptr;
    if (option == ssh_option::proxy_jump) return settings.of(ssh_option::proxy_command) != nullptr;
    return false;
}

// `none` as a time is no value: another line may still give one.
bool says_nothing(ssh_setting const& one) {
    return (one.option == ssh_option::connect_timeout || one.option == ssh_option::server_alive_interval) &&
           one.words.front() == "none";
}

// IdentityFile and CertificateFile: every one counts, not only the first.
void add_file(ssh_setting const& one, std::vector<ssh_setting const*>& files, host_settings& out) {
    auto const same = [&](auto const* other) { return other->words.front() == one.words.front(); };
    if (std::ranges::any_of(files, same)) return;
    if (files.size() == max_files && out.fault.empty())
        out.fault = fmt::format("{}: more than {} files of {}", one.where, max_files, spelled(one.option));
    files.push_back(&one);
}

}  // namespace

/// One reading of the blocks in order, for one host.
struct ssh_config::pass {
    host_query const& query;
    std::string_view name;  // what the patterns of Host are for
    bool is_final;
    host_settings& out;
    std::vector<bool> active;
};

host_settings ssh_config::look_up(host_query const& query) const {
    host_settings out;
    pass first{query, query.host, false, out, std::vector<bool>(blocks_.size())};
    run(first);
    try {
        out.host_name = host_name_for(out, query.host);
    } catch (token_error const& e) {
        out.fault = fmt::format("{}: HostName: {}", out.of(ssh_option::host_name)->where, e.what());
        out.host_name = query.host;
    }
    if (!is_address(out.host_name)) out.host_name = lower(out.host_name);
    if (final_pass_) {
        auto const name = out.host_name;
        pass second{query, name, true, out, std::vector<bool>(blocks_.size())};
        run(second);
    }
    return out;
}

void ssh_config::run(pass& at) const {
    for (auto const index : candidates(at.name)) {
        auto const& one = blocks_[index];
        auto const reachable = one.parent >= blocks_.size() || at.active[one.parent];
        if (!reachable || !matches(one, at)) continue;
        at.active[index] = true;
        apply(one, at.out);
    }
}

std::vector<std::size_t> ssh_config::candidates(std::string_view host) const {
    auto const found = by_name_.find(std::string(host));
    if (found == by_name_.end()) return general_;
    std::vector<std::size_t> all;
    all.reserve(general_.size() + found->second.size());
    std::ranges::merge(general_, found->second, std::back_inserter(all));
    return all;
}

bool ssh_config::matches(block const& one, pass& at) const {
    if (std::holds_alternative<always>(one.condition)) return true;
    if (auto const* line = std::get_if<match_line>(&one.condition)) return matches(*line, at);
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

bool ssh_config::matches(match_line const& line, pass& at) const {
    auto const decides = [](criterion const& one) { return one.kind != criterion_kind::undecidable; };
    for (auto const& one : line.criteria)
        if (decides(one) && holds(one, at) == one.negated) return false;
    if (std::ranges::all_of(line.criteria, decides)) return true;
    if (at.out.fault.empty())
        at.out.fault = fmt::format(
            "{}: whether this Match holds for the host depends on something that muster does not evaluate; give the "
            "host a Host block before it, or use another file with -F",
            line.where);
    return false;
}

bool ssh_config::holds(criterion const& one, pass const& at) const {
    switch (one.kind) {
        case criterion_kind::canonical:
        case criterion_kind::final:
            return at.is_final;
        case criterion_kind::host:
            try {
                auto const name = at.is_final ? at.out.host_name : host_name_for(at.out, at.query.host);
                return matches_pattern_list(lower(name), one.argument);
            } catch (token_error const&) {  // look_up reports it
                return false;
            }
        case criterion_kind::original_host:
            return matches_pattern_list(lower(at.query.host), one.argument);
        case criterion_kind::user: {
            auto const* user = at.out.of(ssh_option::user);
            auto const configured = user != nullptr ? std::string_view(user->words.front()) : at.query.local_user;
            return matches_pattern_list(at.query.user.empty() ? configured : at.query.user, one.argument);
        }
        case criterion_kind::local_user:
            return matches_pattern_list(at.query.local_user, one.argument);
        default:
            return true;
    }
}

void ssh_config::apply(block const& one, host_settings& out) const {
    for (auto const& setting : one.settings) {
        if (says_nothing(setting)) continue;
        auto& first = out.first[static_cast<std::size_t>(setting.option)];
        if (setting.option == ssh_option::identity_file)
            add_file(setting, out.identity_files, out);
        else if (setting.option == ssh_option::send_env)
            out.send_env.push_back(&setting);
        else if (setting.option == ssh_option::certificate_file)
            add_file(setting, out.certificate_files, out);
        else if (first == nullptr && !is_silenced(setting.option, out))
            first = &setting;
    }
}

}  // namespace muster::ssh_config
