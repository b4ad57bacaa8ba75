// SPDX-License-Identifier: MIT
// What a real server's host key is checked against, before anything else is sent.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>
#include <variant>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// "ssh-ed25519 AAAA...", without the comment.
std::string key_words(std::string const& public_key_file) {
    auto const line = read_file(public_key_file);
    return line.substr(0, line.find(' ', line.find(' ') + 1));
}

/// "SHA256:..." as ssh-keygen says it.
std::string fingerprint_of(std::string const& public_key_file) {
    auto const line = output_of({"ssh-keygen", "-l", "-f", public_key_file});
    auto const begin = line.find("SHA256:");
    return line.substr(begin, line.find(' ', begin) - begin);
}

/// A fleet of one host and an own, empty file of known hosts.
struct stranger {
    ssh_fleet fleet;
    endpoint target = fleet.one();
    std::string known = fleet.path("own_known_hosts");

    stranger() {
        write_file(known, "");
        target.settings.change().user_known_hosts = {known};
    }
    std::string host_key() const { return fleet.path("server/host_key.pub"); }
};

options one_by_one() {
    options options;
    options.fanout = 1;
    return options;
}

options in_batches_of_one(std::size_t hosts) {
    options options;
    options.rollout.batches = cut_into_batches(hosts, std::vector<batch_size>{{1, false}});
    return options;
}

}  // namespace

TEST_CASE("an unknown host key is refused, with its fingerprint and the way out") {
    stranger const host;
    auto const result = run_on(host.target, "echo never");
    CHECK(ending(result) == "host_key not_sent host_key");
    CHECK_THAT(result.error, ContainsSubstring("unknown host key ED25519 " + fingerprint_of(host.host_key())));
    CHECK_THAT(result.error, ContainsSubstring("--accept-new"));
    CHECK(read_file(host.known).empty());
}

TEST_CASE("a changed host key is refused under every policy, with file and line") {
    stranger host;
    new_key(host.fleet.path("other"));
    auto const name = known_hosts_name(host.target);
    write_file(host.known, "# a comment\nelsewhere " + key_words(host.host_key()) + "\n" + name + " " +
                               key_words(host.fleet.path("other.pub")) + "\n");
    auto const before = read_file(host.known);
    for (auto const policy : {host_key_policy::strict, host_key_policy::accept_new}) {
        host.target.settings.change().host_keys = policy;
        auto const result = run_on(host.target, "echo never");
        CHECK(ending(result) == "host_key not_sent host_key");
        CHECK_THAT(result.error, ContainsSubstring("HOST KEY CHANGED"));
        CHECK_THAT(result.error, ContainsSubstring(host.known + ":3"));
        CHECK_THAT(result.error, ContainsSubstring(fingerprint_of(host.host_key())));
    }
    CHECK(read_file(host.known) == before);
}

TEST_CASE("a key of another type than the one that is known is a changed key") {
    stranger host;
    new_key(host.fleet.path("other"), {"-t", "ecdsa"});
    write_file(host.known, known_hosts_name(host.target) + " " + key_words(host.fleet.path("other.pub")) + "\n");
    host.target.settings.change().host_keys = host_key_policy::accept_new;
    auto const result = run_on(host.target, "echo never");
    CHECK(ending(result) == "host_key not_sent host_key");
}

TEST_CASE("accept_new adds a key once, however many hosts meet it at once, and it is known from then on") {
    stranger host;
    host.target.settings.change().host_keys = host_key_policy::accept_new;
    std::vector<endpoint> same(8, host.target);
    for (std::size_t i = 0; i < same.size(); ++i) same[i].label = "n" + std::to_string(i);
    CHECK(run_on(same, "true").ok());
    auto const expected = known_hosts_name(host.target) + " " + key_words(host.host_key()) + "\n";
    CHECK(read_file(host.known) == expected);

    host.target.settings.change().host_keys = host_key_policy::strict;
    CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
    CHECK(read_file(host.known) == expected);
}

TEST_CASE("accept_new with HashKnownHosts writes no name that can be read, and finds it again") {
    stranger host;
    host.target.settings.change().host_keys = host_key_policy::accept_new;
    host.target.settings.change().hash_known_hosts = true;
    CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
    auto const line = read_file(host.known);
    CHECK(line.starts_with("|1|"));
    CHECK(line.find(host.target.address) == std::string::npos);
    host.target.settings.change().host_keys = host_key_policy::strict;
    CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
    CHECK(output_of({"ssh-keygen", "-F", known_hosts_name(host.target), "-f", host.known}).find("found") !=
          std::string::npos);
}

TEST_CASE("a new key that can't be recorded is no reason to trust it") {
    stranger host;
    host.target.settings.change().host_keys = host_key_policy::accept_new;
    host.target.settings.change().user_known_hosts = {host.fleet.path("config") + "/below/a/file"};
    std::vector<endpoint> twice(2, host.target);  // nor is it one for the next host of that name
    twice[1].label = "again";
    for (auto const& result : run_on(twice, "echo never", {}, one_by_one()).hosts) {
        CHECK(ending(result) == "host_key not_sent host_key");
        CHECK_THAT(result.error, ContainsSubstring("can't be recorded"));
    }
}

