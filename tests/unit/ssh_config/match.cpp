// SPDX-License-Identifier: MIT
// Match: when commands run, what the other conditions see, and how a line is split.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "machine.hpp"
#include "ssh_config/config_line.hpp"
#include "ssh_config/match_line.hpp"
#include "ssh_config/network_list.hpp"

using namespace muster::ssh_config;
using strings = std::vector<std::string>;

namespace {

/// Runs nothing: a command succeeds if its text ends in "yes". Keeps what was asked, one entry a call.
struct asked_commands {
    std::vector<strings> calls;

    local_machine machine() {
        return {[this](strings const& commands) {
                    calls.push_back(commands);
                    std::vector<exec_result> out;
                    for (auto const& command : commands) out.push_back({command.ends_with("yes") ? 0 : 1, {}});
                    return out;
                },
                {},
                {}};
    }
};

std::string match_error(std::string const& line) {
    return with_config("Match " + line + "\n").error();
}

}  // namespace

TEST_CASE("Match exec decides, and each distinct command runs once, those of all hosts in one call") {
    asked_commands asked;
    auto here = with_config("Match exec \"at %h yes\"\n  Port 1\nMatch exec \"fixed no\"\n  User b\n");
    here.asked = asked.machine();
    auto const all = here.endpoints("x,y,x");
    CHECK(all[0].port == 1);
    CHECK(all[1].port == 1);
    CHECK(all[0].user == "me");
    CHECK(asked.calls == std::vector<strings>{{"at x yes", "at y yes"}, {"fixed no"}});
}

TEST_CASE("Match exec asks nothing where its block has no effect or another condition does not hold") {
    asked_commands asked;
    auto here = with_config(
        "Host *\n  User a\n"
        "Match host * exec \"touch agent yes\"\n"
        "Match exec \"set user yes\"\n  User b\n  LocalForward 8080 localhost:80\n"
        "Match exec \"other host yes\" host other\n  Port 3\n"
        "Match !exec \"somebody else yes\" user root\n  Port 4\n");
    here.asked = asked.machine();
    auto const endpoint = here.one("x");
    CHECK(endpoint.error.empty());
    CHECK(endpoint.user == "a");
    CHECK(endpoint.port == 22);
    CHECK(asked.calls.empty());
    CHECK(here.one("other").port == 3);
    CHECK(asked.calls == std::vector<strings>{{"other host yes"}});
}

TEST_CASE("a block that only includes others has the effect of those") {
    asked_commands asked;
    auto here = with_config(
        "Match exec yes\n  Include more\nMatch exec no\n  Include more\nMatch exec \"2 yes\"\nInclude empty\n");
    here.files["/home/me/.ssh/more"] = "Host x\n  Port 7\n";
    here.files["/home/me/.ssh/empty"] = "";
    here.asked = asked.machine();
    CHECK(here.one("x").port == 7);
    CHECK(asked.calls == std::vector<strings>{{"yes"}, {"no"}});
}

TEST_CASE("a command sees what is known before its line") {
    asked_commands asked;
    auto here = with_config(
        "HostName real-%h\nProxyJump one,two@gate:2200\nHostKeyAlias Alias\n"
        "Match exec \"%h %n %k %p %r %u %d %i %l %L %j %% ${KEYS} yes\"\n  User found\n");
    here.asked = asked.machine();
    CHECK(here.one("x:7").user == "found");
    CHECK(asked.calls.at(0) ==
          strings{"real-x x Alias 7 me me /home/me 1000 desk.example.com desk gate % ${KEYS} yes"});
}

TEST_CASE("conditions of one line run in order, and the first that fails is the last that is asked") {
    asked_commands asked;
    auto here = with_config("Match exec no !exec yes\n  Port 1\nMatch !exec no exec yes\n  Port 2\n");
    here.asked = asked.machine();
    CHECK(here.one("x").port == 2);
    CHECK(asked.calls == std::vector<strings>{{"no"}, {"yes"}});
}

TEST_CASE("a command without an exit status is a fault of the hosts it would decide about") {
    auto here = with_config("Match host x exec slow\n  Port 1\n");
    here.asked.run = [](strings const& commands) {
        return std::vector<exec_result>(commands.size(), {0, "did not end within 10 s"});
    };
    CHECK(here.one("x").error == "/home/me/.ssh/config:1: exec: \"slow\": did not end within 10 s");
    CHECK(here.one("y").error.empty());
    CHECK(with_config("Match exec \"a %Z\"\nPort 1\n").one("x").error ==
          "/home/me/.ssh/config:1: exec: unknown token %Z");
    CHECK(with_config("Match exec \"a\"\nPort 1\n").one("x").error ==
          "/home/me/.ssh/config:1: exec: \"a\": this program runs no commands for a configuration");
}

TEST_CASE("a command is given no user, name or alias with which a shell would do something") {
    for (auto const* const config :
         {"User \"$(id)\"\nMatch exec \"%r yes\"\n  Port 1\n", "HostName a;id\nMatch exec \"%h yes\"\n  Port 1\n",
          "HostKeyAlias `id`\nMatch exec \"%k yes\"\n  Port 1\n"}) {
        asked_commands asked;
        auto here = with_config(config);
        here.asked = asked.machine();
        auto const error = here.one("x").error;
        CHECK(asked.calls.empty());
        CHECK(error->starts_with("/home/me/.ssh/config:2: exec: %"));
    }
    asked_commands asked;
    auto here = with_config("User \"$(id)\"\nMatch exec \"%%r %n yes\"\n  Port 1\n");
    here.asked = asked.machine();
    CHECK(here.one("x").port == 1);
}

