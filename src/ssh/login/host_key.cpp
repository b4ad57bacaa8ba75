// SPDX-License-Identifier: MIT
// Compares the server's key with known_hosts, and asks the user or refuses where it is unknown.
#include "ssh/login/host_key.hpp"

#include <libssh2_muster.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <muster/changed_host_key.hpp>
#include <muster/coro/to_thread.hpp>
#include <muster/outcome.hpp>

#include "ssh/keys/certificate.hpp"
#include "ssh/keys/public_key.hpp"

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

/// For libssh2's key exchange.
std::size_t write_certified_key(unsigned char const* certificate, std::size_t size, unsigned char* key) {
    auto const plain = certified_key(byte_view(certificate, size));
    if (plain.size() > size) return 0;
    std::ranges::copy(plain, key);
    return plain.size();
}

certificate parsed_certificate(byte_view blob) try { return parse_certificate(blob); } catch (wire_error const& error) {
    refuse(std::string("the host certificate ") + error.what());
}

void refuse_revoked(certificate const& certificate, host_key_name const& host, known_hosts const& known) {
    auto const by_authority = known.check_revoked(host.name, host.port, certificate.authority);
    if (by_authority.state == host_key_state::revoked)
        refuse("the authority " + described(certificate.authority) + " of the host certificate is revoked (" +
               at_line(by_authority) + ")");
    auto const by_key = known.check_revoked(host.name, host.port, certificate.plain_key);
    if (by_key.state == host_key_state::revoked)
        refuse("the host key " + described(certificate.plain_key) + " is revoked (" + at_line(by_key) + ")");
}

/// Nothing when the certificate makes the host known, or why it does not. Throws for one that is revoked.
std::string certificate_trouble(certificate const& certificate, endpoint const& endpoint, known_hosts const& known,
                                revoked_keys const& revoked) {
    host_key_name const host(endpoint);
    if (revoked.contains(certificate))
        refuse("the host certificate is revoked (" + endpoint.settings->revoked_host_keys + ")");
    refuse_revoked(certificate, host, known);
    if (known.check_authority(host.name, host.port, certificate.authority).state != host_key_state::known)
        return "its certificate is by an authority that is not known, " + described(certificate.authority);
    auto fault = host_certificate_fault(certificate, host.name, std::chrono::system_clock::now());
    if (fault.empty()) fault = signature_algorithm_fault(certificate, endpoint.settings->algorithms.ca_signature);
    return fault.empty() ? fault : "its certificate can't be trusted: " + fault;
}

byte_view shown_key(pump const& connection) {
    std::size_t size = 0;
    int type = 0;
    char const* const raw = libssh2_session_hostkey(connection.session(), &size, &type);
    if (raw == nullptr) refuse("the server has shown no host key");
    return {reinterpret_cast<unsigned char const*>(raw), size};
}

}  // namespace

void accept_host_certificates() {
    static std::once_flag once;
    std::call_once(once, [] { muster_accept_host_certificates(&write_certified_key); });
}

host_key_name::host_key_name(endpoint const& endpoint)
    : name(endpoint.settings->host_key_alias.empty() ? endpoint.address : endpoint.settings->host_key_alias),
      port(endpoint.settings->host_key_alias.empty() ? endpoint.port : std::uint16_t{22}) {}

