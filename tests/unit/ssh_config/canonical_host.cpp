// SPDX-License-Identifier: MIT
// The name under which a host is reached: addresses in one spelling, CanonicalizeHostname and its companions.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "machine.hpp"

using namespace muster::ssh_config;
using strings = std::vector<std::string>;

namespace {

/// Names with an address, each with what it is an alias of.
struct name_server {
    std::map<std::string, std::string> names;
    std::vector<strings> calls;

    local_machine machine() {
        return {{},
                [this](std::vector<name_query> const& queries) {
                    std::vector<name_answer> out;
                    calls.emplace_back();
                    for (auto const& [name, family] : queries) {
                        calls.back().push_back(name);
                        auto const found = names.find(name);
                        out.push_back({found != names.end(), found == names.end() ? "" : found->second});
                    }
                    return out;
                },
                {}};
    }
};

std::string address(std::string const& config, std::string_view host, name_server server = {}) {
    auto here = with_config(config);
    here.asked = server.machine();
    auto const endpoint = here.one(host);
    return endpoint.error.empty() ? endpoint.address : *endpoint.error;
}

}  // namespace

TEST_CASE("A name that nobody was asked for stays as it is, and is no fault") {
    auto here = with_config(
        "CanonicalizeHostname yes\nCanonicalDomains a.example\nCanonicalizePermittedCNAMEs *:*\n"
        "Match host web2\n  CanonicalizeFallbackLocal no\n");
    here.asked.resolve = [](auto const& names) { return std::vector<name_answer>(names.size(), {false, {}, false}); };
    for (auto const* const name : {"web1", "web2"}) {
        auto const endpoint = here.one(name);
        CHECK(endpoint.error.empty());
        CHECK(endpoint.address == name);
    }
}

TEST_CASE("an address has one spelling") {
    CHECK(address("HostName 0:0:0:0:0:0:0:1\n", "x") == "::1");
    CHECK(address("HostName 2001:db8:0::7\n", "x") == "2001:db8::7");
    CHECK(address("HostName 127.1\n", "x") == "127.0.0.1");
    CHECK(address("HostName 0x7f.1\n", "x") == "127.0.0.1");
    CHECK(address("HostName 2130706433\n", "x") == "127.0.0.1");
    CHECK(address("HostName 010.0.0.1\n", "x") == "8.0.0.1");
    CHECK(address("AddressFamily inet6\nHostName 010.0.0.1\n", "x") == "010.0.0.1");
    CHECK(address("HostName 2001:DB8::1\n", "x") == "2001:DB8::1");  // differs in case alone
    CHECK(address("HostName FE80::1%%nolo\n", "x") == "FE80::1%nolo");
    CHECK(address("", "127.1") == "127.0.0.1");
    auto here = with_config("HostName 010.0.0.1\n");
    here.settings.family = muster::address_family::ipv6;
    CHECK(here.one("x").address == "010.0.0.1");
}

TEST_CASE("CanonicalizeHostname tries each domain, and the blocks are read again under the name that was found") {
    name_server server{{{"web1.b.example.", "web1.b.example"}, {"web1.c.example.", ""}}, {}};
    std::string const config =
        "CanonicalizeHostname yes\nCanonicalDomains a.example B.example. c.example\n"
        "Host *.b.example !x\n  User b\nMatch canonical host web1.b.example\n  Port 2\nMatch !canonical host web1\n  "
        "HostKeyAlias first\n";
    auto here = with_config(config);
    here.asked = server.machine();
    auto const endpoint = here.one("WEB1");
    CHECK(endpoint.address == "web1.b.example");
    CHECK(endpoint.user == "b");
    CHECK(endpoint.port == 2);
    CHECK(endpoint.settings->host_key_alias == "first");
    CHECK(server.calls == std::vector<strings>{{"web1.a.example."}, {"web1.b.example."}});
}

