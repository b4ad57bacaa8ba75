// SPDX-License-Identifier: MIT
// What ssh asks its askpass program for, by the text of the question.
#pragma once

#include <string_view>

namespace muster::cli {

/// OpenSSH's readpass.c, sshconnect.c, sshconnect2.c, ssh-pkcs11.c and ssh-sk.c.
enum class question_kind {
    host_key,    ///< is not answered: "no"
    password,    ///< of an account: the same for each ssh that logs in there
    code,        ///< what else a server wants to know of an account: it holds once
    passphrase,  ///< of a key: asked once
    pin,         ///< of a token or an authenticator, which a few wrong ones lock: the same for each ssh
    other,
};

question_kind kind_of(std::string_view question);

/// "USER@HOST", as ssh names who logs in where; empty: the question is of no account.
std::string_view account_in(std::string_view question);

/// HOST, which may be an alias for known_hosts; a USER may hold an @.
std::string_view host_in(std::string_view account);

}  // namespace muster::cli
