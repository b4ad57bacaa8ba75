// SPDX-License-Identifier: MIT
// One attempt with a password: the methods "password" (RFC 4252 section 8) and "keyboard-interactive" (RFC 4256).
#pragma once

#include <muster/coro/awaitable.hpp>

#include "ssh/bytes/secret.hpp"
#include "ssh/login/publickey_login.hpp"

namespace muster::ssh {

/// Throws transport_error when the server wants the password changed.
asio::awaitable<login_attempt> offer_password(login_means const& means, secret_text const& password);

/// The password answers one question whose answer is not shown. Any other question has no answer here: the first gets
/// an empty one, and is the trouble. Throws transport_error (state auth) for a server that goes on, and for one that
/// asks for the password again, both without a further answer: each may count against the account.
asio::awaitable<login_attempt> answer_questions(login_means const& means, secret_text const& password,
                                                bool& password_given);

}  // namespace muster::ssh
