// SPDX-License-Identifier: MIT
// The rows, and how each transport is made.
#include "cli/options/transport_table.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/options/askpass.hpp"
#include "cli/options/variables.hpp"
#include "local/exec_transport.hpp"
#include "ssh/make_transport.hpp"
#include "ssh/session/request_text.hpp"
#include "system_ssh/system_ssh_transport.hpp"

namespace muster::cli {

namespace {

using note_lines = decltype(transport_context::note_lines);

/// A banner (RFC 4252 section 5.4) is shown once for all hosts that send the same.
decltype(ssh::login_options::banner) banners_to(note_lines note) {
    return [note = std::move(note), shown = std::set<std::string>()](std::string const& host,
                                                                     std::string const& text) mutable {
        if (shown.insert(text).second) note(fmt::format("{}: banner", host), text);
    };
}

decltype(ssh::login_options::message) messages_to(decltype(transport_context::note) note) {
    return
        [note = std::move(note)](std::string const& host, bool outgoing, std::string const& name, std::size_t length) {
            note(fmt::format("{}: {} {} ({} {})", host, outgoing ? "sent" : "received", name, length,
                             length == 1 ? "byte" : "bytes"));
        };
}

ssh::login_options login_options_of(transport_context const& from) {
    auto const& args = from.args;
    ssh::login_options logins;
    logins.asking.ask = who_to_ask(args.ssh.askpass, [](char const* name) { return std::getenv(name); });
    logins.asking.password_first = args.ssh.password;
    logins.asking.password_when_wanted = !args.ssh.askpass.empty();
    logins.asking.in_progress = from.lend_terminal;
    logins.warning = from.note;
    if (!args.verbose) return logins;
    logins.banner = banners_to(from.note_lines);
    if (args.messages) logins.message = messages_to(from.note);
    logins.proxy_said = [note = from.note_lines](std::string const& host, std::string const& line) {
        note(host + ": ProxyCommand", line);
    };
    return logins;
}

std::unique_ptr<transport> make_ssh2(transport_context const& from) {
    return ssh::make_transport(from.loop, login_options_of(from), from.args.how.connect_timeout);
}

std::unique_ptr<transport> make_exec(transport_context const&) {
    return std::make_unique<local::exec_transport>();
}

std::unique_ptr<transport> make_system_ssh(transport_context const& from) {
    auto const& args = from.args.ssh;
    system_ssh::ssh_settings settings;
    settings.options = args.settings;
    settings.config_file = args.config;
    settings.family = args.family;
    settings.jump = args.jump;
    settings.forward_agent = args.forward_agent;
    settings.accept_new = args.accept_new;
    settings.answers = from.answers;
    settings.target_of = from.ssh_target;
    auto const& how = from.args.how;
    auto const logins = how.connect_limit == 0 ? std::numeric_limits<std::size_t>::max() : how.connect_limit;
    return std::make_unique<system_ssh::system_ssh_transport>(std::move(settings), how.connect_timeout, logins);
}

void check_request(job const& job, std::vector<endpoint> const&) {
    ssh::require_possible(job);
}

// A socket, or both ends of a pipe for each stream.
constexpr transport_row table[] = {
    {"ssh2", true, true, true, 1, 0, make_ssh2, check_request},
    {"exec", false, false, false, 4, 2, make_exec, local::require_possible},
    {"ssh", true, false, true, 4, 2, make_system_ssh, check_request},
};

}  // namespace

std::span<transport_row const> transport_table() noexcept {
    return table;
}

transport_row const* find_transport(std::string_view name) noexcept {
    auto const* const found = std::ranges::find(table, name, &transport_row::name);
    return found == std::end(table) ? nullptr : found;
}

transport_row const& transport_of(arguments const& args) noexcept {
    return *find_transport(args.transport);
}

}  // namespace muster::cli
