// SPDX-License-Identifier: MIT
// Asking ssh_config(5) for one host: which values come first, in up to two passes.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "ssh_config/canonical_host.hpp"
#include "ssh_config/ssh_config_pass.hpp"

namespace muster::ssh_config {
namespace {

constexpr std::size_t max_files = 100;  // as ssh

bool is_no_proxy(ssh_setting const* setting) {
    return setting != nullptr && equal_ignoring_case(setting->words.front(), "none");
}

// ProxyCommand and ProxyJump are one thing: whichever comes first silences the other. As with OpenSSH 10, a ProxyJump
// that says `none` silences none but other ProxyJumps.
bool is_silenced(ssh_option option, host_settings const& settings) {
    auto const* jump = settings.of(ssh_option::proxy_jump);
    if (option == ssh_option::proxy_command) return jump != nullptr && !is_no_proxy(jump);
    if (option == ssh_option::proxy_jump) return settings.of(ssh_option::proxy_command) != nullptr;
    return false;
}

// `none` as a time is no value: another line may still give one.
bool says_nothing(ssh_setting const& setting) {
    return (setting.option == ssh_option::connect_timeout || setting.option == ssh_option::server_alive_interval) &&
           setting.words.front() == "none";
}

bool is_additive(ssh_option option) {
    return option == ssh_option::identity_file || option == ssh_option::certificate_file ||
           option == ssh_option::send_env;
}

// IdentityFile and CertificateFile: every one counts, not only the first.
void add_file(ssh_setting const& setting, std::vector<ssh_setting const*>& files, host_settings& out) {
    auto const same = [&](auto const* other) { return other->words.front() == setting.words.front(); };
    if (std::ranges::any_of(files, same)) return;
    if (files.size() == max_files && out.error.empty())
        out.error = fmt::format("{}: more than {} files of {}", setting.where, max_files, spelled(setting.option));
    files.push_back(&setting);
}

}  // namespace

bool changes(ssh_setting const& setting, host_settings const& settings) {
    if (says_nothing(setting)) return false;
    if (is_additive(setting.option)) return true;
    return settings.of(setting.option) == nullptr && !is_silenced(setting.option, settings);
}

std::string host_name_for(host_settings const& settings, std::string_view host) {
    auto const* name = settings.of(ssh_option::host_name);
    return name == nullptr ? std::string(host) : expand_host_name(name->words.front(), host);
}

host_settings ssh_config::look_up(host_query const& query, local_answers& answers) const {
    host_settings out;
    pass first{query, query.host, false, out, answers, std::vector<bool>(blocks_.size())};
    run(first);
    if (!out.complete) return out;
    name_host(first);
    auto const is_canonical = canonicalize(out, query, answers);
    if (out.complete && (final_pass_ || is_canonical)) {
        auto const name = out.host_name;
        pass second{query, name, true, out, answers, std::vector<bool>(blocks_.size())};
        run(second);
    }
    return out;
}

void ssh_config::name_host(pass& pass) const {
    try {
        pass.out.host_name = host_name_for(pass.out, pass.query.host);
    } catch (token_error const& e) {
        pass.out.error = fmt::format("{}: HostName: {}", pass.out.of(ssh_option::host_name)->where, e.what());
        pass.out.host_name = pass.query.host;
    }
}

void ssh_config::run(pass& pass) const {
    for (auto const index : candidates(pass.name)) {
        auto const& block = blocks_[index];
        auto const reachable = block.parent >= blocks_.size() || pass.active[block.parent];
        auto const applies = reachable && matches(block, pass);
        if (!pass.out.complete) return;
        if (!applies) continue;
        pass.active[index] = true;
        apply(block, pass.out);
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

void ssh_config::apply(block const& block, host_settings& out) const {
    for (auto const& setting : block.settings) {
        if (!changes(setting, out)) continue;
        if (setting.option == ssh_option::identity_file)
            add_file(setting, out.identity_files, out);
        else if (setting.option == ssh_option::send_env)
            out.send_env.push_back(&setting);
        else if (setting.option == ssh_option::certificate_file)
            add_file(setting, out.certificate_files, out);
        else
            out.first[static_cast<std::size_t>(setting.option)] = &setting;
    }
}

}  // namespace muster::ssh_config
