// SPDX-License-Identifier: MIT
// Real servers: which algorithms, addresses and keys a connection uses.
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include <asio/ip/address_v4.hpp>
#include <catch2/catch_test_macros.hpp>

#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;

namespace {

std::string ending_on(endpoint const& endpoint, std::string const& command = "true") {
    return ending(run_on(endpoint, command));
}

}  // namespace

TEST_CASE("a result has the address that was connected to, in numbers") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    auto const address = endpoint.address;
    endpoint.settings.change().host_key_alias = known_hosts_name(endpoint);
    endpoint.address = std::to_string(asio::ip::make_address_v4(address).to_uint());
    auto const result = run_on(endpoint, "true");
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.address == address);
}

TEST_CASE("BindAddress is where the connection comes from") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().bind_address = "127.0.0.77";
    auto const result = run_on(endpoint, "echo $SSH_CLIENT");
    CHECK(result.out.starts_with("127.0.0.77 "));
    endpoint.settings.change().bind_address = "192.0.2.1";  // RFC 5737: nobody's
    auto const refused = run_on(endpoint, "true");
    CHECK(ending(refused) == "unreachable not_sent connect");
    CHECK(refused.error == "BindAddress 192.0.2.1: this machine has no such address");
    endpoint.settings.change().bind_address = "::1";
    CHECK(run_on(endpoint, "true").error ==
          "BindAddress ::1: " + endpoint.address + " has no address of the same family");
}

TEST_CASE("an address of another family than the wanted one is not used") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    endpoint.settings.change().family = address_family::ipv4;
    CHECK(ending_on(endpoint) == "ok ended command 0");
    endpoint.settings.change().family = address_family::ipv6;
    auto const result = run_on(endpoint, "true");
    CHECK(ending(result) == "unreachable not_sent resolve");
    CHECK(result.error.find("no address of the wanted family") != std::string::npos);
}

TEST_CASE("the algorithms that are configured are those that are used") {
    ssh_fleet const fleet({"h1"}, "Ciphers aes256-ctr\nMACs hmac-sha2-512\nKexAlgorithms ecdh-sha2-nistp384");
    auto endpoint = fleet.one();
    CHECK(ending_on(endpoint) == "ok ended command 0");
    endpoint.settings.change().algorithms.cipher = "aes256-ctr,aes128-ctr";
    endpoint.settings.change().algorithms.mac = "hmac-sha2-512";
    endpoint.settings.change().algorithms.key_exchange = "ecdh-sha2-nistp384";
    CHECK(ending_on(endpoint) == "ok ended command 0");
    endpoint.settings.change().algorithms.mac = "hmac-sha2-256";
    auto const no_mac = run_on(endpoint, "true");
    CHECK(ending(no_mac) == "unreachable not_sent handshake");
    CHECK(no_mac.error.find("no common message authentication code; the server offers: hmac-sha2-512") !=
          std::string::npos);
    endpoint.settings.change().algorithms.cipher = "aes128-ctr";
    CHECK(run_on(endpoint, "true").error.find("no common cipher; the server offers: aes256-ctr") != std::string::npos);
}

TEST_CASE("keys that PubkeyAcceptedAlgorithms or RequiredRSASize exclude are not offered") {
    ssh_fleet const fleet;
    scratch_folder const folder;
    auto const rsa = new_key(folder.path("id_rsa"), {"-t", "rsa", "-b", "2048"});
    fleet.authorize(rsa + ".pub");
    auto endpoint = fleet.one();
    endpoint.settings.change().identities = {{rsa, true}};
    CHECK(ending_on(endpoint) == "ok ended command 0");
    endpoint.settings.change().required_rsa_size = 3072;
    CHECK(run_on(endpoint, "true").error.find("no key to offer") != std::string::npos);
    endpoint.settings.change().required_rsa_size = 1024;
    endpoint.settings.change().algorithms.user_key = "rsa-sha2-256";
    CHECK(ending_on(endpoint) == "ok ended command 0");
    endpoint.settings.change().algorithms.user_key = "ssh-ed25519";
    CHECK(run_on(endpoint, "true").error.find("no key to offer") != std::string::npos);
}

TEST_CASE("a host key that is too short is refused") {
    scratch_folder const folder;
    auto const key = new_key(folder.path("host"), {"-t", "rsa", "-b", "2048"});
    if (::geteuid() == 0) {  // the server runs under another account then
        ::chmod(folder.path().c_str(), 0755);
        ::chmod(key.c_str(), 0644);
    }
    ssh_fleet const fleet({"h1"}, "HostKeyAlgorithms rsa-sha2-512\nHostKey " + key);
    auto endpoint = fleet.one();
    endpoint.settings.change().user_known_hosts = {folder.path("known")};
    endpoint.settings.change().host_keys = host_key_policy::accept_new;
    CHECK(ending_on(endpoint) == "ok ended command 0");
    endpoint.settings.change().required_rsa_size = 3072;
    auto const result = run_on(endpoint, "true");
    CHECK(ending(result) == "host_key not_sent host_key");
    CHECK(result.error.find("2048 bits, and RequiredRSASize is 3072") != std::string::npos);
}
