// SPDX-License-Identifier: MIT
// The transport by the system's ssh, with real servers.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "ssh/support/tcp_server.hpp"
#include "support/paths.hpp"

using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::string> by_ssh(ssh_fleet const& fleet, std::vector<std::string> const& words) {
    std::vector<std::string> all{program, "--transport", "ssh", "-F", fleet.path("config"), "-t", "60s"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

std::string without_lines_of(std::string const& text, std::string const& word) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);)
        if (line.find(word) == std::string::npos) out += line + "\n";
    return out;
}

std::size_t times(std::string const& text, std::string const& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
    return count;
}

/// An askpass program that notes its questions, and then does this.
struct asking_program {
    asking_program(ssh_fleet const& fleet, std::string const& does) : path(fleet.path("asks-" + does.substr(5, 3))) {
        write_file(path + ".asked", "");
        write_file(path, "#!/bin/sh\necho \"$1\" >>" + path + ".asked\n" + does + "\n");
        output_of({"chmod", "755", path});
    }
    std::string questions() const { return read_file(path + ".asked"); }

    std::string path;
};

}  // namespace

TEST_CASE("the system's ssh runs the command: status, both streams, standard input") {
    ssh_fleet const fleet({"h1", "h2"});
    child failed(by_ssh(fleet, {"h1,h2", "echo $NODE; echo no >&2; exit 3"}));
    CHECK(failed.wait().code == 1);
    CHECK_THAT(failed.out(), ContainsSubstring("h1: h1\n") && ContainsSubstring("h2: h2\n"));
    CHECK_THAT(failed.err(), ContainsSubstring("h1: no\n") && ContainsSubstring("exit status 3"));
    write_file(fleet.path("input"), "to all of you\n");
    child reads(by_ssh(fleet, {"--input", fleet.path("input"), "h1", "cat; test -t 0 || echo -- no terminal"}));
    CHECK(reads.wait().code == 0);
    CHECK_THAT(reads.out(), ContainsSubstring("h1: to all of you\nh1: -- no terminal\n"));
}

TEST_CASE("the system's ssh stays until the command has ended, and runs it, whatever the user's configuration says") {
    ssh_fleet const fleet;
    write_file(fleet.path("own"),
               "ForkAfterAuthentication yes\nSessionType none\nStdinNull yes\n" + read_file(fleet.path("config")));
    write_file(fleet.path("input"), "to you\n");
    for (std::vector<std::string> const& words :
         {std::vector<std::string>{"-F", fleet.path("own")}, {"-o", "ForkAfterAuthentication=yes"}}) {
        auto all = words;
        all.insert(all.end(), {"--input", fleet.path("input"), "h1", "cat; exit 4"});
        child muster(by_ssh(fleet, all));
        CHECK(muster.wait().code == 1);
        CHECK(muster.out() == "h1: to you\n");
        CHECK_THAT(muster.err(), ContainsSubstring("exit status 4"));
    }
}

TEST_CASE("255 of the system's ssh is no status once the command was sent: there is no second try") {
    ssh_fleet const fleet;
    child own(by_ssh(fleet, {"--json", "--retries", "3", "h1", "echo its last line >&2; exit 255"}));
    CHECK(own.wait().code == 1);
    CHECK_THAT(own.out(), ContainsSubstring("\"state\":\"no_status\",\"command\":\"unknown\"") &&
                              ContainsSubstring("\"attempts\":1") && ContainsSubstring("ssh: its last line (255)"));
    std::string const shared = "ControlPath=" + fleet.path("shared");
    child unsaid(by_ssh(fleet, {"--json", "-o", shared, "-p", "1", "h1", "true"}));
    CHECK(unsaid.wait().code == 1);
    CHECK_THAT(unsaid.out(), ContainsSubstring("\"state\":\"no_status\",\"command\":\"unknown\""));
}

