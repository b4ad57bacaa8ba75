// SPDX-License-Identifier: MIT
// Where and how to reach one host: what is left of a host after configuration, defaults and command line were applied.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <muster/rare.hpp>

namespace muster {

/// What to do with a server whose key is in no known_hosts file. A changed or revoked key is always refused.
enum class host_key_policy {
    strict,      ///< refuse it
    accept_new,  ///< add it to the first user_known_hosts file and go on
};

/// A private key file to try. One that was asked for by name must be usable; one from a default is skipped when
/// missing.
struct identity_file {
    std::string path = {};
    bool required = false;
    friend bool operator==(identity_file const&, identity_file const&) = default;
};

/// Which addresses of a name are tried.
enum class address_family { any, ipv4, ipv6 };

/// A way to log in.
enum class auth_method : unsigned char { publickey, keyboard_interactive, password };

/// Its name in the protocol (RFC 4252 and RFC 4256).
constexpr std::string_view to_string(auth_method method) noexcept {
    switch (method) {
        case auth_method::publickey:
            return "publickey";
        case auth_method::keyboard_interactive:
            return "keyboard-interactive";
        case auth_method::password:
            return "password";
    }
    return "";
}

/// Whether the command gets a terminal (a pseudo-terminal, RFC 4254 section 6.2).
enum class tty_request {
    no,
    yes,
};

/// Names of algorithms as in RFC 4253 section 7.1, comma-separated, by preference. Empty: muster's defaults. A name
/// that muster can't use is an error of the connection.
struct algorithm_lists {
    std::string key_exchange = {};
    std::string host_key = {};
    bool host_key_in_order = false;  ///< keep the order of `host_key`, whatever kind of key is known for the host
    std::string cipher = {};
    std::string mac = {};
    std::string user_key = {};      ///< what keys may sign with; empty: all that muster can
    std::string ca_signature = {};  ///< what authorities of host certificates may sign with; empty: all but SHA-1
    friend bool operator==(algorithm_lists const&, algorithm_lists const&) = default;
};

/// When a connection changes its keys (RFC 4253 section 9). Zero: the cipher's own limit.
struct rekey_limit {
    std::uint64_t bytes = 0;           ///< sent or received under one set of keys
    std::chrono::seconds interval{0};  ///< since the last change
    friend bool operator==(rekey_limit const&, rekey_limit const&) = default;
};

struct endpoint;

/// How a host is reached, whose key it must have and how to log in: what most hosts of a run have in common.
struct connection_settings {
    std::string host_key_alias = {};  ///< name for known_hosts instead of `address` and port; empty: none
    std::optional<std::chrono::nanoseconds> connect_timeout = {};  ///< empty: options::connect_timeout
    std::vector<identity_file> identities = {};
    bool identities_only = false;   ///< offer only the agent keys that `identities` names
    std::string agent_socket = {};  ///< path of ssh-agent's socket; empty: no agent
    std::vector<std::string> user_known_hosts = {};
    std::vector<std::string> global_known_hosts = {};
    std::string revoked_host_keys = {};  ///< file of keys never to be accepted (KRL or plain text); empty: none
    host_key_policy host_keys = host_key_policy::strict;
    bool hash_known_hosts = false;  ///< write names hashed into user_known_hosts
    bool check_host_ip = false;     ///< the key must not differ from one that is known for the address

    address_family family = address_family::any;
    std::string bind_address = {};     ///< local address of the connection; empty: the kernel's choice
    unsigned connection_attempts = 1;  ///< how often to try to connect, a second apart
    bool tcp_keepalive = true;
    std::chrono::seconds alive_interval{15};  ///< silence after which the server is asked whether it lives; zero: never
    unsigned alive_count_max = 3;             ///< questions without an answer after which the connection is lost
    algorithm_lists algorithms = {};
    rekey_limit rekey = {};
    unsigned required_rsa_size = 1024;          ///< bits below which RSA keys, the server's and our own, are not used
    std::shared_ptr<endpoint const> jump = {};  ///< the host whose connection leads here (it may have a jump of its
                                                ///< own); hosts with the same one share it; null: direct
    std::string proxy_command = {};  ///< a command for the shell whose standard streams are the connection; empty: none
    bool proxy_use_fdpass = false;   ///< the command passes a connected socket instead (ssh_config's ProxyUseFdpass)

    std::vector<auth_method> auth_methods = {auth_method::publickey, auth_method::keyboard_interactive,
                                             auth_method::password};  ///< in order
    bool batch_mode = false;                                          ///< never ask for a password or a passphrase
    std::vector<std::string> certificates = {};  ///< user certificates besides those that lie beside the identities
    std::string forward_agent_socket = {};       ///< socket of the agent that the host may use; empty: none
    tty_request tty = tty_request::no;
    std::vector<std::pair<std::string, std::string>> environment = {};  ///< variables offered to the server, in order
    std::string login_note = {};     ///< not empty: what of the configuration was left out that could have given a key
    std::string host_key_note = {};  ///< not empty: what of it was left out that could have vouched for the host's key

    friend bool operator==(connection_settings const&, connection_settings const&) = default;
};

/// The settings of an endpoint, which its copies share until one of them changes: a million hosts hold them once.
/// Copies may be read on several threads; change() is for the one that owns the endpoint.
class shared_settings {
  public:
    connection_settings const* operator->() const noexcept { return &**this; }
    connection_settings const& operator*() const noexcept { return value_ ? *value_ : defaults(); }

    /// To write to, for this endpoint alone. The reference is good until the endpoint is copied.
    connection_settings& change() {
        if (value_.use_count() != 1) value_ = std::make_shared<connection_settings>(**this);
        return *value_;
    }

    friend bool operator==(shared_settings const& left, shared_settings const& right) {
        return left.value_ == right.value_ || *left == *right;
    }

  private:
    static connection_settings const& defaults() {
        static connection_settings const made;
        return made;
    }

    std::shared_ptr<connection_settings> value_;  // null: the defaults
};

/// Where and how to reach one host. A value without behaviour; built by ssh_config, read by the transports.
struct endpoint {
    std::string label = {};    ///< unique name in output and reports, without control characters
    std::string name = {};     ///< the host as written, without user and port
    std::string address = {};  ///< what to connect to, and the name in known_hosts: HostName, or `name` in lower case
    std::uint16_t port = 22;   ///< TCP port
    std::string user = {};     ///< login name
    shared_settings settings = {};  ///< `settings->identities` reads, `settings.change().identities = ...` writes
    rare<std::string> error =
        {};  ///< not empty: the host can't be tried, and this says why (file, line, option, way out)

    friend bool operator==(endpoint const&, endpoint const&) = default;
};

}  // namespace muster
