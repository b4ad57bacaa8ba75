// SPDX-License-Identifier: MIT
// PreferredAuthentications and the switches of each method.
#include "ssh_config/login_methods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "ssh_config/config_line.hpp"

namespace muster::ssh_config {
namespace {

struct login_method {
    auth_method method;
    ssh_option option;  ///< switches it off
    bool prompts;
};
constexpr login_method known_methods[] = {
    {auth_method::publickey, ssh_option::pubkey_authentication, false},
    {auth_method::keyboard_interactive, ssh_option::kbd_interactive_authentication, true},
    {auth_method::password, ssh_option::password_authentication, true},
};

// The setting that switches a method off.
ssh_setting const* switch_of(login_method const& known, host_settings const& settings) {
    auto const* off = settings.of(known.option);
    if (off != nullptr && to_flag(off->words.front()) == false) return off;
    auto const* prompts = settings.of(ssh_option::number_of_password_prompts);
    auto const never = prompts != nullptr && prompts->words.front().find_first_not_of('0') == std::string::npos;
    return never && known.prompts ? prompts : nullptr;
}

std::vector<std::string_view> names_in(std::string_view list) {
    std::vector<std::string_view> out;
    while (!list.empty()) {
        out.push_back(list.substr(0, list.find(',')));
        list.remove_prefix(std::min(out.back().size() + 1, list.size()));
    }
    return out;
}

std::vector<login_method> preferred(ssh_setting const* setting) {
    if (setting == nullptr) return {std::begin(known_methods), std::end(known_methods)};
    std::vector<login_method> out;
    for (auto const name : names_in(setting->words.front()))
        for (auto const& known : known_methods)
            if (to_string(known.method) == name) out.push_back(known);
    return out;
}

/// RFC 4252 section 5.2: what each login begins with, and all there is to it where the server takes that.
bool names_none(ssh_setting const* setting) {
    return setting != nullptr && std::ranges::count(names_in(setting->words.front()), "none") > 0;
}

bool names_gssapi(ssh_setting const& setting) {
    return std::ranges::any_of(names_in(setting.words.front()), [](auto name) { return name.starts_with("gssapi"); });
}

std::string fault_of(ssh_setting const& setting) {
    constexpr std::string_view has = "muster logs in with publickey, keyboard-interactive and password";
    auto const reason =
        setting.option == ssh_option::preferred_authentications && names_gssapi(setting)
            ? fmt::format(
                  "GSSAPI (Kerberos) is the only way to log in that is left, and {}; --transport ssh uses the system's "
                  "ssh",
                  has)
            : fmt::format("no way to log in is left: {}; change it for this host, or use another file with -F", has);
    return fmt::format("{}: {}: {}", setting.where, spelled(setting.option), reason);
}

}  // namespace

login_methods login_methods_of(host_settings const& settings) {
    login_methods out;
    auto const* const order = settings.of(ssh_option::preferred_authentications);
    auto const* culprit = order;
    for (auto const& known : preferred(order)) {
        if (std::ranges::count(out.methods, known.method) > 0) continue;
        if (auto const* off = switch_of(known, settings))
            culprit = off;
        else
            out.methods.push_back(known.method);
    }
    if (out.methods.empty() && culprit != nullptr && !names_none(order)) out.error = fault_of(*culprit);
    return out;
}

}  // namespace muster::ssh_config