TEST_CASE(
    "a host that the system's ssh can't reach or log in to ends as with muster's own SSH, and is not tried again") {
    ssh_fleet const fleet;
    ssh_fleet const without_sessions({"h1"}, "MaxSessions 0\n");
    auto const path = GENERATE(std::string(), std::string(newer_ssh));
    std::vector<std::string> environment;
    if (!path.empty()) environment.push_back("PATH=" + path.substr(0, path.rfind('/')) + ":" + std::getenv("PATH"));
    auto const ends = [&](ssh_fleet const& at, std::vector<std::string> words, std::string const& ending) {
        words.insert(words.end(), {"--json", "--retries", "3", "h1", "true"});
        child muster(by_ssh(at, words), environment);
        CHECK(muster.wait().code == 3);
        CHECK_THAT(muster.out(), ContainsSubstring(ending) && ContainsSubstring("\"attempts\":1") &&
                                     ContainsSubstring("\"command\":\"not_sent\""));
    };
    ends(fleet, {"-p", "1"}, "\"stage\":\"connect\",\"error\":\"ssh: connect to host");
    ends(fleet, {"-o", "UserKnownHostsFile=/dev/null"},
         "\"stage\":\"host_key\",\"error\":\"ssh: Host key verification");
    ends(fleet, {"-l", "nobody"}, "\"state\":\"auth\"");
    ends(fleet, {"-o", "Ciphers=3des-cbc"}, "\"stage\":\"handshake\",\"error\":\"ssh: Unable to negotiate");
    ends(fleet, {"-o", "LogLevel=QUIET", "-p", "1"}, "\"error\":\"ssh: ended with 255 and said nothing");
    ends(without_sessions, {}, "\"state\":\"refused\"");
}

TEST_CASE("a server that says hello and then nothing holds the system's ssh no longer than -t") {
    ssh_fleet const fleet;
    tcp_server const silent([](peer const& ssh) {
        ssh.send("SSH-2.0-silent\r\n");
        ssh.receive_all();
    });
    auto const begun = std::chrono::steady_clock::now();
    child muster(by_ssh(
        fleet, {"--json", "-t", "1s", "-p", std::to_string(silent.port()), "-o", "HostName=127.0.0.1", "h1", "true"}));
    CHECK(muster.wait().code == 3);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
    CHECK_THAT(muster.out(), ContainsSubstring("\"state\":\"timed_out\",\"command\":\"not_sent\"") &&
                                 ContainsSubstring("ssh has not logged in within 1 s"));
    child longer(by_ssh(fleet, {"-t", "1s", "h1", "sleep 3; echo end"}));
    CHECK(longer.wait().code == 0);
}

TEST_CASE("no more of the system's ssh are on their way at once than --connect-limit says") {
    ssh_fleet const fleet;
    auto const log = fleet.path("ways");
    write_file(log, "");
    auto const way = "ProxyCommand=sh -c 'echo + >>" + log + "; sleep 0.3; echo - >>" + log + "'";
    child muster(by_ssh(fleet, {"--connect-limit", "2", "-f", "8", "-o", way, "-w", "n[1-8]", "true"}));
    CHECK(muster.wait().code == 3);
    int now = 0, most = 0;
    for (char const each : read_file(log)) {
        if (each == '+') most = std::max(most, ++now);
        if (each == '-') --now;
    }
    CHECK(times(read_file(log), "+") == 8);
    CHECK(most == 2);
    child runs(by_ssh(
        fleet, {"--connect-limit", "1", "-o", "HostName=" + fleet.one().address, "-w", "n[1-3]", "sleep 2; echo end"}));
    CHECK(runs.wait().code == 0);
    CHECK(times(runs.out(), "end") == 3);
}

TEST_CASE("a stop before the system's ssh has sent the command: it was not started") {
    ssh_fleet const fleet;
    std::atomic<bool> reached = false;
    tcp_server const silent([&](peer const& ssh) {
        reached = ssh.receive().starts_with("SSH-2.0-OpenSSH");  // and no test's that takes this port for another's
        ssh.receive_all();
    });
    std::vector<std::string> words{"--json", "-p", std::to_string(silent.port()), "-o", "HostName=127.0.0.1"};
    if (GENERATE(false, true)) words.emplace_back("--lease");
    words.insert(words.end(), {"h1", "true"});
    child muster(by_ssh(fleet, words));
    REQUIRE(eventually([&] { return reached.load(); }));
    muster.send(SIGINT);
    CHECK(muster.wait().signal == SIGINT);
    CHECK_THAT(muster.out(), ContainsSubstring("\"state\":\"not_started\",\"command\":\"not_sent\""));
}