TEST_CASE("jump hosts ask for themselves, and the same command not again") {
    asked_commands asked;
    auto here = with_config(
        "Match exec yes\n  Port 5\nMatch originalhost gate exec \"gate yes\"\n  User g\nHost web*\n  ProxyJump gate\n");
    here.asked = asked.machine();
    auto const all = here.endpoints("web1,web2");
    REQUIRE(all[0].settings->jump);
    CHECK(all[0].settings->jump->port == 5);
    CHECK(all[0].settings->jump->user == "g");
    CHECK(asked.calls == std::vector<strings>{{"yes"}, {"gate yes"}});
}

TEST_CASE("Match tagged sees the first Tag") {
    auto here = with_config(
        "Host x\n  Tag work\n  Tag home\nHost x\n  Tag late\n"
        "Match tagged home,late\n  Port 1\nMatch tagged w*\n  Port 2\nMatch tagged \"\"\n  Port 3\n");
    CHECK(here.one("x").port == 2);
    CHECK(here.one("y").port == 3);
    here.settings.options = {"Tag=late"};
    CHECK(here.one("y").port == 1);
}

TEST_CASE("Match command and sessiontype see what the hosts shall run, and nothing of it on jump hosts") {
    auto here = with_config(
        "Match command \"uptime*\"\n  Port 1\nMatch command \"\"\n  Port 2\n"
        "Match sessiontype exec\n  HostKeyAlias exec\nMatch sessiontype none\n  HostKeyAlias none\n"
        "Match sessiontype shell\n  HostKeyAlias shell\nHost web*\n  ProxyJump gate\n");
    CHECK(here.one("x").port == 2);
    CHECK(here.one("x").settings->host_key_alias == "shell");
    here.settings.command = "uptime -p";
    auto const endpoint = here.one("web1");
    CHECK(endpoint.port == 1);
    CHECK(endpoint.settings->host_key_alias == "exec");
    REQUIRE(endpoint.settings->jump);
    CHECK(endpoint.settings->jump->port == 2);
    CHECK(endpoint.settings->jump->settings->host_key_alias == "none");
}

TEST_CASE("Match version is that of OpenSSH 10.0, whose rules hold") {
    CHECK(with_config("Match version OpenSSH_10.*\n  Port 1\n").one("x").port == 1);
    CHECK(with_config("Match version OpenSSH_9.*\n  Port 1\n").one("x").port == 22);
}

TEST_CASE("Match localnetwork compares the addresses of this machine") {
    auto here = with_config("Match localnetwork 192.0.2.0/24,2001:db8::/32\n  Port 1\n");
    here.asked.addresses = [] { return strings{"127.0.0.1", "192.0.2.7"}; };
    CHECK(here.one("x").port == 1);
    here.asked.addresses = [] { return strings{"127.0.0.1", "192.0.3.7", "fe80::1%eth0"}; };
    CHECK(here.one("x").port == 22);
    here.asked.addresses = {};
    CHECK(here.one("x").port == 22);
}

TEST_CASE("networks in CIDR form") {
    CHECK(is_in_networks("fe80::1%eth0", "192.0.2.0/24,fe80::/10"));
    CHECK(is_in_networks("10.1.2.3", "0.0.0.0/0"));
    CHECK(is_in_networks("10.1.2.3", "10.1.2.3"));
    CHECK_FALSE(is_in_networks("10.1.2.3", "10.1.2.2,::/0"));
    CHECK_FALSE(is_in_networks("no address", "::/0,0.0.0.0/0"));
    for (std::string const list : {"", "10.0.0.0/33", "10.0.0.1/8", "2001:db8::/129", "10/8", "name", "10.0.0.0/8,",
                                   "!10.0.0.0/8", "10.0.0.0/", "10.0.0.0/8x"}) {
        INFO(list);
        CHECK(networks_fault(list));
    }
}

TEST_CASE("a Match line is split as OpenSSH 9.9 does it, and as 9.2 where that makes no sense") {
    auto const argument = [](std::string const& line) { return parse_match(line).back().argument; };
    CHECK(argument("exec 'test x = x'") == "test x = x");
    CHECK(argument(R"(exec "test \"$X\" = 1")") == R"(test "$X" = 1)");
    CHECK(argument(R"(exec a\ b)") == "a b");
    CHECK(argument("exec=\"test a = b\"") == "test a = b");
    CHECK(argument("HOST=WEB1,\"db 1\"") == "web1,db 1");
    CHECK(argument("user = root") == "root");       // OpenSSH 9.2 alone
    CHECK(argument("host a exec it's") == "it's");  // likewise: one quote is a letter there
    CHECK(parse_match("!host a # b").size() == 1);
    CHECK(parse_match("final all").size() == 2);
}

TEST_CASE("what is wrong with a Match line") {
    CHECK(match_error("weather rain").ends_with(":1: match: unknown condition \"weather\""));
    CHECK(match_error("host a user").ends_with(":1: match: user needs a value"));
    CHECK(match_error("host \"\"").ends_with(":1: match: host needs a value"));
    CHECK(match_error("localnetwork 10.0.0.1/8").ends_with("\"10.0.0.1/8\" is no network such as 192.0.2.0/24"));
    CHECK(match_error("host a user b all").ends_with("\"all\" can't be combined with other conditions"));
    CHECK(match_error("# all").ends_with(":1: match: a condition is missing"));
}
