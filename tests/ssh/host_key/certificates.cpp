// SPDX-License-Identifier: MIT
// Certificates of users and hosts, made by ssh-keygen, with a real sshd.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <vector>

#include "ssh/support/agents.hpp"
#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

using strings = std::vector<std::string>;

strings const& kinds(std::size_t index) {
    static std::vector<strings> const all = {
        {"-t", "ed25519"}, {"-t", "ecdsa", "-b", "256"}, {"-t", "ecdsa", "-b", "521"}, {"-t", "rsa", "-b", "2048"}};
    return all[index];
}
constexpr std::size_t kind_count = 4;

/// Makes KEY-cert.pub.
void sign(std::string const& authority, std::string const& key, strings const& how) {
    strings words{"ssh-keygen", "-q", "-s", authority, "-I", "test"};
    words.insert(words.end(), how.begin(), how.end());
    words.push_back(key + ".pub");
    output_of(words);
}

/// "ssh-ed25519 AAAA...", without the comment.
std::string key_words(std::string const& public_key_file) {
    auto const line = read_file(public_key_file);
    return line.substr(0, line.find(' ', line.find(' ') + 1));
}

/// An authority in a folder of its own.
struct authority {
    scratch_folder folder;
    std::string key;

    explicit authority(strings const& kind = kinds(0)) : key(new_key(folder.path("ca"), kind)) {
        ::chmod(folder.path().c_str(), 0755);
    }
    std::string public_file() const { return key + ".pub"; }
};

constexpr auto name = "web.example.org";

/// A host whose one key has a certificate; known_hosts has a line for its authority.
struct certified_host {
    authority ca;
    std::string key;
    ssh_fleet fleet;
    endpoint target;

    certified_host(strings const& how, strings const& kind = kinds(0), strings const& ca_kind = kinds(0))
        : ca(ca_kind),
          key(host_key(kind, how)),
          fleet({"h1"}, "HostKey " + key + "\nHostCertificate " + key + "-cert.pub"),
          target(fleet.one()) {
        target.settings.change().host_key_alias = name;
        target.settings.change().user_known_hosts = {fleet.path("own_known_hosts")};
        know("@cert-authority *.example.org " + key_words(ca.public_file()));
    }
    void know(std::string const& lines) const { write_file(fleet.path("own_known_hosts"), lines + "\n"); }
    std::string authority_line() const { return "@cert-authority * " + key_words(ca.public_file()) + "\n"; }
    std::string plain_line() const { return std::string(name) + " " + key_words(key + ".pub") + "\n"; }

  private:
    std::string host_key(strings const& kind, strings how) const {
        auto const file = new_key(ca.folder.path("host"), kind);
        how.insert(how.begin(), "-h");
        sign(ca.key, file, how);
        if (::getuid() == 0) ::chmod(file.c_str(), 0644);  // for the fleet's account, which is another one then
        return file;
    }
};

void check_refused(host_result const& result, std::string const& words) {
    CHECK(ending(result) == "host_key not_sent host_key");
    CHECK_THAT(result.error, ContainsSubstring(words));
}

}  // namespace

TEST_CASE("host certificates of every kind, by authorities of every kind") {
    for (std::size_t i = 0; i < kind_count; ++i) {
        certified_host const host({"-n", name}, kinds(i), kinds(kind_count - 1 - i));
        auto const result = run_on(host.target, "true");
        CAPTURE(i, result.error);
        CHECK(ending(result) == "ok ended command 0");
    }
}

TEST_CASE("a host certificate without names is for any host, and the line may have no port") {
    certified_host const host({});
    CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
    auto endpoint = host.target;
    endpoint.settings.change().host_key_alias.clear();
    host.know("@cert-authority " + endpoint.address + " " + key_words(host.ca.public_file()));
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    host.know("@cert-authority other.org " + key_words(host.ca.public_file()));
    CHECK(ending(run_on(endpoint, "true")) == "host_key not_sent host_key");
}

