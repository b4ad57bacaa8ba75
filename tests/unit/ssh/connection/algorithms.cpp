// SPDX-License-Identifier: MIT
// What a connection offers, and that libssh2 has all of it.
#include "ssh/connection/algorithms.hpp"

#include <libssh2.h>

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <sstream>

#include "ssh/keys/public_key.hpp"
#include "ssh_config/algorithms.hpp"

namespace {

namespace ssh_config = muster::ssh_config;
using muster::ssh::algorithms_of;
using muster::ssh::allowed_signature_algorithms;
using ssh_config::algorithm_kind;

struct free_session {
    void operator()(LIBSSH2_SESSION* session) const { libssh2_session_free(session); }
};

}  // namespace

TEST_CASE("libssh2 has every algorithm that is called usable") {
    REQUIRE(libssh2_init(0) == 0);
    std::unique_ptr<LIBSSH2_SESSION, free_session> const session(libssh2_session_init());
    std::pair<algorithm_kind, int> const kinds[] = {{algorithm_kind::key_exchange, LIBSSH2_METHOD_KEX},
                                                    {algorithm_kind::host_key, LIBSSH2_METHOD_HOSTKEY},
                                                    {algorithm_kind::cipher, LIBSSH2_METHOD_CRYPT_CS},
                                                    {algorithm_kind::mac, LIBSSH2_METHOD_MAC_CS}};
    for (auto const& [kind, method] : kinds) {
        std::istringstream names{std::string(ssh_config::usable_algorithms(kind))};
        for (std::string name; std::getline(names, name, ',');) {
            INFO(name);
            CHECK(libssh2_session_method_pref(session.get(), method, name.c_str()) == 0);
        }
    }
}

TEST_CASE("the kinds of keys that are known for a host come first, but not in an order that was given") {
    muster::endpoint endpoint;
    CHECK(algorithms_of(endpoint, {}, false).host_key.starts_with("ssh-ed25519,"));
    CHECK(algorithms_of(endpoint, {"ssh-rsa"}, false).host_key.starts_with("rsa-sha2-512,rsa-sha2-256,ssh-ed25519,"));
    endpoint.settings.change().algorithms.host_key = "ssh-ed25519,ecdsa-sha2-nistp256";
    endpoint.settings.change().algorithms.host_key_in_order = true;
    CHECK(algorithms_of(endpoint, {"ecdsa-sha2-nistp256"}, false).host_key == "ssh-ed25519,ecdsa-sha2-nistp256");
    CHECK(algorithms_of(endpoint, {"ecdsa-sha2-nistp256"}, true).host_key == "ecdsa-sha2-nistp256,ssh-ed25519");
}

TEST_CASE("PubkeyAcceptedAlgorithms says which keys may log in") {
    muster::endpoint endpoint;
    CHECK_FALSE(allowed_signature_algorithms(endpoint, "ssh-rsa").empty());
    endpoint.settings.change().algorithms.user_key = "ssh-ed25519,rsa-sha2-256,rsa-sha2-512-cert-v01@openssh.com";
    CHECK_FALSE(allowed_signature_algorithms(endpoint, "ssh-ed25519").empty());
    CHECK_FALSE(allowed_signature_algorithms(endpoint, "ssh-rsa").empty());
    CHECK_FALSE(allowed_signature_algorithms(endpoint, "ssh-rsa-cert-v01@openssh.com").empty());
    CHECK(allowed_signature_algorithms(endpoint, "ssh-ed25519-cert-v01@openssh.com").empty());
    CHECK(allowed_signature_algorithms(endpoint, "ecdsa-sha2-nistp256").empty());
    endpoint.settings.change().algorithms.user_key = "rsa-sha2-256-cert-v01@openssh.com";
    CHECK(allowed_signature_algorithms(endpoint, "ssh-rsa").empty());
}
