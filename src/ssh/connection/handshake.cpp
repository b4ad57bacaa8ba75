// SPDX-License-Identifier: MIT
// Runs libssh2's handshake on a connection and says why there is no key exchange.
#include "ssh/connection/handshake.hpp"

#include <libssh2_muster.h>

#include <limits>
#include <string>

#include "ssh/connection/key_exchange_offer.hpp"

namespace muster::ssh {

namespace {

/// libssh2 wants a descriptor, but does all its I/O through callbacks: this is valid in form and never open.
constexpr int no_descriptor = std::numeric_limits<int>::max();

/// A server that has no room for another one says nothing, or this.
bool limits_connections(std::string const& said) {
    return said.empty() || said.find("MaxStartups") != std::string::npos ||
           said.starts_with("Not allowed at this time");
}

/// Why the peer's identification string has not come, or was none.
std::string no_banner_words(pump const& connection) {
    auto const said = connection.greeting_text();
    if (connection.refused()) return connection.error_message();
    if (said.empty()) {
        return "closed before the banner (the server may limit connections, MaxStartups: lower --connect-limit, or use "
               "--retries): " +
               connection.error_message();
    }
    if (!limits_connections(said)) return "not an SSH server, said: " + said;
    return "the server limits its connections (MaxStartups: lower --connect-limit, or use --retries; or "
           "PerSourcePenalties after failed logins), said: " +
           said;
}

/// What the peer says without being asked, and goes on waiting: another service, most likely.
std::string words_so_far(pump const& connection) {
    auto const said = connection.greeting_text();
    return said.empty() ? said : "the server said: " + said;
}

std::string no_keys_words(pump const& connection, offered_algorithms const& offered) {
    auto trouble = connection.error_message();
    if (connection.refused()) return "key exchange failed: " + trouble;
    auto disagreement = no_common_algorithm(connection.first_packet(), offered);
    if (!disagreement.empty()) return disagreement;
    if (muster_broken(connection.session()) != nullptr) return "key exchange failed: " + trouble;
    if (!trouble.empty()) return "closed during the key exchange: " + trouble;
    char* words = nullptr;
    libssh2_session_last_error(connection.session(), &words, nullptr, 0);
    return std::string("key exchange failed: ") + (words != nullptr ? words : "unknown reason");
}

void prefer(LIBSSH2_SESSION* session, int method, std::string const& names) {
    if (libssh2_session_method_pref(session, method, names.c_str()) != 0)
        throw transport_error(final_state::unreachable, stage::config,
                              "none of these algorithms can be used: " + names);
}

}  // namespace

asio::awaitable<void> handshake(pump& connection, offered_algorithms const& offered, connect_progress& progress) {
    auto* const session = connection.session();
    prefer(session, LIBSSH2_METHOD_KEX, offered.key_exchange);
    prefer(session, LIBSSH2_METHOD_HOSTKEY, offered.host_key);
    prefer(session, LIBSSH2_METHOD_CRYPT_CS, offered.cipher);
    prefer(session, LIBSSH2_METHOD_CRYPT_SC, offered.cipher);
    prefer(session, LIBSSH2_METHOD_MAC_CS, offered.mac);
    prefer(session, LIBSSH2_METHOD_MAC_SC, offered.mac);

    muster_defer_service(session);
    connection.hold_back(true);
    progress.enter(stage::banner);
    long const code = co_await connection.drive([&] {
        int const answer = libssh2_session_handshake(session, no_descriptor);
        if (connection.greeted()) progress.enter(stage::handshake);
        progress.note = connection.greeted() ? std::string() : words_so_far(connection);
        return answer;
    });
    if (code == 0) {
        connection.forget_first_packet();
        progress.key_exchange = libssh2_session_methods(session, LIBSSH2_METHOD_KEX);
    } else if (!connection.greeted()) {
        auto const reason = no_banner_words(connection);
        if (!connection.refused() && limits_connections(connection.greeting_text())) throw connection_limited(reason);
        throw transport_error(final_state::unreachable, stage::banner, reason);
    } else {
        auto const reason = no_keys_words(connection, offered);
        throw transport_error(final_state::unreachable, stage::handshake, reason);
    }
}

}  // namespace muster::ssh
