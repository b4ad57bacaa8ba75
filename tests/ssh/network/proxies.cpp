// SPDX-License-Identifier: MIT
// Hosts behind a ProxyCommand: real servers, programs that behave well and badly, descriptors that are passed.
#include <signal.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <cstdlib>
#include <variant>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

std::string const program_of_proxies =
    "/usr/bin/python3 " + std::string(source_dir) + "/tests/ssh/support/proxy_program.py ";

/// Processes of the proxies of this test, which carry `mark` in their command lines.
bool some_run(std::string const& mark) {
    child look({"pgrep", "-f", mark});
    return look.wait().code == 0;
}

endpoint through(endpoint endpoint, std::string const& what, bool passes = false) {
    endpoint.settings.change().proxy_command =
        program_of_proxies + what + " " + endpoint.address + " " + std::to_string(endpoint.port);
    endpoint.settings.change().proxy_use_fdpass = passes;
    return endpoint;
}

/// The same, with a mark of the test's own by which its processes are found.
endpoint marked(endpoint endpoint, std::string const& mark) {
    endpoint.settings.change().proxy_command += " " + mark;
    return endpoint;
}

std::string mark_of(ssh_fleet const& fleet) {
    return "proxies-of-" + std::to_string(fleet.one().port) + "-" + std::to_string(::getpid());
}

options brief(std::chrono::seconds limit = 3s) {
    options options;
    options.connect_timeout = limit;
    return options;
}

}  // namespace

TEST_CASE("a host behind a ProxyCommand runs its command, and the program is gone afterwards") {
    ssh_fleet const fleet;
    auto const mark = mark_of(fleet);
    auto const result =
        run_on(marked(through(fleet.one(), "relay"), mark), "echo $NODE; echo no >&2; exit 3", patient());
    CAPTURE(result.error);
    CHECK(ending(result) == "failed ended command 3");
    CHECK(result.out == "h1\n");
    CHECK(result.err == "no\n");
    CHECK(result.via == "proxy");
    CHECK(result.address.empty());
    CHECK_FALSE(some_run(mark));
}

TEST_CASE("a program that talks on standard error, a little or a megabyte, carries its connection all the same") {
    ssh_fleet const fleet;
    auto const what = GENERATE(as<std::string>(), "chatter", "noise");
    auto const result = run_on(through(fleet.one(), what), "echo $NODE", patient());
    CAPTURE(what, result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "h1\n");
}

TEST_CASE("much output comes through a ProxyCommand byte for byte") {
    ssh_fleet const fleet;
    auto const bytes = random_bytes(3u << 20u);
    write_file(fleet.path("much"), bytes);
    auto options = patient();
    options.keep_output = bytes.size();
    auto const result = run_on(through(fleet.one(), "relay"), "cat " + fleet.path("much"), options);
    CHECK(ending(result) == "ok ended command 0");
    CHECK((result.out == bytes));
}

TEST_CASE("a program that ends before the banner is the error: its last line and how it ended") {
    ssh_fleet const fleet;
    auto const dead = run_on(through(fleet.one(), "dies"), "true", patient());
    CHECK(ending(dead) == "unreachable not_sent connect");
    CHECK(dead.error == "ProxyCommand: \\x1b[31mExpiredToken\\x1b[0m: the token has expired (exit 254)");
    auto const mute = run_on(through(fleet.one(), "says_nothing"), "true", patient());
    CHECK(ending(mute) == "unreachable not_sent connect");
    CHECK(mute.error == "ProxyCommand ended and said nothing (exit 0)");
    auto endpoint = fleet.one();
    endpoint.settings.change().proxy_command = "no-such-program-anywhere %h";
    auto const missing = run_on(endpoint, "true", patient());
    CHECK_THAT(missing.error, ContainsSubstring("no-such-program-anywhere: not found"));
    CHECK_THAT(missing.error, ContainsSubstring("(exit 127)"));
    endpoint.settings.change().proxy_command = "sh -c 'kill -9 $$'";
    CHECK_THAT(run_on(endpoint, "true", patient()).error, ContainsSubstring("(SIGKILL)"));
}

