// SPDX-License-Identifier: MIT
// Asks the server for a terminal, the agent and variables.
#include "ssh/session/session_requests.hpp"

#include <libssh2_muster.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <muster/outcome.hpp>

namespace muster::ssh {

namespace {

/// Terminal modes (RFC 4254 section 8): no user types, so that an echo would only mix the input into the output.
constexpr unsigned char no_echo[] = {53, 0, 0, 0, 0, 0};

/// What a packet that every server takes has room for.
constexpr std::size_t longest_variable = 32'000;

struct terminal_size {
    int columns = 80;
    int rows = 24;
};

/// Of the terminal that we run on, if there is one.
terminal_size size_of_terminal() {
    for (int const stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        winsize found{};
        if (::ioctl(stream, TIOCGWINSZ, &found) == 0 && found.ws_col > 0 && found.ws_row > 0)
            return {found.ws_col, found.ws_row};
    }
    return {};
}

std::string kind_of_terminal() {
    auto const* const kind = std::getenv("TERM");
    return kind != nullptr && *kind != '\0' ? std::string(kind).substr(0, 64) : "dumb";
}

void check(pump const& connection, long code, char const* refused) {
    if (code == 0) return;
    if (code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
        throw transport_error(final_state::refused, stage::session, refused);
    connection.require_same_host_key();
    char* words = nullptr;
    libssh2_session_last_error(connection.session(), &words, nullptr, 0);
    auto const trouble = connection.error_message();
    throw transport_error(final_state::unreachable, stage::session,
                          "no session: " + (trouble.empty() && words != nullptr ? std::string(words) : trouble));
}

asio::awaitable<void> request_terminal(pump& connection, LIBSSH2_CHANNEL* channel) {
    auto const size = size_of_terminal();
    auto const kind = kind_of_terminal();
    long const code = co_await connection.drive([&] {
        return libssh2_channel_request_pty_ex(channel, kind.data(), static_cast<unsigned>(kind.size()),
                                              reinterpret_cast<char const*>(no_echo), sizeof no_echo, size.columns,
                                              size.rows, 0, 0);
    });
    check(connection, code, "the server refused a terminal (PermitTTY in its sshd_config, or no-pty with the key)");
}

asio::awaitable<void> request_agent(pump& connection, LIBSSH2_CHANNEL* channel) {
    long const code = co_await connection.drive([&] { return libssh2_channel_request_auth_agent(channel); });
    check(connection, code,
          "the server refused agent forwarding (AllowAgentForwarding in its sshd_config, or no-agent-forwarding with "
          "the key); leave out -A, or set ForwardAgent no");
}

/// All in one packet's time: none asks for a reply.
asio::awaitable<void> send_variables(pump& connection, LIBSSH2_CHANNEL* channel, variable_list const& all) {
    for (auto const& [name, value] : all) {
        if (name.size() + value.size() <= longest_variable) continue;
        throw transport_error(final_state::unreachable, stage::config, "the variable " + name + " is too long to send");
    }
    auto next = all.begin();
    long const code = co_await connection.drive([&] {
        int sent = 0;
        for (; sent == 0 && next != all.end(); next += sent == 0 ? 1 : 0) {
            sent = muster_send_variable(channel, next->first.data(), static_cast<unsigned>(next->first.size()),
                                        next->second.data(), static_cast<unsigned>(next->second.size()));
        }
        return sent;
    });
    check(connection, code, "the server refused a variable");
}

}  // namespace

asio::awaitable<void> prepare_session(pump& connection, LIBSSH2_CHANNEL* channel, session_requests const& wanted) {
    if (wanted.agent) co_await request_agent(connection, channel);
    if (wanted.terminal) co_await request_terminal(connection, channel);
    for (auto const* const variables : {&wanted.of_host, &wanted.of_step})
        if (!variables->empty()) co_await send_variables(connection, channel, *variables);
}

}  // namespace muster::ssh
