// SPDX-License-Identifier: MIT
// Words in the wrong place, options of other programs, variables that mean nothing.
#include "cli/hosts/mistakes.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options/foreign_options.hpp"
#include "cli/options/parse_arguments.hpp"
#include "support/paths.hpp"

using namespace muster;
using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

using words = std::vector<char const*>;

char const* variable(char const* name) {
    return std::string_view(name) == "PATH" ? "/usr/bin:/bin" : nullptr;
}

std::string refusal(words line) {
    line.insert(line.begin(), {"-F", "none"});
    try {
        auto const args = parse_arguments(line, variable);
        host_sources sources(args, variable);
        check_words(args, sources, variable);
    } catch (usage_error const& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a first word that looks like a host is refused before anything starts") {
    auto const line =
        GENERATE(words{"web01", "web02", "uptime"}, words{"web1", "web2"}, words{"web[1-2]", "web3", "uptime"},
                 words{"-w", "web1", "web2", "uptime"}, words{"10.0.0.1", "10.0.0.2", "uptime"},
                 words{"a1,web1", "web2", "id"}, words{"web1", "web[3-4]", "id"}, words{"root@web1", "root@web2", "id"},
                 words{"a.example.com", "b.example.com", "id"});
    CHECK_THAT(refusal(line), ContainsSubstring("looks like a host; separate hosts with commas, or put -- before"));
}

TEST_CASE("HOSTS that is a command is refused where a host follows") {
    CHECK_THAT(refusal({"ls", "web01"}), ContainsSubstring("the first word is HOSTS, and 'ls' is a command here"));
    CHECK_THAT(refusal({"ls", "web.example.com"}), ContainsSubstring("muster web.example.com ls"));
}

TEST_CASE("a line of another program's file of hosts is no list") {
    CHECK_THAT(refusal({"web1:22 root", "true"}), ContainsSubstring("a user stands before the host: root@web1:22"));
    CHECK(refusal({"web1:22 web2", "true"}).empty());
}

TEST_CASE("what is meant is taken") {
    auto const line =
        GENERATE(words{"web1", "--", "web2", "x"}, words{"web1", "uptime"}, words{"web1", "./web2"},
                 words{"web1", "sha1sum", "x"}, words{"web1", "db2-deploy", "x"}, words{"-w", "ls", "web1"},
                 words{"ls", "cat", "x"}, words{"web", "deploy"}, words{"a.example.com", "x.sh"});
    CHECK(refusal(line).empty());
}

TEST_CASE("options of other programs are named as they are here") {
    CHECK(here_that_is("forks") == "; here that is -f/--fanout");
    CHECK(here_that_is("timeout") == "; here that is -u/--command-timeout or -t/--connect-timeout");
    CHECK(here_that_is("connect_timeout") == "; here that is -t/--connect-timeout");
    CHECK(here_that_is("H") == "; here that is -w/--hosts");
    for (auto const* const name : {"fork", "forklimit", "max-procs"})
        CHECK(here_that_is(name) == "; here that is -f/--fanout");
    CHECK(here_that_is("r") == "; here that is --transport");
    CHECK(here_that_is("d") == "; here that is -v/--verbose");
    CHECK_THAT(here_that_is("m"), ContainsSubstring("; here that is -w/--hosts (dsh's), or the command alone"));
    CHECK(here_that_is("tree") == "; here that is --outdir");
    CHECK(here_that_is("extra-args") == "; here that is -o/--option");
    CHECK(here_that_is("zzz").empty());
    CHECK_THAT(refusal({"--parallel", "3", "a", "true"}), ContainsSubstring("unknown option --parallel; here that is"));
    CHECK_THAT(refusal({"-P", "3", "a", "true"}), ContainsSubstring("unknown option -P; here that is -f/--fanout"));
}

TEST_CASE("an inventory in the place of a private key is refused, with the option that reads it") {
    auto const refused = [](std::string const& text) {
        auto const path = muster::test::build_dir + std::string("/identity_or_inventory");
        std::ofstream(path) << text;
        arguments args;
        args.ssh.identities = {path};
        try {
            check_identities(args);
        } catch (usage_error const& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    auto const text = GENERATE("# ours\n\nweb1 ansible_host=10.0.0.1\n", "[web]\nweb1\n", "db1\n[web:children]\r\n",
                               "---\nall:\n  hosts:\n");
    CHECK_THAT(refused(text), ContainsSubstring("looks like an inventory, not like a private key; read it with"));
    CHECK(refused("-----BEGIN OPENSSH PRIVATE KEY-----\n[web]\n").empty());
    CHECK(refused("ssh-ed25519 AAAAC3Nz me@here\n").empty());
    CHECK(refused("").empty());
}

TEST_CASE("variables that mean nothing are warned of") {
    char const* const entries[] = {"MUSTER_FANUOT=1", "MUSTER_HOSTS=a", "MUSTER_FANOUT=1",
                                   "MUSTER_HOST=x",   "OTHER=1",        nullptr};
    auto const found = warnings_of_variables(entries);
    REQUIRE(found.size() == 2);
    CHECK_THAT(found[0], ContainsSubstring("no variable MUSTER_FANUOT; did you mean MUSTER_FANOUT?"));
    CHECK_THAT(found[1], ContainsSubstring("--hosts is for the command line only"));
}

TEST_CASE("after failures alone an option behind the command's first word is noted") {
    arguments args;
    args.command = "uptime --json";
    host_sources sources(args, variable);
    report results;
    results.hosts.resize(2);
    for (auto& host : results.hosts) host.state = final_state::failed;
    REQUIRE(afterthoughts(results, args, sources).size() == 1);
    CHECK_THAT(afterthoughts(results, args, sources).front(), ContainsSubstring("--json stands behind"));
    args.command = "nosuch";
    for (auto& host : results.hosts) host.status = 127;
    CHECK_THAT(afterthoughts(results, args, sources).front(), ContainsSubstring("nosuch was not found there"));
    args.script = "/no/such/script";
    CHECK_THAT(afterthoughts(results, args, sources).front(),
               ContainsSubstring("127: the interpreter, which /no/such/script is for"));
    args.script.clear();
    results.hosts.front().status = 0;
    results.hosts.front().state = final_state::ok;
    CHECK(afterthoughts(results, args, sources).empty());
}