namespace {

/// What was found about a key that is not a certificate.
struct plain_check {
    endpoint const& target;
    known_hosts& known;
    asio::thread_pool& threads;
    bool asked_already;
    std::string note;  ///< why a certificate did not help
};

std::string with_note(std::string const& text, plain_check const& check) {
    return check.note.empty() ? text : text + "; " + check.note;
}

asio::awaitable<host_key_verdict> look_up(plain_check const& check, host_key_name const& host, byte_view key) {
    auto verdict = check.known.check(host.name, host.port, key);
    if (verdict.state != host_key_state::undecided) co_return verdict;
    auto scan = [&](std::stop_token) { return check.known.scan(host.name, host.port, key); };
    verdict = co_await coro::to_thread(check.threads, scan);
    co_return check.known.up_to_date(std::move(verdict), host.name, host.port, key);
}

std::string name_in_file(host_key_name const& host) {
    return host.port == 22 ? host.name : "[" + host.name + "]:" + std::to_string(host.port);
}

[[noreturn]] void refuse_changed(plain_check const& check, host_key_verdict const& verdict, byte_view key) {
    auto const text = "HOST KEY CHANGED: it is now " + described(key) + ", which is not the " +
                      key_type_label(verdict.type) + " key of " + at_line(verdict) +
                      "; another machine may be listening in. If the host was reinstalled, remove that line";
    throw changed_host_key(name_in_file(host_key_name(check.target)), verdict.line == 0 ? "" : verdict.file,
                           with_note(text, check));
}

/// Only a key that is unknown leaves.
bool is_known(plain_check const& check, host_key_verdict const& verdict, byte_view key) {
    switch (verdict.state) {
        case host_key_state::known:
            return true;
        case host_key_state::revoked:
            refuse("the host key " + described(key) + " is revoked (" + at_line(verdict) + ")");
        case host_key_state::changed:
            if (!check.asked_already && other_type_known(verdict, key)) throw ask_for_known_types{verdict.known_types};
            refuse_changed(check, verdict, key);
        case host_key_state::unknown:
        case host_key_state::undecided:
            break;
    }
    return false;
}

/// CheckHostIP: the same name at an address with another key is a name service that lies.
asio::awaitable<void> check_address(plain_check const& check, std::string const& address, byte_view key) {
    host_key_name host(check.target);
    if (!check.target.settings->check_host_ip || address.empty() || address == host.name) co_return;
    host.name = address;
    host.port = check.target.port;
    auto const verdict = co_await look_up(check, host, key);
    if (verdict.state == host_key_state::revoked)
        refuse("the host key " + described(key) + " is revoked (" + at_line(verdict) + ")");
    if (verdict.state == host_key_state::changed)
        refuse("the key " + described(key) + " is not the one that " + at_line(verdict) + " has for the address " +
               address + ", which was connected to; the name may have been given a wrong address (CheckHostIP)");
}

void require_policy(plain_check const& check, byte_view key, bool accepted) {
    if (check.target.settings->host_keys != host_key_policy::accept_new && !accepted) {
        auto const text =
            "unknown host key " + described(key) + "; add it with --accept-new, or with ssh-keyscan after checking it";
        throw unknown_host_key(key_type_label(key_type(key)), fingerprint(key), with_note(text, check));
    }
    if (check.target.settings->user_known_hosts.empty())
        refuse("unknown host key, and no UserKnownHostsFile to add it to");
}

asio::awaitable<bool> ask(key_question question, endpoint const& endpoint, byte_view key) {
    if (endpoint.settings->host_keys == host_key_policy::accept_new || endpoint.settings->batch_mode) co_return false;
    co_return co_await question.asked.accept(endpoint, key_type_label(key_type(key)), fingerprint(key), question.clock);
}

void refuse_short(byte_view key, endpoint const& endpoint) {
    auto const bits = rsa_bits(key);
    if (bits == 0 || bits >= endpoint.settings->required_rsa_size) return;
    refuse("the host key " + described(key) + " has " + std::to_string(bits) + " bits, and RequiredRSASize is " +
           std::to_string(endpoint.settings->required_rsa_size));
}

/// The key is known only once it is written. The file may say by then that another key is the right one.
asio::awaitable<void> record(plain_check const& check, host_key_name const& host, byte_view key,
                             known_hosts_file& into) {
    bytes const copy(key.begin(), key.end());
    std::string failure;
    auto add = [&](std::stop_token) -> host_key_verdict {
        try {
            return into.add(host.name, host.port, copy, check.target.settings->hash_known_hosts);
        } catch (known_hosts_error const& error) {
            failure = error.what();
            return {};
        }
    };
    auto const verdict = co_await coro::to_thread(check.threads, add);
    bool const recorded = failure.empty() && is_known(check, verdict, copy);
    if (!recorded) refuse("the new host key can't be recorded: " + failure);
    check.known.learn(host.name, host.port, copy);
}

}  // namespace

asio::awaitable<void> verify_host_key(pump const& connection, shown_host const& from, credentials& files,
                                      asio::thread_pool& threads, key_question question) {
    auto const& endpoint = from.target;
    if (auto const& fault = files.fault_of(endpoint); !fault.empty()) refuse("the host key can't be judged: " + fault);
    auto& known = files.known_hosts_of(endpoint);
    auto const& revoked = files.revoked_for(endpoint);
    auto key = shown_key(connection);
    plain_check check{endpoint, known, threads, from.asked_already, {}};
    std::optional<certificate> shown;
    if (is_certificate(key_type(key))) {
        shown = parsed_certificate(key);
        check.note = certificate_trouble(*shown, endpoint, known, revoked);
        key = shown->plain_key;
        refuse_short(key, endpoint);
        if (check.note.empty()) co_return;
    }
    if (revoked.contains(key))
        refuse("the host key " + described(key) + " is revoked (" + endpoint.settings->revoked_host_keys + ")");
    refuse_short(key, endpoint);
    if (!endpoint.settings->host_key_note.empty())
        check.note += (check.note.empty() ? "" : "; ") + endpoint.settings->host_key_note;
    host_key_name const host(endpoint);
    auto const verdict = co_await look_up(check, host, key);
    bool const found = is_known(check, verdict, key);
    co_await check_address(check, from.address, key);
    if (found) co_return;
    bool const accepted = co_await ask(question, endpoint, key);
    require_policy(check, key, accepted);
    co_await record(check, host, key, files.file_for_new_keys(endpoint));
}

}  // namespace muster::ssh