TEST_CASE("what muster would refuse is left to the system's ssh") {
    ssh_fleet const fleet;
    write_file(fleet.path("own"), "BindInterface lo\n" + read_file(fleet.path("config")));
    std::vector<std::string> words{program, "-F", fleet.path("own"), "h1", "echo $NODE"};
    child refused(words);
    CHECK(refused.wait().code == 3);
    words.insert(words.begin() + 1, {"--transport", "ssh"});
    child taken(words);
    CHECK(taken.wait().code == 0);
    CHECK(taken.out() == "h1: h1\n");
}

TEST_CASE("one askpass program answers for every ssh: the hosts' password once, each key's passphrase once") {
    ssh_fleet const fleet({"h1", "h2", "h3"}, "PasswordAuthentication yes\n");
    auto const script = fleet.path("askpass");
    auto const asked = fleet.path("asked");
    auto const locked = fleet.path("locked");
    output_of({"cp", fleet.path("key"), locked});
    output_of({"chmod", "600", locked});
    output_of({"ssh-keygen", "-q", "-p", "-P", "", "-N", "open it", "-f", locked});
    write_file(script, "#!/bin/sh\necho \"$1\" >>" + asked + "\ncase $1 in *assphrase*) echo open it;; *) echo " +
                           std::string(fleet_password) + ";; esac\n");
    output_of({"chmod", "755", script});
    auto const check = [&](std::vector<std::string> words, int code, std::string const& questions) {
        write_file(asked, "");
        words.insert(words.end(), {"--askpass", script, "h[1-3]", "echo $NODE"});
        child muster(by_ssh(fleet, words), {"SSH_AUTH_SOCK="});
        auto const end = muster.wait();
        CAPTURE(muster.err());
        CHECK(end.code == code);
        CHECK(read_file(asked) == questions);
        return muster.err();
    };
    std::string const password = "Password for 3 hosts (h[1-3]): \n";
    check({"-o", "PubkeyAuthentication=no"}, 0, password);
    check({"-o", "PubkeyAuthentication=no", "--password"}, 0, password);
    write_file(fleet.path("keyless"), without_lines_of(read_file(fleet.path("config")), "IdentityFile"));
    check({"-F", fleet.path("keyless"), "-i", locked, "-o", "PasswordAuthentication=no"}, 0,
          "Enter passphrase for key '" + locked + "': \n");
    auto const unknown = check({"-o", "StrictHostKeyChecking=ask", "-o", "UserKnownHostsFile=/dev/null"}, 3, "");
    CHECK_THAT(unknown, ContainsSubstring("Host key verification failed"));
}

TEST_CASE("a wrong password is tried by one ssh, and the others are ended before they would send it") {
    ssh_fleet const fleet({"h1", "h2", "h3", "h4"}, "PasswordAuthentication yes\n");
    auto const script = fleet.path("askpass");
    auto const run = [&](std::string const& answer, std::vector<std::string> words) {
        write_file(script, "#!/bin/sh\n" + answer + "\n");
        output_of({"chmod", "755", script});
        words.insert(words.end(), {"-o", "PubkeyAuthentication=no", "--askpass", script, "h[1-4]", "echo $NODE"});
        auto muster = std::make_unique<child>(by_ssh(fleet, words), std::vector<std::string>{"SSH_AUTH_SOCK="});
        CHECK(muster->wait().code == 3);
        return muster;
    };
    auto const wrong = run("echo wrong", {"--json"});
    CAPTURE(wrong->out(), wrong->err(), fleet.log());
    CHECK(times(fleet.log(), "Failed password") == 1);
    CHECK(times(wrong->out(), "\"state\":\"auth\",\"command\":\"not_sent\"") == 4);
    CHECK(times(wrong->out(), "permission denied: the password was refused") == 1);
    CHECK(times(wrong->out(), "the password was not sent: h") == 3);
    auto const none = run("exit 1", {});
    CHECK_THAT(none->err(), ContainsSubstring("muster: h[1-4] (4): auth: no password was given"));
    CHECK(times(fleet.log(), "Failed password") == 1);
}