TEST_CASE("a host certificate that is not good for the host is refused, unless its plain key is known") {
    struct row {
        strings how;
        std::string words;
    };
    for (auto const& [how, words] :
         {row{{"-n", "other.example.org"}, "it is for other names"},
          row{{"-n", "*.example.org"}, "it is for other names"}, row{{"-n", name, "-V", "-2d:-1d"}, "it expired at 20"},
          row{{"-n", name, "-V", "+1d:+2d"}, "it is not valid before 20"}}) {
        certified_host const host(how);
        auto const result = run_on(host.target, "echo never");
        check_refused(result, words);
        CHECK_THAT(result.error, ContainsSubstring("unknown host key ED25519 SHA256:"));
        host.know(host.authority_line() + host.plain_line());
        CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
    }
}

TEST_CASE("a user's certificate vouches for no host") {
    authority const ca;
    auto const key = new_key(ca.folder.path("host"));
    sign(ca.key, key, {"-n", name});
    if (::getuid() == 0) ::chmod(key.c_str(), 0644);
    ssh_fleet const fleet({"h1"}, "HostKey " + key + "\nHostCertificate " + key + "-cert.pub");
    auto endpoint = fleet.one();
    endpoint.settings.change().host_key_alias = name;
    endpoint.settings.change().user_known_hosts = {fleet.path("own")};
    write_file(fleet.path("own"), "@cert-authority * " + key_words(ca.public_file()) + "\n");
    CHECK(ending(run_on(endpoint, "echo never")) == "host_key not_sent host_key");
}

TEST_CASE("a certificate by another authority leaves the plain key, known or not") {
    certified_host const host({"-n", name});
    authority const other;
    host.know("@cert-authority * " + key_words(other.public_file()));
    check_refused(run_on(host.target, "echo never"), "by an authority that is not known");
    host.know("@cert-authority * " + key_words(other.public_file()) + "\n" + host.plain_line());
    CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
    host.know("@cert-authority * " + key_words(other.public_file()) + "\n" + std::string(name) + " " +
              key_words(other.public_file()));
    check_refused(run_on(host.target, "echo never"), "HOST KEY CHANGED");
}

TEST_CASE("an authority must sign with an algorithm that CASignatureAlgorithms has") {
    certified_host const host({"-n", name}, kinds(0), kinds(3));
    auto endpoint = host.target;
    endpoint.settings.change().algorithms.ca_signature = "ssh-ed25519,rsa-sha2-512";
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    for (std::string const list : {"ssh-ed25519", "rsa-sha2-256", "none"}) {
        endpoint.settings.change().algorithms.ca_signature = list;
        check_refused(run_on(endpoint, "echo never"),
                      "signed with rsa-sha2-512, which CASignatureAlgorithms leaves out");
    }
    host.know(host.authority_line() + host.plain_line());
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
}

TEST_CASE("a RevokedHostKeys file that can't be read refuses the hosts that name it, and no other") {
    certified_host const host({"-n", name});
    auto strict = host.target;
    strict.settings.change().revoked_host_keys = host.fleet.path("none");
    check_refused(run_on(strict, "echo never"), "the host key can't be judged: ");
    check_refused(run_on(strict, "echo never"), host.fleet.path("none"));
    CHECK(ending(run_on(host.target, "echo there")) == "ok ended command 0");
}

