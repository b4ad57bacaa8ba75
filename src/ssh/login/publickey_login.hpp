// SPDX-License-Identifier: MIT
// One attempt of the method "publickey" (RFC 4252 section 7), whoever signs.
#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include <muster/coro/timeout.hpp>

#include "ssh/connection/pump.hpp"
#include "ssh/login/agent.hpp"
#include "ssh/login/prompts.hpp"
#include "ssh/login/user_keys.hpp"

namespace muster::ssh {

/// What all attempts to log in to a host share.
struct login_means {
    pump& connection;
    endpoint const& target;
    credentials const& files;
    ssh::agent& agent;
    prompts& asked;
    coro::deadline& clock;
};

enum class login_answer {
    accepted,
    refused,
    signature_rejected,  ///< the server wanted the signature, and then said no: the key may be one of several steps
    broken,              ///< the connection ended
};

struct login_attempt {
    login_answer answer = login_answer::refused;
    std::string error_message;      ///< what went wrong on our side; empty: nothing
    std::string certificate_fault;  ///< of a certificate that was refused: "certificate expired at ..."; empty: none
};

/// Offers the key, which is completed if it has to be opened first. With `at_once` a key that is open signs without
/// asking first whether the server would take it: a round trip less, and a signature for nothing when it would not.
asio::awaitable<login_attempt> offer_key(login_means const& means, user_key& key, bool at_once);

}  // namespace muster::ssh