TEST_CASE("a key that was recorded since the files were read is known, and keeps out another one") {
    stranger stranger;
    ssh_fleet const impostor;
    std::vector<endpoint> both{stranger.target, impostor.one(), stranger.target};
    for (std::size_t i = 0; i < both.size(); ++i) {
        both[i].label = "h" + std::to_string(i);
        both[i].settings.change().user_known_hosts = {stranger.known};
        both[i].settings.change().global_known_hosts = {
            stranger.fleet.path("none" + std::to_string(i))};  // each reads the file for itself
        both[i].settings.change().host_key_alias = "web";
        both[i].settings.change().host_keys = host_key_policy::accept_new;
    }
    auto const results = run_on(both, "true", {}, one_by_one()).hosts;
    CHECK(ending(results[0]) == "ok ended command 0");
    CHECK(ending(results[1]) == "host_key not_sent host_key");
    CHECK_THAT(results[1].error, ContainsSubstring("HOST KEY CHANGED"));
    CHECK(ending(results[2]) == "ok ended command 0");
    CHECK(read_file(stranger.known) == "web " + key_words(stranger.host_key()) + "\n");
}

TEST_CASE("a revoked key is refused, whatever else is known of the host") {
    stranger host;
    auto const key = key_words(host.host_key());
    write_file(host.known, known_hosts_name(host.target) + " " + key + "\n@revoked * " + key + "\n");
    host.target.settings.change().host_keys = host_key_policy::accept_new;
    auto const result = run_on(host.target, "echo never");
    CHECK(ending(result) == "host_key not_sent host_key");
    CHECK_THAT(result.error, ContainsSubstring("revoked"));
    CHECK_THAT(result.error, ContainsSubstring(host.known + ":2"));
}

TEST_CASE("an @revoked line that can't be read starts nothing, or refuses the hosts that follow") {
    stranger const host;
    auto const good = known_hosts_name(host.target) + ' ' + key_words(host.host_key()) + '\n';
    write_file(host.known, good + "@revoked *\n");
    CHECK_THROWS_WITH(run_on(host.target, "echo never"), ContainsSubstring(host.known + ":2: a line of @revoked"));

    write_file(host.known, good);
    std::vector<endpoint> twice(2, host.target);
    twice[1].label = "again";
    auto const change = [&](event const& event) {
        auto const* const ended = std::get_if<events::host_ended>(&event);
        if (ended != nullptr && ended->index == 0) write_file(host.known, good + "@REVOKED * x\n");
    };
    auto const results = run_on(twice, "true", in_batches_of_one(2), change);
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK(ending(results.hosts[1]) == "host_key not_sent host_key");
    CHECK_THAT(results.hosts[1].error, ContainsSubstring("can't be judged: " + host.known + ":2"));
}

TEST_CASE("a line of a certificate authority makes no plain key known") {
    stranger host;
    write_file(host.known, "@cert-authority * " + key_words(host.host_key()) + "\n");
    CHECK(ending(run_on(host.target, "echo never")) == "host_key not_sent host_key");
}

TEST_CASE("a key that is known without the port is known, as for ssh") {
    stranger host;
    write_file(host.known, host.target.address + " " + key_words(host.host_key()) + "\n");
    CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
    std::vector<std::string> ssh{"ssh", "-F", host.fleet.path("config"), "-o", "UserKnownHostsFile=" + host.known};
    for (auto const* word : {"h1", "echo reached"}) ssh.emplace_back(word);
    CHECK(output_of(ssh) == "reached\n");

    new_key(host.fleet.path("other"));
    write_file(host.known, host.target.address + " " + key_words(host.fleet.path("other.pub")) + "\n");
    auto const result = run_on(host.target, "echo never");
    CHECK(ending(result) == "host_key not_sent host_key");
    CHECK_THAT(result.error, ContainsSubstring("unknown host key"));
}

TEST_CASE("HostKeyAlias is the name under which the key is looked up") {
    stranger host;
    write_file(host.known, "alias.example " + key_words(host.host_key()) + "\n");
    CHECK(ending(run_on(host.target, "true")) == "host_key not_sent host_key");
    host.target.settings.change().host_key_alias = "alias.example";
    CHECK(ending(run_on(host.target, "true")) == "ok ended command 0");
}

TEST_CASE("host keys of all types are verified, the one that is known among several first") {
    auto const type = [](std::string const& name) {
        return name == "rsa" ? std::vector<std::string>{"-t", "rsa", "-b", "2048"}
                             : std::vector<std::string>{"-t", name};
    };
    scratch_folder const keys;
    std::string lines;
    for (std::string const name : {"rsa", "ecdsa"}) {
        auto const file = new_key(keys.path(name), type(name));
        if (::getuid() == 0) ::chmod(file.c_str(), 0644);  // for the fleet's account, which is another one then
        lines += "HostKey " + file + "\n";
    }
    ::chmod(keys.path().c_str(), 0755);
    ssh_fleet const fleet({"h1"}, lines);
    auto endpoint = fleet.one();
    for (std::string const name : {"rsa", "ecdsa"}) {
        auto const known = fleet.path("known_" + name);
        write_file(known, known_hosts_name(endpoint) + " " + key_words(keys.path(name + ".pub")) + "\n");
        endpoint.settings.change().user_known_hosts = {known};
        auto const result = run_on(endpoint, "true");
        CAPTURE(name, result.error);
        CHECK(ending(result) == "ok ended command 0");
    }
}

