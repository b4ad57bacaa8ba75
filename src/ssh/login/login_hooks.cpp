// SPDX-License-Identifier: MIT
// Makes the hooks of a library's caller the questions of a login.
#include "ssh/login/login_hooks.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace muster::ssh {

namespace {

/// A secret is wiped wherever this library holds it.
ask_user asks_for_secret(login_hooks const& hooks) {
    if (!hooks.secret) return {};
    return [secret = hooks.secret](std::string const& prompt, std::stop_token stop) -> std::optional<secret_text> {
        auto answer = secret(prompt, std::move(stop));
        if (!answer) return std::nullopt;
        secret_text kept;
        kept.reserve(answer->size() + 16);  // never in the object itself
        kept = *answer;
        OPENSSL_cleanse(answer->data(), answer->size());
        return kept;
    };
}

}  // namespace

login_options login_options_of(login_hooks const& hooks) {
    login_options logins;
    logins.asking.ask = asks_for_secret(hooks);
    logins.asking.password_when_wanted = hooks.secret != nullptr;
    logins.asking.accept_host_key = hooks.accept_host_key;
    logins.banner = hooks.banner;
    logins.warning = hooks.warning;
    logins.message = hooks.message;
    return logins;
}

}  // namespace muster::ssh
