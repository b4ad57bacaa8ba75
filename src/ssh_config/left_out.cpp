// SPDX-License-Identifier: MIT
// Refusals with their reason and way out, and notes.
#include "ssh_config/left_out.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"
#include "ssh_config/config_line.hpp"

namespace muster::ssh_config {
namespace {

using option = ssh_option;

option next(option what) {
    return static_cast<option>(static_cast<unsigned>(what) + 1);
}

/// The option's setting, unless its value changes nothing.
ssh_setting const* effective(host_settings const& settings, option option) {
    auto const* setting = settings.of(option);
    return setting == nullptr || is_harmless(option, setting->words.front()) ? nullptr : setting;
}

// Timeouts of channels that muster opens.
bool limits_our_channels(ssh_setting const& setting) {
    return std::ranges::any_of(setting.words, [](std::string_view word) {
        auto const type = word.substr(0, word.find('='));
        return matches_pattern("session", type) || matches_pattern("agent-connection", type);
    });
}

std::string reason(ssh_setting const& setting) {
    switch (setting.option) {
        case option::refuse_connection:
            return fmt::format("the configuration refuses connections to this host: {}",
                               hosts::printable(setting.words.front()));
        case option::remote_command:
            return "ssh runs no other command on a host with RemoteCommand, nor does muster; -o RemoteCommand=none "
                   "goes "
                   "without it";
        case option::session_type:
            return "the host shall run no command, or a subsystem instead of one; -o SessionType=default runs the "
                   "command";
        case option::channel_timeout:
            return "muster closes no channel for being silent; -o ChannelTimeout=none goes without it, -u limits the "
                   "time of a command";
        case option::bind_interface:
            return "muster can't bind a connection to an interface; use BindAddress, or another file with -F";
        case option::host_include:
            return "muster reads each file once for all hosts, so that its name can't depend on the host; name the "
                   "files, or use a pattern such as *.conf";
        default:
            return fmt::format(
                "muster does not do this, and without it the host might be another or less safe to reach; -o {}=none "
                "goes without it",
                spelled(setting.option));
    }
}

std::string fault_at(ssh_setting const& setting, std::string_view why) {
    return fmt::format("{}: {}: {}", setting.where, spelled(setting.option), why);
}

std::string refusal(host_settings const& settings) {
    for (auto at = first_refused; at < first_noted; at = next(at)) {
        auto const* setting = effective(settings, at);
        if (setting == nullptr) continue;
        if (at != option::channel_timeout || limits_our_channels(*setting)) return fault_at(*setting, reason(*setting));
    }
    return {};
}

std::string note(host_settings const& settings, option option) {
    auto const* setting = effective(settings, option);
    if (setting == nullptr) return {};
    return fmt::format("muster leaves out {} ({})", spelled(option), setting->where);
}

std::string joined(std::string const& text, std::string const& other) {
    return text + (text.empty() || other.empty() ? "" : "; ") + other;
}

/// By name or address; what a name leads to is not known yet.
bool is_this_machine(std::string_view address) {
    return equal_ignoring_case(address, "localhost") || address.starts_with("127.") || address == "::1";
}

/// What could have vouched for the host's key.
std::string key_notes(host_settings const& settings) {
    auto text = joined(note(settings, option::known_hosts_command), note(settings, option::verify_host_key_dns));
    if (!is_this_machine(settings.host_name)) return text;
    return joined(text, note(settings, option::no_host_authentication_for_localhost));
}

}  // namespace

left_out what_is_left_out(host_settings const& settings, bool accepts_new_keys) {
    left_out out{refusal(settings), note(settings, option::pkcs11_provider), key_notes(settings)};
    auto const* command = effective(settings, option::known_hosts_command);
    if (command != nullptr && accepts_new_keys && out.error.empty())
        out.error = fault_at(*command,
                             "muster does not run it, and would accept a key that it contradicts; use "
                             "StrictHostKeyChecking yes, or -o KnownHostsCommand=none");
    return out;
}

}  // namespace muster::ssh_config