TEST_CASE("what is revoked is refused, however good the certificate") {
    certified_host const host({"-n", name, "-z", "7"});
    auto const ca_words = key_words(host.ca.public_file());
    host.know(host.authority_line() + "@revoked * " + ca_words);
    check_refused(run_on(host.target, "echo never"), "authority ED25519");
    host.know(host.authority_line() + "@revoked * " + key_words(host.key + ".pub"));
    check_refused(run_on(host.target, "echo never"), "is revoked");
    host.know(host.authority_line());

    auto endpoint = host.target;
    endpoint.settings.change().revoked_host_keys = host.fleet.path("revoked");
    for (auto const& file : {host.key + ".pub", host.ca.public_file(), host.key + "-cert.pub"}) {
        output_of({"ssh-keygen", "-q", "-k", "-f", endpoint.settings->revoked_host_keys, file});
        check_refused(run_on(endpoint, "echo never"), "is revoked (" + endpoint.settings->revoked_host_keys + ")");
    }
    for (std::string const line : {"serial: 7", "serial: 5-9", "id: test"}) {
        write_file(host.fleet.path("spec"), line + "\n");
        output_of({"ssh-keygen", "-q", "-k", "-f", endpoint.settings->revoked_host_keys, "-s", host.ca.public_file(),
                   host.fleet.path("spec")});
        check_refused(run_on(endpoint, "echo never"), "is revoked (" + endpoint.settings->revoked_host_keys + ")");
    }
    write_file(host.fleet.path("spec"), "serial: 8-99\nid: other\n");
    output_of({"ssh-keygen", "-q", "-k", "-f", endpoint.settings->revoked_host_keys, "-s", host.ca.public_file(),
               host.fleet.path("spec")});
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
}

namespace {

/// A server that lets in whoever has a certificate of the authority.
struct trusting_host {
    authority ca;
    ssh_fleet fleet{{"h1"}, "TrustedUserCAKeys " + ca.public_file() + "\nBanner " + ca.folder.path("banner")};

    std::string user_key(std::string const& called, strings const& kind, strings const& how = {"-n", "fleet"}) const {
        auto const key = new_key(fleet.path(called), kind);
        sign(ca.key, key, how);
        return key;
    }
    endpoint with(std::string const& key) const {
        auto endpoint = fleet.one();
        endpoint.settings.change().identities = {{key, true}};
        return endpoint;
    }
    /// From now on KEY-cert.pub is good.
    void renew(std::string const& key) const { sign(ca.key, key, {"-n", "fleet"}); }
};

}  // namespace

TEST_CASE("user certificates of every kind beside their keys log in") {
    trusting_host const host;
    for (std::size_t i = 0; i < kind_count; ++i) {
        auto const key = host.user_key("user" + std::to_string(i), kinds(i));
        auto const result = run_on(host.with(key), "true");
        CAPTURE(i, result.error);
        CHECK(ending(result) == "ok ended command 0");
    }
}

TEST_CASE("a certificate in KEY.pub is used, of a key in a file and of one in an agent") {
    trusting_host const host;
    running_agent const agent(host.fleet.path("agent"));
    auto const key = host.user_key("user", kinds(0));
    output_of({"mv", "-f", key + "-cert.pub", key + ".pub"});
    auto endpoint = host.with(key);
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    agent.add(key);
    ::unlink(key.c_str());
    endpoint.settings.change().identities = {{key, false}};
    endpoint.settings.change().identities_only = true;
    endpoint.settings.change().agent_socket = agent.socket();
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
}

TEST_CASE("a named certificate is offered with the key it is for, and no other") {
    trusting_host const host;
    auto const key = host.user_key("user", kinds(0));
    auto const elsewhere = host.fleet.path("elsewhere.pub");
    output_of({"mv", key + "-cert.pub", elsewhere});
    auto endpoint = host.with(key);
    CHECK(ending(run_on(endpoint, "true")) == "auth not_sent auth");
    endpoint.settings.change().certificates = {elsewhere};
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    endpoint.settings.change().certificates = {host.fleet.path("missing")};
    CHECK(ending(run_on(endpoint, "true")) == "auth not_sent auth");
}

