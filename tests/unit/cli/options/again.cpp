// SPDX-License-Identifier: MIT
// The command that runs the rest.
#include "cli/options/again.hpp"

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <muster/host.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options/parse_arguments.hpp"
#include "support/paths.hpp"

using namespace muster::cli;

namespace {

std::string again(std::vector<char const*> const& words, std::vector<std::string> const& hosts) {
    return again_command(parse_arguments(words, [](char const*) -> char const* { return nullptr; }),
                         muster::fold(hosts));
}

}  // namespace

TEST_CASE("the rest runs with the options that were given, on its hosts alone") {
    CHECK(again({"-u", "5s", "--retries=2", "-b", "web[1-9]", "systemctl", "restart", "nginx"}, {"web1", "web2"}) ==
          "muster -u 5s --retries 2 -b -w 'web[1-2]' 'systemctl restart nginx'");
    CHECK(again({"-x", "web3", "--pick", "2", "-w", "web[1-9]", "-w", "db", "uptime"}, {"db"}) ==
          "muster -w db uptime");
    CHECK(again({"a,b", "--", "-x"}, {"b"}) == "muster -w b -- -x");
    CHECK(again({"-w", "web1", "--", "web2"}, {"web1"}) == "muster -w web1 -- web2");
    CHECK(again({"--argv", "a", "touch", "a b"}, {"a"}) == "muster --argv -w a touch 'a b'");
    CHECK(again({"a", "echo it's \\\n\t\x1b[31m\x7f"}, {"a"}) == "muster -w a $'echo it\\'s \\\\\\n\\t\\033[31m\\177'");
    CHECK(again({"-o", "User=it's", "a", "true"}, {"a"}) == "muster -o 'User=it'\\''s' -w a true");
    CHECK(again({"--sudo", "-w", "a", "id"}, {"a"}) == "muster --sudo -w a id");
    CHECK(again({"--sudo=web", "-w", "a", "id"}, {"a"}) == "muster --sudo=web -w a id");
    CHECK(again({"--script", "s.sh", "-w", "a,b", "x", "y z"}, {"b"}) == "muster --script s.sh -w b x 'y z'");
    CHECK(again({"--script", "s.sh", "-w", "a,b", "--", "-x", ""}, {"b"}) == "muster --script s.sh -w b -- -x ''");
    CHECK(again({"--script", "s.sh", "a,b"}, {"b"}) == "muster --script s.sh -w b");
    CHECK(again({"--sudo", "--preflight=50%", "a", "true"}, {"a"}) == "muster --sudo --preflight=50% -w a true");
    CHECK(again({"--shard", "0/2", "--stop-file", "s", "a,b", "true"}, {"a"}) == "muster -w a true");
    CHECK(again({"a", "true"}, {}).empty());
}

TEST_CASE("what variables said of the run is said on the command line") {
    auto const variables = [](char const* name) -> char const* {
        if (std::string_view(name) == "MUSTER_TRANSPORT") return "exec";
        if (std::string_view(name) == "MUSTER_FANOUT") return "7";
        if (std::string_view(name) == "MUSTER_QUIET") return "yes";
        return nullptr;
    };
    std::vector<char const*> const words{"-f", "3", "a", "true"};
    CHECK(again_command(parse_arguments(words, variables), "a") == "muster -f 3 --transport exec -q -w a true");
}

TEST_CASE("a ledger that the run's line did not get into is not resumed") {
    auto const path = muster::test::build_dir + std::string("/empty_ledger");
    std::ofstream(path).close();
    CHECK(again({"--ledger", path.c_str(), "a,b", "true"}, {"b"}) == "muster -w b true");
    std::ofstream(path) << "x";
    CHECK(again({"--ledger", path.c_str(), "a,b", "true"}, {"b"}) == "muster --resume " + path);
}

TEST_CASE("with a ledger the rest is the ledger's") {
    CHECK(again({"--ledger", "/var/run.jsonl", "-f", "5", "a,b", "true"}, {"b"}) ==
          "muster -f 5 --resume /var/run.jsonl");
    CHECK(again({"--shard", "1/2", "--ledger", "l-{shard}", "a,b", "true"}, {"b"}) == "muster --resume l-1");
    CHECK(again({"--resume", "it's"}, {"b"}) == "muster --resume 'it'\\''s'");
    CHECK(again({"--ledger", "/dev/null", "a,b", "true"}, {"b"}) == "muster -w b true");
}

TEST_CASE("what a record has of a run runs its rest, unless it is of another version or no text") {
    using strings = std::vector<std::string>;
    auto const recorded = [](strings const& options, std::string const& command, strings const& words = {}) {
        auto const args = recorded_arguments(options, command, words);
        return args ? again_command(*args, "b") : "nothing";
    };
    CHECK(recorded({"--transport=exec", "--fail-fast", "--sudo", "--command-timeout=5s"}, "echo {host}") ==
          "muster --transport exec -k --sudo -u 5s -w b 'echo {host}'");
    CHECK(recorded({"--argv", "--sudo=web"}, "touch 'a b'") == "muster --sudo=web -w b 'touch '\\''a b'\\'''");
    CHECK(recorded({"--script=/s.sh"}, "--script /s.sh x", {"x", "y z"}) == "muster --script /s.sh -w b x 'y z'");
    CHECK(recorded({"--push=/a:/b"}, "") == "muster --push /a:/b -w b");
    CHECK(recorded({"--unheard-of"}, "true") == "nothing");
    CHECK(recorded({"--ledger=l"}, "true") == "nothing");
    CHECK(recorded({"--fanout"}, "true") == "nothing");
    CHECK(recorded({"--fanout=many"}, "true") == "nothing");
    CHECK(recorded({""}, "true") == "nothing");
    CHECK(recorded({}, "echo \xef\xbf\xbd") == "nothing");
    CHECK(recorded_arguments({"--batch=1", "--gate=true"}, "true", {})->rollout.in_batches());
}
