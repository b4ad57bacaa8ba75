// SPDX-License-Identifier: MIT
// Expansion of `%h`, `${NAME}` and `~` in configured values (ssh_config(5), TOKENS and ENVIRONMENT VARIABLES).
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace muster::ssh_config {

/// Everything of this machine and this user that configuration can refer to.
struct local_account {
    std::string user;
    unsigned user_id = 0;
    std::string home;       ///< empty: unknown
    std::string host_name;  ///< as gethostname(2) gives it
    std::map<std::string, std::string, std::less<>> environment;
};

/// The account of this process. `home` is $HOME when that is an absolute path, else the password database's, so that a
/// caller can keep muster away from the user's own files.
local_account this_account();

/// What the tokens of one host stand for. The strings must outlive it.
struct token_values {
    std::string_view host;           ///< %h
    std::string_view original_host;  ///< %n
    std::string_view key_alias;      ///< %k; empty: the original host
    std::string_view user;           ///< %r
    unsigned port = 0;               ///< %p
    std::string_view jump_host;      ///< %j; empty: none
    local_account const& local;      ///< %d %i %l %L %u, ${NAME} and ~
};

/// A token, variable or home directory that does not exist. `what()` names it.
struct token_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// `~`, `~/...` and `~user/...` at the front of a path. Throws token_error.
std::string expand_tilde(std::string_view path, local_account const& local);

/// `%%`, the tokens of token_values, `%C` and `${NAME}`. Throws token_error.
std::string expand_tokens(std::string_view text, token_values const& values);

/// `%%`, those tokens of token_values that `letters` names, and `${NAME}`. Throws token_error.
std::string expand_some_tokens(std::string_view text, token_values const& values, std::string_view letters);

/// `%%` and those tokens of token_values that `letters` names; `${NAME}` stays for a shell. Throws token_error.
std::string expand_tokens_alone(std::string_view text, token_values const& values,
                                std::string_view letters = "CLdhijklnpru");

/// `%` and this letter stand in it.
bool uses_token(std::string_view text, char letter) noexcept;

/// `${NAME}` alone. Throws token_error.
std::string expand_variables(std::string_view text, local_account const& local);

/// `%%` and `%h`: the tokens of HostName. Throws token_error.
std::string expand_host_name(std::string_view text, std::string_view host);

}  // namespace muster::ssh_config
