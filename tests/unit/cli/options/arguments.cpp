// SPDX-License-Identifier: MIT
// Command lines and variables, and what becomes of them.
#include "cli/options/parse_arguments.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <string>
#include <vector>

using namespace muster;
using namespace muster::cli;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Message;
using Catch::Matchers::MessageMatches;

namespace {

using words = std::vector<char const*>;
using variables = std::map<std::string, std::string>;
using strings = std::vector<std::string>;

arguments parse(words const& line, variables const& set = {}) {
    auto const find = [&](char const* name) {
        auto const found = set.find(name);
        return found == set.end() ? nullptr : found->second.c_str();
    };
    return parse_arguments(line, find);
}

std::string refusal(words const& line, variables const& set = {}) {
    try {
        parse(line, set);
    } catch (usage_error const& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("hosts and a command") {
    auto const args = parse({"web[1-3],db1", "echo", "a  b", "$HOME"});
    CHECK(args.what == action::run);
    CHECK(args.hosts == strings{"web[1-3],db1"});
    CHECK(args.command == "echo a  b $HOME");
    CHECK(args.how.fanout == 64);
    CHECK(args.how.connect_timeout == 10s);
    CHECK(args.how.halt.when == halt_when::never);
    CHECK(args.transport == "ssh2");
    CHECK(args.max_hosts == 1'000'000);
}

TEST_CASE("options stand before or after HOSTS, and the command's first word ends them") {
    for (auto const& line : {words{"-k", "a", "uptime", "-k"}, words{"a", "-k", "uptime", "-k"}}) {
        auto const args = parse(line);
        CHECK(args.hosts == strings{"a"});
        CHECK(args.command == "uptime -k");
        CHECK(args.how.halt.when == halt_when::now);
    }
    CHECK(parse({"a", "uptime", "-k"}).how.halt.when == halt_when::never);
    CHECK(parse({"a", "uptime", "--bogus", "-h"}).command == "uptime --bogus -h");
}

TEST_CASE("option -- ends the options and is no part of the command") {
    CHECK(parse({"a", "--", "-x", "--"}).command == "-x --");
    CHECK(parse({"-w", "a", "--", "true"}).command == "true");
    auto const args = parse({"-q", "--", "a", "-k", "b"});
    CHECK(args.hosts == strings{"a"});
    CHECK(args.command == "-k b");
}

TEST_CASE("with -w or --hostfile every other word is the command") {
    auto const args = parse({"-w", "a", "-w", "b,c", "true", "x"});
    CHECK(args.hosts == strings{"a", "b,c"});
    CHECK(args.command == "true x");
    CHECK(parse({"--hosts=a", "true"}).hosts == strings{"a"});
    auto const file = parse({"--hostfile", "-", "--hostfile", "f", "true"});
    CHECK(file.hostfiles == strings{"-", "f"});
    CHECK(file.hosts.empty());
    CHECK(file.command == "true");
}

TEST_CASE("a list - is standard input") {
    CHECK(parse({"-w", "-", "true"}).hostfiles == strings{"-"});
    CHECK(parse({"-", "true"}).hostfiles == strings{"-"});
    CHECK(parse({"-w", "-", "-w", "a", "-x", "b", "true"}).excluded == strings{"b"});
}

TEST_CASE("with -Q a command is not needed") {
    CHECK(parse({"-Q", "a"}).what == action::list_hosts);
    CHECK(parse({"-Qw", "a"}).hosts == strings{"a"});
    CHECK(parse({"-Q", "a", "true"}).command == "true");
    CHECK_THAT(refusal({"-Q"}), ContainsSubstring("no hosts"));
}

TEST_CASE("values that look like something else arrive as they are") {
    CHECK(parse({"-w", "[::1]", "-w", "[2001:db8::1]:22", "true"}).hosts == strings{"[::1]", "[2001:db8::1]:22"});
    CHECK(parse({"-w", "{a}", "-w", "%%", "true"}).hosts == strings{"{a}", "%%"});
    CHECK(parse({"-o", "[x]=y", "-o", "--", "-o=z", "a", "true"}).ssh.settings == strings{"[x]=y", "--", "=z"});
    CHECK(parse({"-i", "-k", "a", "true"}).ssh.identities == strings{"-k"});
}

TEST_CASE("letters cluster, and a value may follow its letter") {
    auto const args = parse({"-kqlroot", "-f3", "-S", "-Np", "2222", "a", "true"});
    CHECK(args.how.halt.when == halt_when::now);
    CHECK(args.quiet);
    CHECK(args.ssh.user == "root");
    CHECK(args.how.fanout == 3);
    CHECK(args.max_status);
    CHECK(args.no_label);
    CHECK(args.ssh.port == 2222);
}

TEST_CASE("every option reaches its value") {
    auto const args = parse({"-l",           "joe",         "-p",
                             "22",           "-i",          "k1",
                             "-i",           "k2",          "-F",
                             "none",         "-o",          "A=b",
                             "--accept-new", "-t",          "500ms",
                             "-u",           "2m",          "--total-timeout",
                             "1h",           "--grace",     "0",
                             "--linger",     "0.5",         "--halt-on",
                             "command",      "--halt",      "soon,fail=10%",
                             "--ok-status",  "0,3",         "-v",
                             "--json",       "--raw",       "--color",
                             "never",        "--transport", "exec",
                             "--max-hosts",  "9",           "a",
                             "true"});
    CHECK(args.ssh.user == "joe");
    CHECK(args.ssh.identities == strings{"k1", "k2"});
    CHECK(args.ssh.config == "none");
    CHECK(args.ssh.settings == strings{"A=b"});
    CHECK(args.ssh.accept_new);
    CHECK(args.how.connect_timeout == 500ms);
    CHECK(args.how.command_timeout == 2min);
    CHECK(args.how.total_timeout == 1h);
    CHECK(args.how.grace == 0s);
    CHECK(args.how.linger == 500ms);
    CHECK(args.how.halt.when == halt_when::soon);
    CHECK(args.how.halt.percent);
    CHECK(args.how.halt.fail == 10);
    CHECK(args.how.halt.counted == halt_on::command);
    CHECK(args.how.ok_status == std::vector<std::uint32_t>{0, 3});
    CHECK((args.verbose && args.json && args.raw));
    CHECK(!args.messages);
    CHECK(parse({"-vv", "a", "true"}).messages);
    CHECK(parse({"-v", "--verbose", "a", "true"}).messages);
    CHECK(args.color == color_when::never);
    CHECK(args.transport == "exec");
    CHECK(args.max_hosts == 9);
}

TEST_CASE("the last of several values counts") {
    CHECK(parse({"-f", "3", "--fanout=0", "a", "true"}).how.fanout == 0);
    CHECK_THAT(refusal({"-f", "x", "-f", "3", "a", "true"}), ContainsSubstring("-f/--fanout"));
}

TEST_CASE("what is to be done, and a file, stand once: none is dropped") {
    for (auto const* const name :
         {"--check", "--before", "--after", "--gate", "--script", "--batch", "--soak", "--apart", "--together",
          "--input", "--ledger", "--report", "--outdir", "--errdir", "--pick", "--shard", "--stop-file", "--resume"}) {
        CAPTURE(name);
        CHECK_THAT(refusal({name, "1", name, "2", "-w", "a", "true"}),
                   ContainsSubstring(std::string(name) + ": it stands there twice, with '1' and '2'"));
    }
    CHECK(parse({"--check", "own", "a", "true"}, {{"MUSTER_BATCH", "1"}}).check == "own");
    CHECK(parse({"--gate", "own", "a", "true"}, {{"MUSTER_GATE", "usual"}}).rollout.gate == "own");
}

TEST_CASE("help and version need nothing else") {
    CHECK(parse({"-h"}).what == action::short_help);
    CHECK(parse({"-f", "abc", "--help", "-V"}).what == action::help);
    CHECK(parse({"a", "--version"}).what == action::version);
    CHECK(parse({"-V"}, {{"MUSTER_FANOUT", "abc"}}).what == action::version);
}

TEST_CASE("with --resume every word is the command, and hosts and command may be left to the ledger") {
    auto const none = parse({"--resume", "run.jsonl", "--resume-unknown", "--resume-any"});
    CHECK(none.resume == "run.jsonl");
    CHECK((none.resume_unknown && none.resume_any));
    CHECK((none.hosts.empty() && none.command.empty()));
    auto const words = parse({"--resume", "run.jsonl", "--resume-any", "--", "echo", "hello", "world"});
    CHECK(words.hosts.empty());
    CHECK(words.command == "echo hello world");
    CHECK(parse({"--resume", "run.jsonl", "uptime"}).command == "uptime");
    CHECK_THAT(refusal({"a,b", "--resume", "run.jsonl", "true"}), ContainsSubstring("-w 'a,b'"));
    auto const hosts = parse({"--resume", "run.jsonl", "-w", "a"});
    CHECK((hosts.hosts == strings{"a"} && hosts.command.empty()));
    auto const command = parse({"--resume", "run.jsonl", "-w", "a", "true"});
    CHECK(command.command == "true");
    CHECK_THAT(refusal({"--resume", "run.jsonl", "-w", "a", ""}), ContainsSubstring("no command"));
}

TEST_CASE("the ledger comes from the command line or a variable, what resumes only from the command line") {
    CHECK(parse({"--ledger", "l", "a", "true"}).ledger == "l");
    variables const set = {{"MUSTER_LEDGER", "v"}, {"MUSTER_RESUME", "r"}, {"MUSTER_RESUME_UNKNOWN", "1"}};
    CHECK(parse({"a", "true"}, set).ledger == "v");
    CHECK(parse({"a", "true"}, set).resume.empty());
    CHECK(parse({"--resume", "f", "a", "true"}, set).ledger.empty());
    CHECK_FALSE(parse({"--resume", "f", "a", "true"}, set).resume_unknown);
}

TEST_CASE("bad command lines name what is wrong") {
    using row = std::pair<words, char const*>;
    auto const [line, text] = GENERATE(
        row{{}, "no hosts"}, row{{"a"}, "no command"}, row{{"a", ""}, "no command"}, row{{"a", "--"}, "no command"},
        row{{"", "true"}, "no hosts"}, row{{"-w", "", "true"}, "no hosts"}, row{{"-k"}, "no hosts"},
        row{{"-w"}, "-w/--hosts needs a value: LIST"}, row{{"a", "--fanout"}, "-f/--fanout needs a value: N"},
        row{{"-f", "-1", "a", "true"}, "-f/--fanout: '-1' must be a whole number from 0"},
        row{{"-f", "abc", "a", "true"}, "'abc' must be a whole number"},
        row{{"-p", "0", "a", "true"}, "from 1 to 65535"}, row{{"-p", "65536", "a", "true"}, "from 1 to 65535"},
        row{{"-t", "abc", "a", "true"}, "must be a time"}, row{{"--halt", "now,fail=0%", "a", "true"}, "percentage"},
        row{{"--quiet=1", "a", "true"}, "takes no value"},
        row{{"--fanuot", "3", "a", "true"}, "unknown option --fanuot; did you mean --fanout?"},
        row{{"--connect-t", "3", "a", "true"}, "did you mean --connect-timeout?"},
        row{{"-z", "a", "true"}, "unknown option -z"}, row{{"--quorum", "a", "true"}, "unknown option --quorum"},
        row{{"--json=other", "a", "true"}, "takes no value"}, row{{"-qv", "a", "true"}, "excludes"},
        row{{"-k", "--halt", "never", "a", "true"}, "excludes"}, row{{"-N", "--json", "a", "true"}, "excludes"},
        row{{"a", "-w", "b", "true"}, "give one of them"},
        row{{"--color", "red", "a", "true"}, "auto, always or never"},
        row{{"--transport", "rsh", "a", "true"}, "ssh2, exec or ssh"},
        row{{"--halt-on", "x", "a", "true"}, "any or command"},
        row{{"--gate", "g", "--gate-for", "0", "a", "true"}, "is no time in which a gate answers"},
        row{{"-l", "-oProxyCommand=x", "a", "true"}, "-l/--user"}, row{{"-l", "", "a", "true"}, "-l/--user"},
        row{{"-F", "", "a", "true"}, "must not be empty"}, row{{"--max-hosts", "0", "a", "true"}, "from 1"},
        row{{"--hostfile", "-", "--hostfile", "-", "true"}, "only once"},
        row{{"--hostfile", "-", "-w", "-", "true"}, "only once"}, row{{"--ok-status", "", "a", "true"}, "statuses"},
        row{{"--ledger", "", "a", "true"}, "must not be empty"},
        row{{"--resume", "", "a", "true"}, "must not be empty"}, row{{"--ledger", "-", "a", "true"}, "is no file"},
        row{{"--resume", "-"}, "is no file"}, row{{"--report", "-", "a", "true"}, "is no file"},
        row{{"--report", "x", "--ledger", "./x", "a", "true"}, "--ledger is that file"},
        row{{"--merge", "x", "--report", "x"}, "--merge is that file"}, row{{"help"}, "'muster --help' is the option"},
        row{{"version"}, "'muster --version' is the option"},
        row{{"--ledger", "l", "--resume", "l", "a", "true"}, "excludes"},
        row{{"--resume-unknown", "a", "true"}, "--resume-unknown needs --resume"},
        row{{"--resume-any", "a", "true"}, "--resume-any needs --resume"},
        row{{"--preflight", "--transport", "ssh", "a", "true"}, "--preflight can't log in by --transport ssh"});
    CAPTURE(text);
    CHECK_THAT(refusal(line), ContainsSubstring(text));
}

TEST_CASE("errors show control characters instead of sending them") {
    CHECK(refusal({"--\x1b[2J", "a", "true"}).find('\x1b') == std::string::npos);
    CHECK(refusal({"-f", "\x1b]0;x\a", "a", "true"}).find('\x1b') == std::string::npos);
    CHECK(refusal({"-\x1b", "a", "true"}).find('\x1b') == std::string::npos);
}

TEST_CASE("a variable sets the default of its option") {
    variables const set = {{"MUSTER_FANOUT", "7"}, {"MUSTER_CONNECT_TIMEOUT", "3s"}, {"MUSTER_QUIET", "1"},
                           {"MUSTER_RAW", "no"},   {"MUSTER_ACCEPT_NEW", ""},        {"MUSTER_IDENTITY", "k0"}};
    auto const args = parse({"a", "true"}, set);
    CHECK(args.how.fanout == 7);
    CHECK(args.how.connect_timeout == 3s);
    CHECK(args.quiet);
    CHECK_FALSE(args.raw);
    CHECK_FALSE(args.ssh.accept_new);
    CHECK(args.ssh.identities == strings{"k0"});
}

TEST_CASE("the command line wins over variables, also by a contradicting option") {
    variables const set = {
        {"MUSTER_FANOUT", "7"}, {"MUSTER_QUIET", "1"}, {"MUSTER_HALT", "soon"}, {"MUSTER_IDENTITY", "k0"}};
    auto const args = parse({"-f", "2", "-v", "-k", "-i", "k1", "a", "true"}, set);
    CHECK(args.how.fanout == 2);
    CHECK((args.verbose && !args.quiet));
    CHECK(args.how.halt.when == halt_when::now);
    CHECK(args.ssh.identities == strings{"k1"});
}

TEST_CASE("a variable never says who, and its errors bear its name") {
    CHECK_THAT(refusal({"true"}, {{"MUSTER_HOSTS", "a"}}), ContainsSubstring("no command"));
    CHECK_THAT(refusal({"a", "true"}, {{"MUSTER_FANOUT", "x"}}), ContainsSubstring("MUSTER_FANOUT: 'x' must be"));
    CHECK_THAT(refusal({"a", "true"}, {{"MUSTER_RAW", "x"}}), ContainsSubstring("MUSTER_RAW: 'x' must be 1 or 0"));
    CHECK_THAT(refusal({"a", "true"}, {{"MUSTER_QUIET", "1"}, {"MUSTER_VERBOSE", "1"}}), ContainsSubstring("excludes"));
}

TEST_CASE("a muster under another one needs time to stop its commands") {
    using row = std::pair<words, char const*>;
    for (auto const& [line, patience] : {row{{"a", "true"}, "7.9s"}, row{{"--grace", "10", "a", "true"}, "12s"}}) {
        CAPTURE(patience);
        CHECK_THAT(refusal(line, {{"MUSTER_PARENT_GRACE", patience}}),
                   ContainsSubstring("give the outer muster --grace"));
    }
    CHECK_THAT(refusal({"a", "true"}, {{"MUSTER_PARENT_GRACE", "long"}}), ContainsSubstring("must be a time"));
    for (auto const* const patience : {"8s", "1m", ""})
        CHECK(parse({"a", "true"}, {{"MUSTER_PARENT_GRACE", patience}}).command == "true");
    CHECK(parse({"--grace", "1s", "a", "true"}, {{"MUSTER_PARENT_GRACE", "4s"}}).command == "true");
    CHECK(parse({"-Q", "a"}, {{"MUSTER_PARENT_GRACE", "1s"}}).what == action::list_hosts);
}

TEST_CASE("colours: option, then MUSTER_COLOR, then the usual variables") {
    CHECK(parse({"a", "true"}).color == color_when::automatic);
    CHECK(parse({"a", "true"}, {{"NO_COLOR", "1"}}).color == color_when::never);
    CHECK(parse({"a", "true"}, {{"NO_COLOR", ""}}).color == color_when::automatic);
    CHECK(parse({"a", "true"}, {{"CLICOLOR_FORCE", "1"}}).color == color_when::always);
    CHECK(parse({"a", "true"}, {{"CLICOLOR_FORCE", "0"}}).color == color_when::automatic);
    CHECK(parse({"a", "true"}, {{"TERM", "dumb"}}).color == color_when::never);
    CHECK(parse({"a", "true"}, {{"NO_COLOR", "1"}, {"MUSTER_COLOR", "always"}}).color == color_when::always);
    CHECK(parse({"--color", "auto", "a", "true"}, {{"NO_COLOR", "1"}}).color == color_when::automatic);
}
