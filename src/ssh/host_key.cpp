// SPDX-License-Identifier: MIT
// See host_key.hpp.
#include "ssh/host_key.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <muster/coro/to_thread.hpp>
#include <muster/outcome.hpp>

#include "ssh/public_key.hpp"

namespace muster::ssh {

namespace {

[[noreturn]] void refuse(std::string const& reason) {
    throw transport_error(final_state::host_key, stage::host_key, reason);
}

std::string described(byte_view key) {
    return key_type_label(key_type(key)) + " " + fingerprint(key);
}

std::string at_line(host_key_verdict const& verdict) {
    return verdict.line == 0 ? std::string("recorded in this run") : verdict.file + ":" + std::to_string(verdict.line);
}

bool other_type_known(host_key_verdict const& verdict, byte_view key) {
    return !verdict.known_types.empty() &&
           std::ranges::find(verdict.known_types, key_type(key)) == verdict.known_types.end();
}

byte_view shown_key(link const& connection) {
    std::size_t size = 0;
    int type = 0;
    char const* const raw = libssh2_session_hostkey(connection.session(), &size, &type);
    if (raw == nullptr) refuse("the server has shown no host key");
    return {reinterpret_cast<unsigned char const*>(raw), size};
}

}  // namespace

host_key_name::host_key_name(endpoint const& where)
    : name(where.host_key_alias.empty() ? where.address : where.host_key_alias),
      port(where.host_key_alias.empty() ? where.port : std::uint16_t{22}) {}

asio::awaitable<void> verify_host_key(link const& connection, endpoint const& where, known_hosts& known,
                                      revoked_keys const& revoked, asio::thread_pool& threads, bool asked_already) {
    auto const key = shown_key(connection);
    if (revoked.contains(key))
        refuse("the host key " + described(key) + " is revoked (" + where.revoked_host_keys + ")");
    if (auto const bits = rsa_bits(key); bits != 0 && bits < where.required_rsa_size)
        refuse("the host key " + described(key) + " has " + std::to_string(bits) + " bits, and RequiredRSASize is " +
               std::to_string(where.required_rsa_size));
    host_key_name const looked_up(where);
    auto verdict = known.check(looked_up.name, looked_up.port, key);
    if (verdict.state == host_key_state::undecided) {
        auto scan = [&](std::stop_token) { return known.scan(looked_up.name, looked_up.port, key); };
        verdict = co_await coro::to_thread(threads, scan);
        verdict = known.up_to_date(std::move(verdict), looked_up.name, looked_up.port, key);
    }
    switch (verdict.state) {
        case host_key_state::known:
            co_return;
        case host_key_state::revoked:
            refuse("the host key " + described(key) + " is revoked (" + at_line(verdict) + ")");
        case host_key_state::changed:
            if (!asked_already && other_type_known(verdict, key)) throw ask_for_known_types{verdict.known_types};
            refuse("HOST KEY CHANGED: it is now " + described(key) + ", which is not the " +
                   key_type_label(verdict.type) + " key of " + at_line(verdict) +
                   "; somebody may be listening in. If the host was reinstalled, remove that line");
        case host_key_state::unknown:
        case host_key_state::undecided:
            break;
    }
    if (where.host_keys != host_key_policy::accept_new) {
        refuse("unknown host key " + described(key) +
               "; add it with --accept-new, or with ssh-keyscan after checking it");
    }
    if (where.user_known_hosts.empty()) refuse("unknown host key, and no UserKnownHostsFile to add it to");
    known.learn(looked_up.name, looked_up.port, key);
    bytes const copy(key.begin(), key.end());
    std::string failure;
    auto record = [&](std::stop_token) {
        try {
            append_known_host(where.user_known_hosts.front(), looked_up.name, looked_up.port, copy,
                              where.hash_known_hosts);
        } catch (known_hosts_error const& error) {
            failure = error.what();
        }
    };
    co_await coro::to_thread(threads, record);
    if (!failure.empty()) refuse("the new host key can't be recorded: " + failure);
}

}  // namespace muster::ssh
