// SPDX-License-Identifier: MIT
// Defaults from files: their form, their errors, and what goes before them.
#include "cli/options/config_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/options/parse_arguments.hpp"

using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

using words = std::vector<char const*>;
using variables = std::map<std::string, std::string>;

arguments parse(words const& line, std::string const& users, std::string const& systems = "",
                variables const& set = {}) {
    auto const find = [&](char const* name) {
        auto const found = set.find(name);
        return found == set.end() ? nullptr : found->second.c_str();
    };
    return parse_arguments(line, find, [&](auto const&, auto const&) {
        return std::vector<config_text>{{"mine", users}, {"all", systems}};
    });
}

std::string refusal(std::string const& text) {
    try {
        parse({"a", "true"}, text);
    } catch (usage_error const& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a file gives defaults under the long names of options") {
    auto const args =
        parse({"a", "true"}, "# mine\n\n  fanout = 3\nconfirm=50\nquiet\r\nuser bob\noption = A=b\noption = C=d\n");
    CHECK(args.how.fanout == 3);
    CHECK(args.confirm_above == 50);
    CHECK(args.quiet);
    CHECK(args.ssh.user == "bob");
    CHECK(args.ssh.settings == std::vector<std::string>{"A=b", "C=d"});
}

TEST_CASE("a gate of a file gives way to another, and stands there once") {
    CHECK(parse({"--gate", "own", "a", "true"}, "gate=mine", "gate=usual").rollout.gate == "own");
    CHECK(parse({"a", "true"}, "gate=mine", "gate=usual").rollout.gate == "mine");
    CHECK(refusal("gate=mine\ngate=other").starts_with("mine:2: gate: it stands there twice, with 'mine' and 'other'"));
    CHECK(parse({"a", "true"}, "fanout=3\nfanout=4").how.fanout == 4);
}

TEST_CASE("the command line goes before the environment, the user's file, the system's") {
    CHECK(parse({"-f", "1", "a", "true"}, "fanout=3", "fanout=4", {{"MUSTER_FANOUT", "2"}}).how.fanout == 1);
    CHECK(parse({"a", "true"}, "fanout=3", "fanout=4", {{"MUSTER_FANOUT", "2"}}).how.fanout == 2);
    CHECK(parse({"a", "true"}, "fanout=3", "fanout=4").how.fanout == 3);
    CHECK(parse({"a", "true"}, "", "fanout=4").how.fanout == 4);
}

TEST_CASE("what is switched off, or contradicted, in front is not switched on behind") {
    CHECK_FALSE(parse({"a", "true"}, "quiet=no", "quiet").quiet);
    CHECK_FALSE(parse({"a", "true"}, "quiet", "", {{"MUSTER_QUIET", "0"}}).quiet);
    CHECK_FALSE(parse({"-v", "a", "true"}, "quiet").quiet);
    CHECK(parse({"a", "true"}, "verbose", "", {{"MUSTER_QUIET", "0"}}).verbose);
    CHECK_FALSE(parse({"--confirm=no", "a", "true"}, "confirm=1").confirm_above.has_value());
    CHECK(parse({"--confirm", "a", "true"}, "confirm=100").confirm_above == 0);
}

TEST_CASE("a line that is wrong is named by file and line") {
    using row = std::pair<char const*, char const*>;
    auto const [text, reason] =
        GENERATE(row{"\nfanuot = 3", "mine:2: there is no option fanuot; did you mean fanout?"},
                 row{"fanout", "mine:1: fanout needs a value: N"}, row{"fanout=x", "mine:1: fanout: 'x' must be"},
                 row{"hosts = a", "mine:1: hosts can stand on the command line only"},
                 row{"config = b", "command line only"}, row{"quiet = perhaps", "mine:1: quiet: 'perhaps' must be"},
                 row{"[muster]", "there is no option [muster]"}, row{"quiet\nverbose", "give one of them"});
    CAPTURE(text);
    CHECK_THAT(refusal(text), ContainsSubstring(reason));
}