TEST_CASE("a program that ends before the banner is started again as often as --retries says") {
    ssh_fleet const fleet;
    auto endpoint = fleet.one();
    auto const tries = fleet.path("tries");
    endpoint.settings.change().proxy_command = "sh -c 'echo x >> " + tries + "; test $(wc -l < " + tries +
                                               ") -gt 1 || exit 9; exec " +
                                               through(fleet.one(), "relay").settings->proxy_command + "'";
    auto options = patient();
    CHECK(run_on(endpoint, "true", options).state == final_state::unreachable);
    write_file(tries, "");
    options.retries = 2;
    auto const result = run_on(endpoint, "true", options);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.attempts == 2);
}

TEST_CASE("garbage, silence and an end in the middle are told apart") {
    ssh_fleet const fleet;
    auto const garbage = run_on(through(fleet.one(), "garbage"), "true", patient());
    CHECK(ending(garbage) == "unreachable not_sent banner");
    CHECK_THAT(garbage.error, ContainsSubstring("not an SSH server, said: tsh: welcome to the cluster"));
    auto const silence = run_on(through(fleet.one(), "silence"), "true", brief());
    CHECK(ending(silence) == "timed_out not_sent banner");
    CHECK_THAT(silence.error, ContainsSubstring("ProxyCommand: still looking for a way"));
    auto const collapse = run_on(through(fleet.one(), "dies_after_banner"), "true", patient());
    CHECK(ending(collapse) == "unreachable not_sent handshake");
    CHECK_THAT(collapse.error, ContainsSubstring("ProxyCommand: the tunnel has collapsed (exit 7)"));
}

