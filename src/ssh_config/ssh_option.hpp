// SPDX-License-Identifier: MIT
// The keywords of ssh_config(5): which ones muster reads, which it must refuse, and which can't matter to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ssh_config/algorithms.hpp"

namespace muster::ssh_config {

enum class ssh_option : unsigned char {
    // structure of the file
    host,
    match,
    include,
    ignore_unknown,
    // read
    address_family,
    bind_address,
    ca_signature_algorithms,
    canonical_domains,
    canonicalize_fallback_local,
    canonicalize_hostname,
    canonicalize_max_dots,
    canonicalize_permitted_cnames,
    ciphers,
    batch_mode,
    certificate_file,
    check_host_ip,
    connect_timeout,
    connection_attempts,
    forward_agent,
    global_known_hosts_file,
    hash_known_hosts,
    host_key_algorithms,
    host_key_alias,
    host_name,
    identities_only,
    identity_agent,
    identity_file,
    kex_algorithms,
    macs,
    kbd_interactive_authentication,
    number_of_password_prompts,
    password_authentication,
    port,
    preferred_authentications,
    proxy_command,
    proxy_jump,
    proxy_use_fdpass,
    pubkey_accepted_algorithms,
    pubkey_authentication,
    rekey_interval,  ///< the second word of RekeyLimit, whose first value may come from another line
    rekey_limit,
    request_tty,
    required_rsa_size,
    revoked_host_keys,
    send_env,
    server_alive_count_max,
    server_alive_interval,
    set_env,
    strict_host_key_checking,
    tag,
    tcp_keep_alive,
    user,
    user_known_hosts_file,
    // would make ssh stricter or change what is reached, and is not done: refused, but for harmless values
    bind_interface,
    channel_timeout,
    host_include,  ///< Include of a file whose name depends on the host
    refuse_connection,
    remote_command,
    session_type,
    // adds trust or keys alone, and is not done: noted
    known_hosts_command,
    no_host_authentication_for_localhost,
    pkcs11_provider,
    verify_host_key_dns,
    // every other keyword of ssh: nothing of it shows in a command run without a terminal and without forwarding
    ignored,
};

inline constexpr ssh_option first_refused = ssh_option::bind_interface;
inline constexpr ssh_option first_noted = ssh_option::known_hosts_command;
inline constexpr std::size_t ssh_option_count = static_cast<std::size_t>(ssh_option::ignored) + 1;

/// What the words behind a keyword must be.
enum class value_kind : unsigned char {
    anything,  ///< at least one word
    word,      ///< exactly one
    number,    ///< one, not negative
    positive,  ///< one, not zero
    port,      ///< 1 to 65535, or a service name
    time,      ///< seconds or the time formats of sshd_config(5), or none
    files,     ///< words of which "none" must stand alone
    agent,     ///< the values of IdentityAgent
    // one of a few words, by the keyword whose values they are
    flag,
    strict_host_key_checking,
    address_family,
    request_tty,
    pubkey_authentication,
    canonicalize_hostname,
    yes_no_ask,
    session_type,
    compression,
    control_master,
    tunnel,
    fingerprint_hash,
    log_level,
    syslog_facility,
    // of their own form
    algorithms,          ///< names in a list; which ones, the option says
    names_of_variables,  ///< patterns, those with a minus take away
    variables,           ///< NAME=VALUE
    jumps,               ///< hosts to jump over
    rekey_limit,
    domains,
    permitted_cnames,
    channel_timeouts,
    add_keys,
    control_persist,
    escape_char,
    local_forward,
    remote_forward,
    dynamic_forward,
    permitted_opens,
    tunnel_device,
    file_mask,
    ip_qos,
    keystroke_timing,
    rest,  ///< the rest of the line as it is: a command
};

struct ssh_keyword {
    std::string_view name;  ///< in its usual spelling
    ssh_option option;
    value_kind kind;
};

/// All that ssh knows. Of the names of one option the usual one comes first.
std::span<ssh_keyword const> ssh_keywords();

/// Nothing for a keyword that ssh does not know either.
std::optional<ssh_keyword> find_ssh_keyword(std::string_view lower_case_name);

/// The option's usual name.
std::string_view spelled(ssh_option option);

/// For an option whose value is a list of algorithms: of which.
algorithm_kind algorithms_of(ssh_option option);

/// What is wrong with the words behind the keyword; nothing when they are right. `file` values may be up to 32.
std::optional<std::string> value_fault(ssh_keyword const& keyword, std::vector<std::string> const& words);

/// Whether this is a value for the kinds that have a form of their own.
std::optional<std::string> form_fault(value_kind kind, std::vector<std::string> const& words);

/// Bytes of RekeyLimit: "1G", "512K"; "default" is zero. Nothing for anything else.
std::optional<std::uint64_t> to_bytes(std::string_view text);

/// Seconds of a text in the time formats of sshd_config(5): "90", "1m30s". Nothing for anything else.
std::optional<unsigned> to_seconds(std::string_view text);

/// Of a port in configuration: a number or the name of a TCP service.
std::optional<unsigned short> to_service_port(std::string const& text);

/// yes, true, no, false; nothing for anything else.
std::optional<bool> to_flag(std::string_view text);

/// For an option that is refused: whether this value changes nothing.
bool is_harmless(ssh_option option, std::string_view value);

}  // namespace muster::ssh_config