TEST_CASE("names of many hosts are looked up together, each once") {
    name_server server{{{"a.d.", ""}, {"b.d.", ""}}, {}};
    auto here = with_config("CanonicalizeHostname yes\nCanonicalDomains d\n");
    here.asked = server.machine();
    CHECK(here.endpoints("a,b,u@b").at(2).address == "b.d");
    CHECK(server.calls == std::vector<strings>{{"a.d.", "b.d."}});
}

TEST_CASE("where CanonicalizeHostname does nothing, nothing is asked") {
    std::string const config = "CanonicalizeHostname yes\nCanonicalDomains d\nHost proxied\n  ProxyJump gate\n";
    name_server server{{{"proxied.d.", ""}}, {}};
    auto here = with_config(config);
    here.asked = server.machine();
    CHECK(here.one("a.b.c").address == "a.b.c");  // more dots than CanonicalizeMaxDots
    CHECK(here.one("10.0.0.1").address == "10.0.0.1");
    here.settings.options = {"CanonicalizeHostname=no"};
    CHECK(here.one("a").address == "a");
    CHECK(server.calls.empty());
    here.settings.options = {};
    CHECK(here.one("proxied").address == "proxied");
    CHECK(server.calls == std::vector<strings>{{"gate.d."}});  // the jump host's own
    here.settings.options = {"CanonicalizeHostname=always"};
    CHECK(here.one("proxied").address == "proxied.d");
}

TEST_CASE("CanonicalizeMaxDots and names with a dot at their end") {
    name_server const server{{{"a.b.d.", ""}, {"full.", ""}, {"a.b.c.d.", ""}}, {}};
    std::string const config = "CanonicalizeHostname yes\nCanonicalDomains d\n";
    CHECK(address(config, "a.b", server) == "a.b.d");
    CHECK(address(config + "CanonicalizeMaxDots 0\n", "a.b", server) == "a.b");
    CHECK(address(config + "CanonicalizeMaxDots 2\n", "a.b.c", server) == "a.b.c.d");
    CHECK(address(config, "full.", server) == "full");
    CHECK(address(config, "other.", server) == "other.");
}

TEST_CASE("CanonicalizeFallbackLocal no makes a name without an address a fault") {
    std::string const config = "CanonicalizeHostname yes\nCanonicalDomains d e\n";
    CHECK(address(config, "a") == "a");
    CHECK(address(config + "CanonicalizeFallbackLocal no\n", "a") ==
          "/home/me/.ssh/config:3: CanonicalizeHostname: no address for a in any of CanonicalDomains, and "
          "CanonicalizeFallbackLocal is no");
}

TEST_CASE("CanonicalizePermittedCNAMEs allows aliases to be followed") {
    name_server const server{{{"www.d.", "real.e"}, {"bare", "real.e"}, {"odd.d.", "-bad-"}}, {}};
    std::string const config = "CanonicalizeHostname yes\nCanonicalDomains d\nCanonicalizePermittedCNAMEs ";
    CHECK(address(config + "*.d:*.e,x\n", "www", server) == "real.e");
    CHECK(address(config + "other.d:* WWW.d:REAL.*\n", "www", server) == "real.e");
    CHECK(address(config + "*\n", "www", server) == "real.e");
    CHECK(address(config + "*.d:*.f\n", "www", server) == "www.d");
    CHECK(address(config + "none\n", "www", server) == "www.d");
    CHECK(address(config + "*\n", "odd", server) == "odd.d");
    CHECK(address(config + "*\n", "bare", server) == "real.e");
    CHECK(address(config + "*\n", "nowhere", server).ends_with("CanonicalizePermittedCNAMEs: no address for nowhere"));
    CHECK(address("CanonicalizePermittedCNAMEs *:*\n", "bare", server) == "bare");
}

TEST_CASE("a program that looks up no names leaves them as they are, and says so where that would matter") {
    auto const endpoint = with_config("CanonicalizeHostname yes\nCanonicalDomains d\n").one("a");
    CHECK(endpoint.address == "a");
    CHECK(endpoint.error ==
          "/home/me/.ssh/config:1: CanonicalizeHostname: this program looks up no names for a configuration");
    CHECK(with_config("CanonicalizeHostname yes\nCanonicalDomains d\n").one("a.b.c").error.empty());
}