TEST_CASE("a PIN is asked for once, and a wrong one reaches its token once") {
    ssh_fleet const fleet({"h1", "h2", "h3", "h4"});
    output_of({"mkdir", fleet.path("bin")});
    auto const tried = fleet.path("tried");
    write_file(fleet.path("bin/ssh"),
               "#!/bin/sh\npin=$($SSH_ASKPASS \"Enter PIN for 'token': \") || exit 255\n"
               "echo \"$pin\" >>" +
                   tried +
                   "\n[ \"$pin\" = 1234 ] || exit 255\n"
                   "exec /usr/bin/ssh \"$@\"\n");
    output_of({"chmod", "755", fleet.path("bin/ssh")});
    asking_program const right(fleet, "echo 1234"), wrong(fleet, "echo 99999");
    auto const run = [&](asking_program const& asks, int code) {
        write_file(tried, "");
        child muster(by_ssh(fleet, {"--askpass", asks.path, "h[1-4]", "echo $NODE"}),
                     {"PATH=" + fleet.path("bin") + ":" + std::getenv("PATH")});
        auto const end = muster.wait();
        CAPTURE(muster.out(), muster.err());
        CHECK(end.code == code);
        CHECK(asks.questions() == "Enter PIN for 'token': \n");
        return muster.err();
    };
    run(right, 0);
    CHECK(times(read_file(tried), "1234\n") == 4);
    CHECK_THAT(run(wrong, 3), ContainsSubstring("the PIN was not sent: another host's login did not take it"));
    CHECK(read_file(tried) == "99999\n");
}

TEST_CASE("an inventory's address and jump hosts count for the system's ssh, too") {
    ssh_fleet const fleet({"h1", "h2", "h3"});
    std::string const transport = GENERATE("ssh2", "ssh");
    write_file(fleet.path("more"), "Host nowhere\n  HostName 127.0.0.1\n  Port 1\n" + read_file(fleet.path("config")));
    write_file(fleet.path("inventory"),
               "[web]\nalpha ansible_host=h1\nbeta ansible_host=h2 ansible_ssh_common_args='-J h3'\n"
               "gamma ansible_host=h2 ansible_ssh_common_args='-J nowhere'\n");
    child muster({program, "--transport", transport, "-F", fleet.path("more"), "--inventory", fleet.path("inventory"),
                  "@web", "echo {$NODE}"});
    auto const end = muster.wait();
    CAPTURE(muster.out(), muster.err());
    CHECK(end.code == 3);
    CHECK_THAT(muster.out(),
               ContainsSubstring("alpha: {h1}\n") && ContainsSubstring("beta: {h2}\n") && !ContainsSubstring("gamma"));
}

TEST_CASE("the password's question is known by every name that ssh has for a host, and a user may hold an @") {
    ssh_fleet const fleet({"h1", "h2", "h3", "h4"}, "PasswordAuthentication yes\n");
    std::string aliases;
    for (auto const& host : fleet.endpoints())
        aliases += "Host " + host.name + "\n  HostKeyAlias " + host.name + ".alias\n";
    write_file(fleet.path("aliased"),
               aliases + "Host *\n  PubkeyAuthentication no\n" + read_file(fleet.path("config")));
    auto const known = read_file(fleet.path("known_hosts"));
    write_file(fleet.path("aliases"), "*.alias " + known.substr(known.find(' ') + 1));
    asking_program const right(fleet, "echo " + std::string(fleet_password)), wrong(fleet, "echo wrong");
    std::vector<std::string> const words{"-F", fleet.path("aliased"), "-o",
                                         "UserKnownHostsFile=" + fleet.path("aliases")};
    auto const run = [&](asking_program const& asks, std::vector<std::string> more) {
        more.insert(more.end(), words.begin(), words.end());
        more.insert(more.end(), {"--askpass", asks.path, "h[1-4]", "echo $NODE"});
        return by_ssh(fleet, more);
    };
    child logs_in(run(right, {}), {"SSH_AUTH_SOCK="});
    CHECK(logs_in.wait().code == 0);
    CAPTURE(logs_in.err());
    CHECK(right.questions() == "Password for 4 hosts (h[1-4]): \n");
    for (std::vector<std::string> const& more : {std::vector<std::string>{}, {"-l", "me@corp"}}) {
        auto const before = times(fleet.log(), "Failed password");
        child fails(run(wrong, more), {"SSH_AUTH_SOCK="});
        CHECK(fails.wait().code == 3);
        CHECK(times(fleet.log(), "Failed password") == before + 1);
        CHECK_THAT(fails.err(), ContainsSubstring("the password was not sent: h"));
    }
    CHECK(times(wrong.questions(), "\n") == 2);
}