TEST_CASE("certificates in an agent, and certificates whose key is in an agent") {
    trusting_host const host;
    running_agent const with_certificate(host.fleet.path("agent1"));
    running_agent const with_key(host.fleet.path("agent2"));
    auto const key = host.user_key("user", kinds(3));
    with_certificate.add(key);  // ssh-add takes the certificate along
    auto endpoint = host.fleet.one();
    endpoint.settings.change().identities.clear();
    endpoint.settings.change().agent_socket = with_certificate.socket();
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");

    output_of({"mv", key + "-cert.pub", host.fleet.path("cert.pub")});
    with_key.add(key);
    ::unlink(key.c_str());
    endpoint.settings.change().agent_socket = with_key.socket();
    CHECK(ending(run_on(endpoint, "true")) == "auth not_sent auth");
    endpoint.settings.change().certificates = {host.fleet.path("cert.pub")};
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    endpoint.settings.change().certificates.clear();
    output_of({"mv", host.fleet.path("cert.pub"), key + "-cert.pub"});
    endpoint.settings.change().identities = {{key, false}};
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
}

TEST_CASE("an expired certificate is the error of a login that the server refuses") {
    trusting_host const host;
    auto const key = host.user_key("old", kinds(0), {"-n", "fleet", "-V", "-2d:-1d"});
    auto const result = run_on(host.with(key), "echo never");
    CHECK(ending(result) == "auth not_sent auth");
    CHECK(result.error.starts_with("certificate expired at 20"));
    CHECK_THAT(result.error, ContainsSubstring("Z (old-cert); login refused (publickey); tried old, old-cert"));
    CHECK_THAT(result.error, !ContainsSubstring("permission denied"));

    auto const early = host.user_key("early", kinds(0), {"-n", "fleet", "-V", "+1d:+2d"});
    CHECK(run_on(host.with(early), "echo never").error.starts_with("certificate is not valid before 20"));
}

TEST_CASE("a certificate that is renewed while its login fails is used for a second login") {
    trusting_host const host;
    auto const key = host.user_key("short", kinds(0), {"-n", "fleet", "-V", "-2d:-1d"});
    write_file(host.ca.folder.path("banner"), "hello\n");
    bool renewed = false;
    ssh::login_options options;
    options.banner = [&](auto const&, auto const&) {  // before a key is offered, after the files were read
        if (!renewed) host.renew(key);
        renewed = true;
    };
    auto const result = run_on({host.with(key)}, "true", options, patient()).hosts.front();
    CAPTURE(result.error);
    CHECK(renewed);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.attempts == 1);
}

TEST_CASE("lines for authorities as Teleport and Vault write them") {
    certified_host const teleport({"-n", "0b2a.cluster.example,node1.cluster.example,node1,localhost,127.0.0.1,::1"},
                                  kinds(0), kinds(3));
    auto endpoint = teleport.target;
    teleport.know("@cert-authority proxy.example.com,cluster.example,*.cluster.example " +
                  key_words(teleport.ca.public_file()) + " clustername=cluster.example type=host");
    endpoint.settings.change().host_key_alias = "node1.cluster.example";
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    endpoint.settings.change().host_key_alias = "node2.cluster.example";
    check_refused(run_on(endpoint, "echo never"), "it is for other names");
    endpoint.settings.change().host_key_alias = "proxy.example.com";
    check_refused(run_on(endpoint, "echo never"), "it is for other names");
    endpoint.settings.change().host_key_alias = "node1";
    check_refused(run_on(endpoint, "echo never"), "unknown host key");
    teleport.know("@cert-authority * " + key_words(teleport.ca.public_file()) + " type=host");
    endpoint.settings.change().host_key_alias = "127.0.0.1";
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");

    certified_host const vault({"-n", "web1.prod.example.com", "-V", "-1m:+30m"}, kinds(0), kinds(3));
    endpoint = vault.target;
    endpoint.settings.change().host_key_alias = "web1.prod.example.com";
    vault.know("@cert-authority *.example.com " + key_words(vault.ca.public_file()));
    CHECK(ending(run_on(endpoint, "true")) == "ok ended command 0");
    vault.know("@cert-authority *.example.com,!*.prod.example.com " + key_words(vault.ca.public_file()));
    check_refused(run_on(endpoint, "echo never"), "unknown host key");
}