TEST_CASE("a program that ignores TERM, and what it leaves in its group, is killed a second later") {
    ssh_fleet const fleet;
    auto const what = GENERATE(as<std::string>(), "ignores_term", "background");
    auto const mark = mark_of(fleet) + what;
    auto const result = run_on(marked(through(fleet.one(), what), mark), "true", patient());
    CAPTURE(what, result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK_FALSE(some_run(mark));
}

TEST_CASE("a grandchild that holds the socket does not hold the host") {
    ssh_fleet const fleet;
    auto const mark = mark_of(fleet);
    auto const begun = std::chrono::steady_clock::now();
    auto const result = run_on(marked(through(fleet.one(), "grandchild"), mark), "true", brief(60s));
    CHECK(ending(result) == "unreachable not_sent connect");
    CHECK(result.error == "ProxyCommand: my child holds the line (exit 3)");
    CHECK(std::chrono::steady_clock::now() - begun < 30s);
    CHECK_FALSE(some_run(mark));
}

TEST_CASE("a connection is lost with the program that carries it") {
    ssh_fleet const fleet;
    auto const go = fleet.path("go");
    auto const endpoint = marked(through(fleet.one(), "collapses"), go);
    auto const result = run_on(endpoint, "echo begun; exec sleep 1000", patient(), [&](event const& event) {
        if (std::holds_alternative<events::output>(event)) write_file(go, "");
    });
    CHECK(ending(result) == "lost unknown command");
    CHECK_THAT(result.error, ContainsSubstring("ProxyCommand: the far end is gone (exit 9)"));
}

TEST_CASE("with ProxyUseFdpass the host is reached by the socket that is passed") {
    ssh_fleet const fleet;
    auto const what = GENERATE(as<std::string>(), "passes", "passes_unix", "passes_and_stays");
    auto const mark = mark_of(fleet) + what;
    auto const result = run_on(marked(through(fleet.one(), what, true), mark), "echo $NODE", patient());
    CAPTURE(what, result.error);
    CHECK(ending(result) == "ok ended command 0");
    CHECK(result.out == "h1\n");
    CHECK(eventually([&] { return !some_run(mark); }));
}

TEST_CASE("with ProxyUseFdpass anything but one connected socket with one byte is an error") {
    ssh_fleet const fleet;
    struct row {
        std::string what;
        std::string words;
    };
    for (auto const& [what, words] :
         std::initializer_list<row>{{"passes_two", "has to pass one descriptor with one byte, and passed 2 with one"},
                                    {"passes_twice", "more than one descriptor"},
                                    {"passes_many_bytes", "and passed 1 with more"},
                                    {"passes_byte", "and passed 0 with one"},
                                    {"passes_file", "is no socket"},
                                    {"passes_datagrams", "is no stream socket"},
                                    {"passes_unconnected", "is not connected"},
                                    {"dies", "it has passed no connection; ProxyCommand: \\x1b[31mExpiredToken"},
                                    {"relay", "it has to pass one descriptor with one byte, and passed 0"}}) {
        auto const result = run_on(through(fleet.one(), what, true), "true", patient());
        CAPTURE(what, result.error);
        CHECK(ending(result) == "unreachable not_sent connect");
        CHECK_THAT(result.error, StartsWith("ProxyCommand with ProxyUseFdpass: "));
        CHECK_THAT(result.error, ContainsSubstring(words));
    }
    auto const silence = run_on(through(fleet.one(), "silence", true), "true", brief());
    CHECK(ending(silence) == "timed_out not_sent connect");
    CHECK(error_message(silence) == "timed out after 3 s; ProxyCommand: still looking for a way");
}

TEST_CASE("a thousand hosts with a ProxyCommand: as many programs at once as the fan-out says") {
    scratch_folder const folder;
    endpoint target;
    target.address = target.name = "nowhere";
    target.user = "nobody";
    target.settings.change().proxy_command = "sh -c 'mkdir " + folder.path("run") + "/$$; ls " + folder.path("run") +
                                             " | wc -l >> " + folder.path("seen") + "; rmdir " + folder.path("run") +
                                             "/$$; echo no way >&2; exit 5'";
    REQUIRE(std::system(("mkdir " + folder.path("run")).c_str()) == 0);
    std::vector<endpoint> hosts(1000, target);
    for (std::size_t position = 0; position < hosts.size(); ++position)
        hosts[position].label = "h" + std::to_string(position);
    auto options = patient();
    options.fanout = 16;
    auto const results = run_on(hosts, "true", options);
    CHECK(std::ranges::all_of(results.hosts, [](auto const& host) {
        return host.state == final_state::unreachable && host.error == "ProxyCommand: no way (exit 5)";
    }));
    std::size_t most = 0;
    std::size_t count = 0;
    std::istringstream seen(read_file(folder.path("seen")));
    for (std::size_t number = 0; seen >> number; ++count) most = std::max(most, number);
    CHECK(count == 1000);
    CHECK(most <= 16);
}

TEST_CASE("a jump host may have a ProxyCommand, over which all hosts behind it are reached") {
    ssh_fleet const gate({"gate"});
    ssh_fleet const targets({"t1", "t2"});
    auto const jump = std::make_shared<endpoint const>(through(gate.one(), "relay"));
    auto hosts = targets.endpoints(6);
    for (auto& host : hosts) host.settings.change().jump = jump;
    auto const results = run_on(hosts, "echo $NODE", patient());
    for (auto const& host : results.hosts) {
        CAPTURE(host.error);
        CHECK(ending(host) == "ok ended command 0");
    }
}

TEST_CASE("Ctrl-C with fifty commands behind ProxyCommands leaves no command and no program") {
    ssh_fleet const fleet;
    auto const mark = mark_of(fleet);
    auto const endpoint = fleet.one();
    write_file(fleet.path("proxied"), "Host w*\n    HostName " + endpoint.address + "\n    ProxyCommand " +
                                          program_of_proxies + "relay %h %p " + mark + "\n" +
                                          read_file(fleet.path("config")));
    // a session of its own: the signal goes to the whole group, as the terminal's does
    child muster({"setsid", program, "-F", fleet.path("proxied"), "-t", "60s", "-f", "0", "--grace", "5s", "w[1-50]",
                  "exec sleep 1000"});
    REQUIRE(eventually([&] { return fleet.commands().size() >= 50; }));
    ::kill(-muster.pid(), SIGINT);
    auto const end = muster.wait();
    CAPTURE(muster.err());
    CHECK(fleet.commands().empty());
    CHECK(end.signal == SIGINT);
    CHECK_THAT(muster.err(), ContainsSubstring("50 stopped"));
    CHECK_THAT(muster.err(), !ContainsSubstring("may still run"));
    CHECK_FALSE(some_run(mark));
}

namespace {

/// A folder of stand-ins for the programs of vendors, which reach the fleet's host whatever name they get.
class vendors {
  public:
    vendors() {
        write("aws", "Starting session with SessionId: me-0a1b", "TargetNotConnected: i-0dead is not connected", 254);
        write("gcloud", "WARNING: consider to install NumPy", "ERROR: Error while connecting [4003: failed]", 1);
        write("cloudflared", "INF request to access", "ERR failed to connect to origin", 1);
        write("tsh", "", "ERROR: access denied to me connecting to dead", 1);
        write("gh", "", "codespace dead: HTTP 404", 1);
    }

    std::string run(std::string const& shape, std::string const& host) const {
        auto const endpoint = fleet_.one();
        write_file(folder_.path("config"), shape + "Host *\n    Port " + std::to_string(endpoint.port) + "\n    User " +
                                               endpoint.user + "\n    IdentityFile " +
                                               endpoint.settings->identities.front().path +
                                               "\n    StrictHostKeyChecking accept-new\n    UserKnownHostsFile " +
                                               folder_.path("known") + "\n");
        child muster({"env", "PATH=" + folder_.path() + ":/usr/bin:/bin", program, "-F", folder_.path("config"), "-t",
                      "60s", "-v", host, "echo $NODE"});
        muster.wait();
        return muster.out() + muster.err();
    }
    std::string path(std::string const& name) const { return folder_.path(name); }

  private:
    void write(std::string const& name, std::string const& greeting, std::string const& error, int status) const {
        auto const endpoint = fleet_.one();
        write_file(folder_.path(name), "#!/bin/sh\ncase \"$*\" in *dead*) echo '" + error + "' >&2; exit " +
                                           std::to_string(status) + ";; esac\ntest -z '" + greeting + "' || echo '" +
                                           greeting + "' >&2\n" + "echo \"ran: $(basename $0) $*\" >&2\n" + "exec " +
                                           program_of_proxies + "relay " + endpoint.address + " " +
                                           std::to_string(endpoint.port) + "\n");
        child({"chmod", "+x", folder_.path(name)}).wait();
    }

    scratch_folder folder_;
    ssh_fleet fleet_;
};

}  // namespace

TEST_CASE("configurations as the vendors' tools write them reach their hosts, and their errors are the host's") {
    vendors const all;
    struct row {
        std::string shape;
        std::string host;
        std::string ran;
        std::string dead;
        std::string error;
    };
    for (auto const& [shape, host, ran, dead, error] : std::initializer_list<row>{
             {"host i-* mi-*\n    ProxyCommand sh -c \"aws ssm start-session --target %h --document-name Start-SSH "
              "--parameters 'portNumber=%p'\"\n",
              "i-0a1", "aws ssm start-session --target i-0a1 --document-name Start-SSH --parameters portNumber=",
              "i-0dead", "connect: ProxyCommand: TargetNotConnected: i-0dead is not connected (exit 254)"},
             {"Host app-vm\n    HostName compute.123\n    HostKeyAlias=compute.123\n    CheckHostIP=no\n    "
              "ProxyUseFdpass=no\n    ProxyCommand gcloud compute start-iap-tunnel %h %p --listen-on-stdin "
              "--zone=z\nHost app-dead\n    ProxyCommand gcloud compute start-iap-tunnel %h %p --listen-on-stdin\n",
              "app-vm", "gcloud compute start-iap-tunnel compute.123 ", "app-dead",
              "connect: ProxyCommand: ERROR: Error while connecting [4003: failed] (exit 1)"},
             {"Host home.example.org dead.example.org\n  ProxyCommand " + all.path("cloudflared") +
                  " access ssh --hostname %h\n",
              "home.example.org", "cloudflared access ssh --hostname home.example.org", "dead.example.org",
              "connect: ProxyCommand: ERR failed to connect to origin (exit 1)"},
             {"Host *.tp.example.org !tp.example.org\n    ProxyCommand \"" + all.path("tsh") +
                  "\" proxy ssh --cluster=tp.example.org --proxy=tp.example.org:443 %r@%h:%p\n",
              "web1.tp.example.org", "@web1.tp.example.org:", "dead.tp.example.org",
              "connect: ProxyCommand: ERROR: access denied to me connecting to dead (exit 1)"},
             {"Host cs.fluffy-main\n\tProxyCommand " + all.path("gh") +
                  " cs ssh -c fluffy --stdio -- -i /tmp/k.auto\n\tControlMaster auto\nHost cs.dead\n\tProxyCommand " +
                  all.path("gh") + " cs ssh -c dead --stdio\n",
              "cs.fluffy-main", "gh cs ssh -c fluffy --stdio -- -i /tmp/k.auto", "cs.dead",
              "connect: ProxyCommand: codespace dead: HTTP 404 (exit 1)"}}) {
        CHECK_THAT(all.run(shape, host), ContainsSubstring(host + ": h1\n") && ContainsSubstring(ran) &&
                                             ContainsSubstring("ProxyCommand: ran"));
        CHECK_THAT(all.run(shape, dead), ContainsSubstring(dead + ": " + error));
    }
}