TEST_CASE("a jump host that wants a password: one question of its own, and none without --askpass") {
    ssh_fleet const fleet({"h1", "h2", "h3", "h4"}, "PasswordAuthentication yes\n");
    auto const jump = fleet.one();
    auto const by = GENERATE(std::string("ProxyJump h1"), std::string("ProxyCommand ssh -F %CONFIG -W [%h]:%p h1"));
    auto way = by;
    if (auto const at = way.find("%CONFIG"); at != way.npos) way.replace(at, 7, fleet.path("behind"));
    write_file(fleet.path("behind"),
               "Host h2 h3 h4\n  " + way + "\nHost *\n  PubkeyAuthentication no\n" + read_file(fleet.path("config")));
    auto const run = [&](std::vector<std::string> more) {
        more.insert(more.end(), {"-F", fleet.path("behind"), "h[2-4]", "echo $NODE"});
        return std::make_unique<child>(by_ssh(fleet, more), std::vector<std::string>{"SSH_AUTH_SOCK="});
    };
    auto const failed = [&] { return times(fleet.log(), "Failed password"); };
    auto const account = jump.user + "@" + jump.address;
    CAPTURE(fleet.path(""), by);

    auto const nobody = run({"--json"});
    CHECK(nobody->wait().code == 3);
    CHECK(failed() == 0);
    CHECK(times(nobody->out(), "\"state\":\"auth\",\"command\":\"not_sent\"") == 3);
    CHECK_THAT(nobody->out(), ContainsSubstring(account));

    asking_program const right(fleet, "echo " + std::string(fleet_password)), wrong(fleet, "echo wrong");
    auto const logs_in = run({"--askpass", right.path});
    CHECK(logs_in->wait().code == 0);
    CAPTURE(logs_in->err());
    CHECK(right.questions() == "Password for " + account + ": \nPassword for 3 hosts (h[2-4]): \n");

    auto const fails = run({"--askpass", wrong.path});
    CHECK(fails->wait().code == 3);
    CAPTURE(fails->err());
    CHECK(failed() == 1);
    CHECK(wrong.questions() == "Password for " + account + ": \n");
    CHECK_THAT(fails->err(), ContainsSubstring(account + ": permission denied: the password was refused") &&
                                 ContainsSubstring("did not take it"));
}

TEST_CASE("a stop after the system's ssh got no password: no command was started") {
    ssh_fleet const fleet;
    asking_program const nothing(fleet, "exit 1");
    auto const refused = fleet.path("refused");
    output_of({"mkdir", fleet.path("bin")});
    write_file(fleet.path("bin/ssh"),
               "#!/bin/sh\ntrap '' TERM\n$SSH_ASKPASS \"me@h1's password: \"\n>" + refused + "\nexec sleep 1000\n");
    output_of({"chmod", "755", fleet.path("bin/ssh")});
    child muster(by_ssh(fleet, {"--json", "--grace", "1s", "--askpass", nothing.path, "h1", "true"}),
                 {"PATH=" + fleet.path("bin") + ":" + std::getenv("PATH")});
    REQUIRE(eventually([&] { return std::filesystem::exists(refused); }));
    muster.send(SIGINT);
    CHECK(muster.wait().signal == SIGINT);
    CHECK_THAT(muster.out(), ContainsSubstring("\"state\":\"not_started\",\"command\":\"not_sent\""));
}

TEST_CASE("a stop by the system's ssh proves nothing, and with a lease it ends the command") {
    ssh_fleet const fleet;
    child plain(by_ssh(fleet, {"--grace", "2s", "h1", "echo begun; exec sleep 1000"}));
    REQUIRE(eventually([&] { return plain.out().find("begun") != std::string::npos; }));
    plain.send(SIGINT);
    CHECK(plain.wait().signal == SIGINT);
    CHECK_THAT(plain.err(), ContainsSubstring("may still run: h1"));
    for (pid_t const left : fleet.commands()) ::kill(left, SIGKILL);
    REQUIRE(eventually([&] { return fleet.commands().empty(); }));
    child leased(by_ssh(fleet, {"--lease", "--grace", "5s", "h1", "echo begun; exec sleep 1000"}));
    REQUIRE(eventually([&] { return leased.out().find("begun") != std::string::npos; }));
    leased.send(SIGINT);
    CHECK(leased.wait().signal == SIGINT);
    CAPTURE(leased.err());
    CHECK(fleet.commands().empty());
    CHECK_THAT(leased.err(), ContainsSubstring("1 stopped") && !ContainsSubstring("may still run"));
}
