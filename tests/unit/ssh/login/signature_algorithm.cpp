// SPDX-License-Identifier: MIT
// Which algorithm a key signs with: the rules as a table.
#include "ssh/login/signature_algorithm.hpp"

#include <catch2/catch_test_macros.hpp>
#include <muster/endpoint.hpp>
#include <string>

#include "ssh/connection/algorithms.hpp"
#include "ssh_config/algorithms.hpp"

using namespace muster::ssh;

namespace {

/// With PubkeyAcceptedAlgorithms as ssh_config has it; empty: not set.
std::string chosen(std::string_view key_type, std::string_view setting, server_signatures const& server) {
    using muster::ssh_config::algorithm_kind;
    muster::endpoint endpoint;
    if (!setting.empty())
        endpoint.settings.change().algorithms.user_key =
            muster::ssh_config::chosen_algorithms(algorithm_kind::user_key, setting);
    auto const allowed = allowed_signature_algorithms(endpoint, key_type);
    return std::string(signature_algorithm(key_type, allowed, server));
}

server_signatures says(std::string list) {
    return {std::move(list), "SSH-2.0-OpenSSH_9.2"};
}

constexpr auto rsa = "ssh-rsa";
constexpr auto rsa_certificate = "ssh-rsa-cert-v01@openssh.com";
server_signatures const silent{std::nullopt, "SSH-2.0-other"};

}  // namespace

TEST_CASE("an RSA key signs with the first allowed algorithm that the server takes") {
    CHECK(chosen(rsa, "", says("ssh-ed25519,rsa-sha2-256,rsa-sha2-512")) == "rsa-sha2-512");
    CHECK(chosen(rsa, "", says("rsa-sha2-256")) == "rsa-sha2-256");
    CHECK(chosen(rsa, "rsa-sha2-256", says("rsa-sha2-256,rsa-sha2-512")) == "rsa-sha2-256");
    CHECK(chosen(rsa, "+ssh-rsa", says("ssh-rsa,rsa-sha2-256")) == "rsa-sha2-256");
    CHECK(chosen(rsa, "+ssh-rsa", says("ssh-rsa")) == "ssh-rsa");
    CHECK(chosen(rsa_certificate, "", says("rsa-sha2-512")) == "rsa-sha2-512-cert-v01@openssh.com");
    CHECK(chosen(rsa_certificate, "rsa-sha2-256-cert-v01@openssh.com", says("rsa-sha2-512,rsa-sha2-256")) ==
          "rsa-sha2-256-cert-v01@openssh.com");
}

TEST_CASE("a key without a mutual signature algorithm signs with none") {
    CHECK(chosen(rsa, "", says("ssh-rsa")).empty());
    CHECK(chosen(rsa, "", says("")).empty());
    CHECK(chosen(rsa, "rsa-sha2-512", says("rsa-sha2-256")).empty());
    CHECK(chosen(rsa, "ssh-ed25519", silent).empty());
    CHECK(chosen("ssh-ed25519", "rsa-sha2-512", says("ssh-ed25519")).empty());
    CHECK(chosen("ssh-dss", "", silent).empty());
}

TEST_CASE("a server that sends no list gets SHA-1 only from those who allow it") {
    CHECK(chosen(rsa, "", silent) == "rsa-sha2-512");
    CHECK(chosen(rsa, "rsa-sha2-256,rsa-sha2-512", silent) == "rsa-sha2-256");
    CHECK(chosen(rsa, "+ssh-rsa", silent) == "ssh-rsa");
    CHECK(chosen("ssh-ed25519", "", silent) == "ssh-ed25519");
}

TEST_CASE("OpenSSH before 7.8 gets no certificate of an RSA key signed with SHA-2") {
    server_signatures const old{"rsa-sha2-512", "SSH-2.0-OpenSSH_7.7p1 Debian"};
    CHECK(chosen(rsa_certificate, "", old).empty());
    CHECK(chosen(rsa_certificate, "+ssh-rsa*", old) == rsa_certificate);
    CHECK(chosen(rsa, "", old) == "rsa-sha2-512");
    CHECK_FALSE(chosen(rsa_certificate, "", {"rsa-sha2-512", "SSH-2.0-OpenSSH_7.8"}).empty());
    CHECK_FALSE(chosen(rsa_certificate, "", {"rsa-sha2-512", "SSH-2.0-OpenSSH_10.0"}).empty());
}
