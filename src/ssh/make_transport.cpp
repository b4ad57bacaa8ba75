// SPDX-License-Identifier: MIT
// Makes the transport, and tells which libraries it is made of.
#include "ssh/make_transport.hpp"

#include <libssh2_muster.h>
#include <openssl/crypto.h>

#include <utility>

#include "ssh/ssh_transport.hpp"

namespace muster::ssh {

std::unique_ptr<transport> make_transport(asio::any_io_executor loop, login_options logins,
                                          std::chrono::nanoseconds jump_timeout) {
    return std::make_unique<ssh_transport>(std::move(loop), std::move(logins), jump_timeout);
}

void skip_cleanup_at_exit() {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
}

std::string library_versions() {
    auto const* const post_quantum = muster_post_quantum();
    return std::string("libssh2 ") + libssh2_version(0) + " (" MUSTER_LIBSSH2_PACKAGE "), " +
           OpenSSL_version(OPENSSL_VERSION) + "\npost-quantum: " + (post_quantum != nullptr ? post_quantum : "none");
}

}  // namespace muster::ssh
