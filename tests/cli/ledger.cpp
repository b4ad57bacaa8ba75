// SPDX-License-Identifier: MIT
// Ledger and resume on the program: what it refuses, what it runs again, and SIGKILL at random moments.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/program_run.hpp"
#include "support/ledger_lines.hpp"

using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

using names = std::set<std::string>;

/// A folder of the test's own, with a ledger and the file in which commands leave their effects.
class scratch {
  public:
    scratch() : folder_(make()) {}
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;
    ~scratch() { std::filesystem::remove_all(folder_); }

    std::string ledger() const { return folder_ / "run.jsonl"; }
    std::string effects() const { return folder_ / "effects"; }

    /// The command that leaves the host's name, in one write(2).
    std::string leave_effect() const { return "echo {host} >> " + effects(); }

    /// How often each host's command had its effect.
    std::map<std::string, int> count_effects() const {
        std::map<std::string, int> counts;
        std::ifstream file(effects());
        for (std::string host; std::getline(file, host);) ++counts[host];
        return counts;
    }

    void write(std::string const& text) const { std::ofstream(ledger()) << text; }

    std::string text() const {
        std::ifstream file(ledger());
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::size_t size() const {
        struct stat about {};
        return ::stat(ledger().c_str(), &about) == 0 ? static_cast<std::size_t>(about.st_size) : 0;
    }

  private:
    static std::filesystem::path make() {
        auto name = (std::filesystem::temp_directory_path() / "muster-resume-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::bad_alloc();
        return name;
    }

    std::filesystem::path folder_;
};

program_end resume(scratch const& files, strings more = {}) {
    more.insert(more.begin(), {"--resume", files.ledger()});
    return run_here(std::move(more));
}

std::string const head = R"({"v":1,"type":"run","command":"true","command_hash":"x","targets":["a","b"]})"
                         "\n";

}  // namespace

TEST_CASE("a ledger in /dev/null records nothing, and no hint goes on with it") {
    auto const end = run_here({"--ledger", "/dev/null", "a,b", "test {host} = a"});
    CHECK(end.code() == 1);
    CHECK_THAT(end.err, ContainsSubstring("again: muster --transport exec -w b 'test {host} = a'"));
    CHECK(run_here({"--ledger", "/dev/null", "a", "true"}).code() == 0);
    auto const resumed = run_here({"--resume", "/dev/null"});
    CHECK(resumed.code() == 2);
    CHECK_THAT(resumed.err, ContainsSubstring("/dev/null records no run yet"));
    CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("resume runs what has no ok, in the same ledger, until there is nothing to do") {
    scratch const files;
    auto const command = "[ {host} = a ] || [ -e " + files.effects() + " ] && echo did {host}";
    auto const first = run_here({"--ledger", files.ledger(), "c,b,a", command});
    CHECK(first.code() == 1);
    CHECK(first.out == "a: did a\n");
    CHECK_THAT(first.err,
               ContainsSubstring("muster: again: muster --transport exec --resume " + files.ledger() + "\n"));

    std::ofstream(files.effects()).flush();
    auto const second = resume(files, {"-f1"});
    CHECK(second.code() == 0);
    CHECK(second.out == "c: did c\nb: did b\n");
    CHECK(recorded(files.text()).runs == 2);
    CHECK(recorded(files.text()).ok == names{"a", "b", "c"});

    auto const before = files.text();
    for (auto const& words :
         {strings{}, strings{"-w", "a,b,c", command}, strings{"-w", "c", command}, strings{command}}) {
        auto const third = resume(files, words);
        CAPTURE(words, third.err);
        CHECK(third.code() == 0);
        CHECK(third.out.empty());
        CHECK_THAT(third.err, ContainsSubstring("nothing to do"));
    }
    CHECK(files.text() == before);
    CHECK(resume(files, {"-w", "d,a", command}).out == "d: did d\n");
}

TEST_CASE("resume leaves out and names hosts where the command may have run") {
    scratch const files;
    auto const command = files.leave_effect() + "; [ {host} = a ] || sleep 300";
    program_run run({"--transport", "exec", "--ledger", files.ledger(), "a,b,c", command});
    REQUIRE(run.wait_for([&] { return recorded(files.text()).ok.size() == 1 && files.count_effects().size() == 3; }));
    run.signal(SIGKILL);
    CHECK(run.finish().signal == SIGKILL);

    auto const more = resume(files, {"-w", "a,b,c,d", "--resume-any", "echo {host}"});
    CHECK(more.code() == 1);
    CHECK(more.out == "d: d\n");
    CHECK_THAT(more.err, ContainsSubstring("left out: b,c (2)") && ContainsSubstring("--resume-unknown") &&
                             ContainsSubstring("1 host: 1 ok in ") && ContainsSubstring("2 hosts left out"));
    auto const none = resume(files);
    CHECK(none.code() == 1);
    CHECK_THAT(none.err, ContainsSubstring("left out: b,c (2)"));
    auto const unknown = resume(files, {"-f1", "--resume-unknown"});
    CHECK(unknown.code() == 0);
    CHECK(unknown.out == "b: b\nc: c\n");
}

TEST_CASE("a ledger of another command is refused unless --resume-any") {
    scratch const files;
    run_here({"--ledger", files.ledger(), "a,b", "false"});
    auto const before = files.text();
    auto const other = resume(files, {"-w", "a,b", "true"});
    CHECK(other.code() == 2);
    CHECK_THAT(other.err, ContainsSubstring("another command: 'false', not 'true'"));
    CHECK(files.text() == before);
    CHECK(resume(files, {"--resume-any", "-w", "a,b", "true"}).code() == 0);
    CHECK(resume(files, {"-w", "a,b", "true"}).code() == 0);
}

TEST_CASE("with --resume no word of the command becomes a host of the ledger") {
    scratch const files;
    run_here({"--ledger", files.ledger(), "a,b", "false"});
    auto const end = resume(files, {"--resume-any", "--", "echo", "hello", "world"});
    CHECK(end.code() == 0);
    CHECK(end.out.find("a: hello world\n") != std::string::npos);
    CHECK(end.out.find("b: hello world\n") != std::string::npos);
    CHECK(files.text().find("\"host\":\"echo\"") == std::string::npos);
    auto const word = run_here({"a,b", "--resume", files.ledger(), "true"});
    CHECK(word.code() == 2);
    CHECK_THAT(word.err, ContainsSubstring("with --resume hosts are given with -w"));
}

TEST_CASE("a broken last line is tolerated, a damaged ledger is refused by file and line, and starts nothing") {
    using row = std::pair<std::string, std::string>;
    auto const [tail, reason] = GENERATE(row{"{\"v\":1,\"ty", ""}, row{"{\"v\":1,\"ty\n", ""},
                                         row{"x\n{\"v\":1,\"type\":\"summary\"}\n", ":2: is broken"},
                                         row{"{\"v\":1,\"type\":\"command_sent\",\"host\":\"z\"}\n", ":2: is about z"});
    scratch const files;
    files.write(head + tail);
    auto const end = resume(files, {"--resume-any", "-w", "a,b", files.leave_effect()});
    CAPTURE(end.err);
    CHECK(end.code() == (reason.empty() ? 0 : 2));
    if (!reason.empty()) CHECK_THAT(end.err, ContainsSubstring("muster: " + files.ledger() + reason));
    CHECK(files.count_effects().empty() == !reason.empty());
    if (reason.empty()) CHECK(resume(files).code() == 0);
}

TEST_CASE("a ledger that can't be used is an error before anything starts") {
    scratch const files;
    auto const effect = files.leave_effect();
    for (auto const& words : {strings{}, strings{"-w", "a"}, strings{effect}}) {
        auto const missing = resume(files, words);
        CHECK(missing.code() == 2);
        CHECK_THAT(missing.err, ContainsSubstring(files.ledger() + " does not exist"));
    }
    auto const folder = run_here({"--ledger", "/nonexistent/run.jsonl", "a", effect});
    CHECK(folder.code() == 4);
    CHECK_THAT(folder.err, ContainsSubstring("ledger /nonexistent/run.jsonl: No such file or directory"));
    CHECK(run_here({"--ledger", files.ledger(), "a[", effect}).code() == 2);
    CHECK_FALSE(std::filesystem::exists(files.ledger()));

    files.write("web1\nweb2\n");
    CHECK(run_here({"--ledger", files.ledger(), "a", effect}).code() == 2);
    CHECK(resume(files, {"-w", "a", effect}).code() == 2);
    CHECK(files.text() == "web1\nweb2\n");
    CHECK(files.count_effects().empty());
}

TEST_CASE("a ledger that does not exist yet has nothing done: the same line begins a run and goes on with it") {
    scratch const files;
    strings const line = {"-w", "a,b", "[ {host} = a ] || [ -e " + files.effects() + " ]"};
    auto const first = resume(files, line);
    CHECK(first.code() == 1);
    CHECK_THAT(first.err, ContainsSubstring("does not exist yet: nothing is done"));
    std::ofstream(files.effects()).flush();
    auto const second = resume(files, line);
    CHECK(second.code() == 0);
    CHECK_THAT(second.err, ContainsSubstring("1 host: 1 ok"));
}

TEST_CASE("a run that goes on has the options of the one before, and says so") {
    scratch const files;
    auto const first = run_here({"--ledger", files.ledger(), "--ok-status", "0,3", "-f1", "a,b", "exit 4"});
    CHECK(first.code() == 1);
    auto const second = run_muster({"--resume", files.ledger(), "--resume-any", "--", "echo {host}; exit 3"});
    CHECK(second.code() == 0);
    CHECK(second.out == "a: a\nb: b\n");
    CHECK_THAT(second.err,
               ContainsSubstring("taken over from the ledger: --transport=exec --ok-status=0,3 --fanout=1"));
    auto const other = run_muster({"--resume", files.ledger(), "--transport", "ssh2"});
    CHECK(other.code() == 2);
    CHECK_THAT(other.err, ContainsSubstring("is the ledger of a run with --transport exec, not ssh2"));
    auto const user = run_muster({"--resume", files.ledger(), "-l", "somebody"});
    CHECK(user.code() == 2);
    CHECK_THAT(user.err, ContainsSubstring("is the ledger of a run without -l, not with -l somebody"));
    auto const setting = run_muster({"--resume", files.ledger(), "-o", "user=somebody"});
    CHECK(setting.code() == 2);
    CHECK_THAT(setting.err, ContainsSubstring("is the ledger of a run without -l, not with -l somebody"));
    auto const sudo = run_muster({"--resume", files.ledger(), "--sudo"});
    CHECK(sudo.code() == 2);
    CHECK_THAT(sudo.err, ContainsSubstring("is the ledger of a run without --sudo, not with --sudo=root"));
    auto const www = run_muster({"--resume", files.ledger(), "--sudo=www"});
    CHECK(www.code() == 2);
    CHECK_THAT(www.err, ContainsSubstring("is the ledger of a run without --sudo, not with --sudo=www"));
    program_set_up set_up;
    set_up.environment = {"MUSTER_TRANSPORT=ssh2", "MUSTER_OK_STATUS=0"};
    CHECK(run_muster({"--resume", files.ledger(), "--resume-any", "--", "exit 3"}, set_up).code() == 0);
}

TEST_CASE("a run that goes on reaches its hosts, limits them and stops as the one before") {
    scratch const files;
    auto const begun = run_here(
        {"--ledger", files.ledger(), "-F", "none", "-p", "2222", "-u", "60", "-k", "-f1", "-w", "a,b", "exit 4"});
    CHECK(begun.code() == 1);
    auto const resumed = run_muster({"--resume", files.ledger(), "--resume-any", "--", "echo {host}; exit 4"});
    CHECK(resumed.code() == 1);
    CHECK_THAT(resumed.err,
               ContainsSubstring(" --ssh-config=none --port=2222 --command-timeout=60 --fail-fast --fanout=1"));
    CHECK_THAT(resumed.err, ContainsSubstring("1 failed, 1 not started"));
    CHECK(resumed.out == "a: a\n");
}

TEST_CASE("a run does not go on with a script or a push that has changed since") {
    scratch const files;
    auto const script = files.effects() + ".sh";
    auto const pushed = files.effects() + ".d";
    std::filesystem::create_directory(pushed);
    auto const write = [](std::string const& path, std::string const& text) { std::ofstream(path) << text; };
    write(script, "test $1 = 4 && echo old");
    write(pushed + "/f", "old");
    auto const push = pushed + ":" + files.effects() + ".there";
    auto const first = run_here({"--ledger", files.ledger(), "-w", "a,b", "--push", push, "--script", script, "3"});
    CHECK(first.code() == 1);
    CHECK(resume(files).code() == 1);

    auto const is_refused = [&](std::string const& named) {
        auto const end = resume(files);
        CAPTURE(end.err);
        CHECK(end.code() == 2);
        CHECK_THAT(end.err, ContainsSubstring(named + " has changed since the run of " + files.ledger()));
    };
    write(pushed + "/f", "new");
    is_refused(pushed);
    write(pushed + "/f", "old");
    write(script, "echo new");
    is_refused(script);
    auto const end = resume(files, {"--resume-any", "-f1"});
    CHECK(end.code() == 0);
    CHECK(end.out == "a: new\nb: new\n");
}

TEST_CASE("a run goes on with the input that it had, and not without one") {
    scratch const files;
    auto const fixed = files.effects() + ".fixed";
    auto const got = files.effects() + ".got-";
    auto const named = files.effects() + ".in";
    auto const command = "cat > " + got + "{host}; test {host} = a -o -e " + fixed;
    auto const rest_of = [&](strings const& words, std::string const& input) {
        program_set_up set_up;
        set_up.input = input;
        strings line{"--resume", files.ledger()};
        line.insert(line.end(), words.begin(), words.end());
        return run_muster(line, set_up);
    };
    auto const contents = [](std::string const& path) {
        std::ifstream file(path);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    auto const begin = [&](strings const& words, program_set_up const& set_up) {
        std::filesystem::remove(fixed);
        strings line{"--ledger", files.ledger(), "-w", "a,b"};
        line.insert(line.end(), words.begin(), words.end());
        line.push_back(command);
        CHECK(run_here(line, set_up).code() == 1);
        std::ofstream(fixed).flush();
    };

    program_set_up redirected;
    redirected.input = "data";
    SECTION("a file that is standard input") {
        begin({}, redirected);
        auto const none = rest_of({}, "");
        CHECK(none.code() == 2);
        CHECK_THAT(none.err, ContainsSubstring("read standard input, and now there is nothing to read"));
        CHECK(rest_of({"-n"}, "data").code() == 2);
        auto const other = rest_of({}, "other");
        CHECK(other.code() == 2);
        CHECK_THAT(other.err, ContainsSubstring("standard input is not what the commands of the run of"));
        CHECK(rest_of({}, "data").code() == 0);
        CHECK(contents(got + "b") == "data");
    }
    SECTION("a file that is named") {
        std::ofstream(named) << "data";
        begin({"--input", named}, {});
        std::ofstream(named) << "other";
        auto const other = rest_of({}, "");
        CHECK(other.code() == 2);
        CHECK_THAT(other.err, ContainsSubstring(named + " is not what the commands of the run of"));
        CHECK(rest_of({"--resume-any"}, "").code() == 0);
        CHECK(contents(got + "b") == "other");
    }
    SECTION("a pipe") {
        program_set_up piped;
        piped.in_child = [] {
            int ends[2];
            if (::pipe(ends) != 0 || ::write(ends[1], "data", 4) != 4) ::_exit(99);
            ::dup2(ends[0], STDIN_FILENO);
            ::close(ends[0]);
            ::close(ends[1]);
        };
        begin({}, piped);
        CHECK(rest_of({}, "").code() == 2);
        auto const again = run_muster({"--resume", files.ledger()}, piped);
        CHECK(again.code() == 0);
        CHECK_THAT(again.err, ContainsSubstring("can't be compared"));
        CHECK(contents(got + "b") == "data");
    }
    SECTION("none") {
        begin({}, {});
        auto const end = rest_of({}, "");
        CHECK(end.code() == 0);
        CHECK_THAT(end.err, !ContainsSubstring("input"));
    }
}

TEST_CASE("a host whose check was cut short is checked again, and its command does not run again") {
    for (int const signal : {SIGKILL, SIGINT}) {
        scratch const files;
        auto const well = files.effects() + ".well";
        program_run run({"--transport", "exec", "-n", "--ledger", files.ledger(), "--check", "[ -e " + well + " ]",
                         "--before", "echo before >> " + well + ".before", "-w", "a,b", files.leave_effect()});
        auto const text = [&] { return files.text(); };
        REQUIRE(run.wait_for([&] { return recorded(text()).done == names{"a", "b"}; }));
        run.signal(signal);
        auto const end = run.finish();
        CAPTURE(signal, end.err);
        if (signal == SIGINT) CHECK_THAT(end.err, ContainsSubstring("a,b (2): check: stopped"));
        CHECK_THAT(resume(files, {"--dry-run"}).out, ContainsSubstring("commands:\n  a,b: check ["));
        std::ofstream(well).flush();
        auto const second = resume(files);
        CHECK(second.code() == 0);
        CHECK_THAT(second.err, ContainsSubstring("a,b (2): the command has ended well there"));
        CHECK(files.count_effects() == std::map<std::string, int>{{"a", 1}, {"b", 1}});
        CHECK(std::filesystem::file_size(well + ".before") == std::string("before\nbefore\n").size());
    }
}

TEST_CASE("what can't be recorded is not run") {
    scratch const files;
    auto const end = run_here({"--ledger", "/dev/full", "a", files.leave_effect()});
    CHECK(end.code() == 4);
    CHECK_THAT(end.err, ContainsSubstring("muster: ledger /dev/full: No space left on device"));
    CHECK(files.count_effects().empty());
}

TEST_CASE("a ledger that can't grow stops the run, and can be gone on with") {
    scratch const files;
    program_set_up set_up;
    set_up.in_child = [] {
        rlimit const small{3000, 3000};
        ::setrlimit(RLIMIT_FSIZE, &small);
    };
    auto const end = run_here({"--ledger", files.ledger(), "-f4", "n[1-40]", files.leave_effect()}, set_up);
    CAPTURE(end.err);
    CHECK(end.code() == 4);
    CHECK_THAT(end.err, ContainsSubstring("muster: ledger " + files.ledger() + ": File too large"));
    auto const before = files.count_effects();
    recorded const cut(files.text());
    CHECK_FALSE(cut.ok.empty());
    for (auto const& [host, count] : before) CHECK(cut.sent.contains(host));
    CHECK(resume(files, {"--resume-unknown"}).code() == 0);
    CHECK(recorded(files.text()).ok.size() == 40);
    for (auto const& host : cut.ok) CHECK(files.count_effects()[host] == 1);
}

TEST_CASE("two runs can't write one ledger") {
    scratch const files;
    program_run run({"--transport", "exec", "--ledger", files.ledger(), "a", "echo up; sleep 300"});
    REQUIRE(run.wait_for_output("a: up\n"));
    for (auto const* const option : {"--ledger", "--resume"}) {
        auto const end = run_here({option, files.ledger(), "a", "true"});
        CHECK(end.code() == 2);
        CHECK_THAT(end.err, ContainsSubstring("another run is writing it"));
    }
    run.signal(SIGINT);
    CHECK(run.finish().signal == SIGINT);
    CHECK(recorded(files.text()).sent == names{"a"});
}

TEST_CASE("a command that was stopped and has ended may run again") {
    scratch const files;
    auto const command = "echo up; [ -e " + files.effects() + " ] || sleep 300";
    program_run run({"--transport", "exec", "--ledger", files.ledger(), "a", command});
    REQUIRE(run.wait_for_output("a: up\n"));
    run.signal(SIGINT);
    CHECK(run.finish().signal == SIGINT);
    std::ofstream(files.effects()).flush();
    CHECK(resume(files).code() == 0);
}

namespace {

constexpr int fleet_size = 300;
std::string const fleet = "n[1-300]";

int rounds() {
    return std::getenv("MUSTER_LONG") == nullptr ? 20 : 200;
}

/// The ledger of a run that nobody disturbs, in bytes.
std::size_t size_of_whole_ledger() {
    scratch const files;
    CHECK(run_here({"--ledger", files.ledger(), fleet, files.leave_effect()}).code() == 0);
    return files.size();
}

/// While it lives, processes whose parent ended are this process's children (prctl(2)).
class orphans {
  public:
    orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }
    orphans(orphans const&) = delete;
    orphans& operator=(orphans const&) = delete;
    ~orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }

    /// Unlike a look at the process table, this misses none that is about to become a shell.
    static bool are_gone() {
        pid_t reaped = 0;
        do {
            reaped = ::waitpid(-1, nullptr, WNOHANG);
        } while (reaped > 0);
        return reaped < 0 && errno == ECHILD;
    }
};

/// Kills a run when its ledger has grown over `size`, and waits for the commands that it leaves behind.
void run_until_killed(scratch const& files, std::size_t size) {
    orphans const adopted;
    program_run run({"--transport", "exec", "-q", "--ledger", files.ledger(), fleet, files.leave_effect()});
    bool const grown = run.wait_for([&] { return files.size() >= size; });
    run.signal(SIGKILL);
    run.finish();
    REQUIRE(grown);
    REQUIRE(run.wait_for(orphans::are_gone));
}

void check_nothing_runs_again(scratch const& files, names const& hosts, std::map<std::string, int> before) {
    auto now = files.count_effects();
    for (auto const& host : hosts) {
        CAPTURE(host);
        CHECK(now[host] == before[host]);
    }
}

/// The three promises of a ledger, for one run that was killed.
void check_killed_run(scratch const& files) {
    auto const before = files.count_effects();
    recorded const killed(files.text());
    for (auto const& [host, count] : before) CHECK(killed.sent.contains(host));

    auto const careful = resume(files, {"-q", "-w", fleet, files.leave_effect()});
    CHECK(careful.code() == (killed.sent.size() > killed.ok.size() ? 1 : 0));
    check_nothing_runs_again(files, killed.sent, before);

    CHECK(resume(files, {"-q", "--resume-unknown"}).code() == 0);
    check_nothing_runs_again(files, killed.ok, before);
    CHECK(recorded(files.text()).ok.size() == fleet_size);
    CHECK(files.count_effects().size() == fleet_size);
}

}  // namespace

TEST_CASE("SIGKILL at random moments: nothing that is ok runs again, nothing that ran is forgotten") {
    auto const seed = Catch::getSeed();  // printed at the begin, and set by --rng-seed
    std::mt19937 random(seed);
    std::uniform_int_distribution<std::size_t> sizes(1, size_of_whole_ledger() - 1000);
    for (int round = 0; round < rounds(); ++round) {
        auto const size = sizes(random);
        CAPTURE(seed, round, size);
        scratch const files;
        run_until_killed(files, size);
        check_killed_run(files);
    }
}
