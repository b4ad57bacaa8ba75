// SPDX-License-Identifier: MIT
// What a login may ask its caller.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <muster/endpoint.hpp>
#include <muster/error.hpp>

namespace muster {

/// What the logins of a run need can't be had: a key that was asked for by name or its passphrase, a known_hosts file.
/// Nothing was started.
struct login_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// A server whose key no known_hosts file has.
struct unknown_server {
    endpoint const& host;
    std::string_view key_type;     ///< as ssh shows it: "ED25519"
    std::string_view fingerprint;  ///< "SHA256:..."
};

/// Questions of a run. `secret` and `accept_host_key` are called on a thread of the library's own and may block, one
/// call at a time; no limit runs meanwhile, but the total one. When the run is stopped, or its context or client dies,
/// `stop` is requested and the answer waited for: answer then. What is empty is not asked. What they throw ends the run
/// as run_error; but keys that were asked for by name are opened before it begins: then it comes out as it is.
///
///     muster::login_hooks hooks;
///     hooks.warning = [log](std::string const& text) { log->add(text); };
struct login_hooks {
    login_hooks() = default;  // no aggregate: g++ 12 destroys a temporary of one twice beside co_await

    /// A password or the passphrase of a key file, for the prompt as ssh would show it. Nothing: there is none. A
    /// password is asked for once for the hosts of the run and once for each jump host that is none of them, when a
    /// server wants one; a passphrase up to three times.
    std::function<std::optional<std::string>(std::string const& prompt, std::stop_token stop)> secret;
    /// Whether to go on with a server that the policy `strict` would refuse; then its key is recorded as with
    /// `accept_new`. A changed or revoked key is never asked about.
    std::function<bool(unknown_server const& server, std::stop_token stop)> accept_host_key;
    /// What a server says before the login. Called on the loop; the text is the server's, see sanitised().
    std::function<void(std::string const& host, std::string const& text)> banner;
    /// What the user should know about the logins of the run, such as an agent that can't be bound to a host; each text
    /// once. Called on the loop.
    std::function<void(std::string const& text)> warning;
    /// For a log: each message of SSH, by its name and its length in bytes, never what it holds. Called on the loop.
    std::function<void(std::string const& host, bool outgoing, std::string const& name, std::size_t length)> message;
};

}  // namespace muster