TEST_CASE("with CheckHostIP another key that is known for the address is refused") {
    stranger host;
    auto const other = new_key(host.fleet.path("other"));
    auto const address = known_hosts_name(host.target);
    host.target.settings.change().host_key_alias = "named";
    auto const named = "named " + key_words(host.host_key()) + '\n';
    auto const with = [&](std::string const& line) {
        write_file(host.known, named + line);
        return run_on(host.target, "true");
    };
    auto const by_other = address + ' ' + key_words(other + ".pub") + '\n';
    CHECK(ending(with(by_other)) == "ok ended command 0");
    host.target.settings.change().check_host_ip = true;
    auto const refused = with(by_other);
    CHECK(ending(refused) == "host_key not_sent host_key");
    CHECK_THAT(refused.error, ContainsSubstring(host.known + ":2 has for the address " + host.target.address));
    CHECK_THAT(refused.error, ContainsSubstring("CheckHostIP"));
    CHECK(ending(with(address + ' ' + key_words(host.host_key()) + '\n')) == "ok ended command 0");
    CHECK(ending(with("")) == "ok ended command 0");
    CHECK(ending(with("@revoked " + host.target.address + ' ' + key_words(host.host_key()) + '\n')) ==
          "host_key not_sent host_key");

    write_file(host.known, by_other);
    host.target.settings.change().host_keys = host_key_policy::accept_new;
    CHECK(ending(run_on(host.target, "true")) == "host_key not_sent host_key");
    CHECK(read_file(host.known) == by_other);
}

TEST_CASE("keys that are revoked or learnt while a run goes on count for the hosts that follow") {
    stranger const host;
    auto const key = key_words(host.host_key());
    std::vector<endpoint> where(3, host.target);
    for (std::size_t i = 0; i < where.size(); ++i) {
        where[i].label = "n" + std::to_string(i);
        where[i].settings.change().host_key_alias = where[i].label;
    }
    write_file(host.known, "n0 " + key + '\n');
    auto const change = [&](event const& event) {
        auto const* const ended = std::get_if<events::host_ended>(&event);
        bool const first = ended != nullptr && ended->index == 0;
        if (first) write_file(host.known, "n0,n1 " + key + "\n@revoked n2 " + key + '\n');
    };
    auto const results = run_on(where, "sleep 1.1", one_by_one(), change);
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK(ending(results.hosts[1]) == "ok ended command 0");
    CHECK_THAT(results.hosts[2].error, ContainsSubstring("is revoked (" + host.known + ":2)"));
}

TEST_CASE("a key that is revoked between two batches is refused in the next one, however soon that begins") {
    stranger const host;
    auto const good = known_hosts_name(host.target) + ' ' + key_words(host.host_key()) + '\n';
    write_file(host.known, good);
    std::vector<endpoint> where(3, host.target);
    for (std::size_t i = 0; i < where.size(); ++i) where[i].label = "n" + std::to_string(i);
    auto const change = [&](event const& event) {
        auto const* const ended = std::get_if<events::batch_ended>(&event);
        if (ended != nullptr && ended->what.number == 2)
            write_file(host.known, good + "@revoked * " + good.substr(good.find(' ') + 1));
    };
    auto const results = run_on(where, "true", in_batches_of_one(3), change);
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK(ending(results.hosts[1]) == "ok ended command 0");
    CHECK_THAT(results.hosts[2].error, ContainsSubstring("is revoked (" + host.known + ":2)"));
}

TEST_CASE("a RevokedHostKeys file that can't be read any more refuses the hosts that follow") {
    stranger const host;
    std::vector<endpoint> where(2, host.target);
    auto const revoked = host.fleet.path("revoked");
    write_file(revoked, "");
    write_file(host.known, known_hosts_name(host.target) + ' ' + key_words(host.host_key()) + '\n');
    for (std::size_t i = 0; i < where.size(); ++i) {
        where[i].label = "n" + std::to_string(i);
        where[i].settings.change().revoked_host_keys = revoked;
    }
    auto const change = [&](event const& event) {
        auto const* const ended = std::get_if<events::host_ended>(&event);
        if (ended != nullptr && ended->index == 0) ::unlink(revoked.c_str());
    };
    auto const results = run_on(where, "sleep 1.1", one_by_one(), change);
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK(ending(results.hosts[1]) == "host_key not_sent host_key");
    CHECK_THAT(results.hosts[1].error, ContainsSubstring("the host key can't be judged: " + revoked));
}
