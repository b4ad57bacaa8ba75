// SPDX-License-Identifier: MIT
// The steps of a host on the program: their order, what each failure means, stops, and the resume.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <utility>

#include "cli/program_run.hpp"
#include "support/paths.hpp"
#include "support/shell_run.hpp"

using namespace muster::test;
using Catch::Matchers::ContainsSubstring;
using support::test_folder;

namespace {

program_end steps(strings words) {
    words.insert(words.begin(), "-n");
    return run_here(std::move(words));
}

bool contains(std::string const& text, std::string const& part) {
    return text.find(part) != std::string::npos;
}

/// A folder whose files are pushed and pulled; it is both sides.
class copied_files : public test_folder {
  public:
    strings push(std::string const& name, std::string const& to) const {
        return {"--push", path(name) + ":" + path(to)};
    }
    strings pull(std::string const& name, std::string const& to) const {
        return {"--pull", path(name) + ":" + path(to)};
    }
};

strings operator+(strings words, strings const& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

}  // namespace

TEST_CASE("steps run in one order wherever the options stand") {
    test_folder const here;
    here.write("f", "pushed");
    auto const there = here.path("there");
    auto const end = steps({"--always", "echo always", "--pull", there + ":" + here.path("pulled"), "--check",
                            "echo check; test -f " + there, "--push", here.path("f") + ":" + there, "n1",
                            "cat " + there + "; echo"});
    CHECK(end.code() == 0);
    CHECK(end.out == "n1: pushed\nn1: check: check\nn1: always: always\n");
    CHECK(here.read("pulled/n1/there") == "pushed");
}

TEST_CASE("what was pushed and what was there already is told, and planned with its bytes") {
    copied_files const here;
    here.write("f", "12345");
    std::filesystem::create_directory(here.path("d"));
    std::filesystem::create_symlink("/etc/hostname", here.path("d/out"));
    auto const with = [&](std::string const& source, strings const& more) {
        return steps(here.push(source, "to-" + source + "-{host}") + more);
    };
    CHECK_THAT(with("f", {"a"}).err,
               ContainsSubstring("1 host: 1 ok in ") && ContainsSubstring("; pushed: 1 changed, 0 the same\n"));
    auto const second = with("f", {"--json", "--shard", "0/1", "a,b"});
    CHECK_THAT(second.err, ContainsSubstring("; pushed: 1 changed, 1 the same\n"));
    CHECK_THAT(second.out, ContainsSubstring(R"("changed":0,"same":1,"shard":0,"shards":1})") &&
                               ContainsSubstring(R"("changed":1,"same":1,"shard":0,"shards":1,"list_hash":"sha256:)"));
    CHECK_THAT(with("d", {"a"}).err, ContainsSubstring("the link ./out -> /etc/hostname leads out of it"));
    auto const plan = steps({"--dry-run", "--push", here.path("f") + ":x/", "a,b,c"});
    CHECK_THAT(plan.out,
               ContainsSubstring("as ~/x/f\n") && ContainsSubstring("pushes bring 5 B to each of 3 hosts: 15 B\n"));
    here.write("a.conf", "1234567");
    strings const own = {"--push", here.path("{host}.conf") + ":x", "--push", here.path("f") + ":y", "a,b"};
    auto const lacking = steps(strings{"--dry-run"} + own);
    CHECK_THAT(lacking.out, ContainsSubstring("pushes bring 2 hosts: 17 B\n") &&
                                ContainsSubstring("not there to be pushed:\n  b  " + here.path("b.conf") + "\n"));
    CHECK_THAT(steps(strings{"--dry-run", "--json"} + own).out,
               ContainsSubstring(R"("push_bytes":12})") &&
                   ContainsSubstring(R"("push_bytes":5,"missing":[")" + here.path("b.conf") + "\"]}"));
    CHECK_THAT(steps({"--push", ":x", "a"}).err, ContainsSubstring("--push ':x': must be SRC[:DST]"));
}

TEST_CASE("a pushed directory is the same also where a name or a link has a backslash or a line feed in it") {
    copied_files const here;
    here.write("d/a\\b", "1");
    here.write("d/line\nfeed", "2");
    here.write("d/end\n", "3");
    here.write("d/sub\\n/.\n/x", "4");
    here.write("d/plain", "5", 0755);
    std::filesystem::create_symlink("to\\\nthere\n", here.path("d/link\\"));
    auto const push = [&] { return steps(here.push("d", "there") + strings{"n1"}).err; };
    CHECK_THAT(push(), ContainsSubstring("pushed: 1 changed, 0 the same"));
    CHECK_THAT(push(), ContainsSubstring("pushed: 0 changed, 1 the same"));
    here.write("there/line\nfeed", "9");
    CHECK_THAT(push(), ContainsSubstring("pushed: 1 changed, 0 the same"));
    std::filesystem::remove(here.path("there/link\\"));
    std::filesystem::create_symlink("to\\\nthere", here.path("there/link\\"));
    CHECK_THAT(push(), ContainsSubstring("pushed: 1 changed, 0 the same"));
    std::filesystem::rename(here.path("there/a\\b"), here.path("there/a\nb"));
    CHECK_THAT(push(), ContainsSubstring("pushed: 1 changed, 0 the same"));
    std::filesystem::permissions(here.path("there/end\n"), std::filesystem::perms::owner_all);
    CHECK_THAT(push(), ContainsSubstring("pushed: 1 changed, 0 the same"));
    CHECK_THAT(push(), ContainsSubstring("pushed: 0 changed, 1 the same"));
    CHECK(here.read("there/sub\\n/.\n/x") == "4");
}

TEST_CASE("with --argv each word is one word there, templates among them") {
    auto const end = run_here({"--argv", "-N", "a", "printf", "<%s>", "it's  two", "", "$HOME; *", "a\\b!"});
    CHECK(end.out == "<it's  two><><$HOME; *><a\\b!>");
    auto const filled =
        run_here({"--argv", "--template", "-N", "-L", "a,b", "printf", "<%s>\n", "host {host}", "{{n}}"});
    CHECK(filled.out == "<host a>\n<{n}>\n<host b>\n<{n}>\n");
    CHECK(run_here({"--argv", "--script", "/bin/true", "a"}).code() == 2);
}

TEST_CASE("a script that can't be read is an error with its reason, and its arguments can be templates") {
    test_folder const here;
    for (auto const& [name, reason] :
         {std::pair{here.path(), "Is a directory"}, {here.path("none"), "No such file or directory"}}) {
        auto const end = steps({"--script", name, "n1"});
        CHECK(end.code() == 2);
        CHECK(end.err == "muster: " + name + ": " + reason + "\n");
    }
    auto const script = here.write("s", "printf '<%s>' \"$@\"; echo\n");
    strings const words = {"--template", "--script", script, "-w", "n1", "it's {host}", "{n}/{count}", "{{n}}"};
    auto const end = steps(words);
    CHECK(end.code() == 0);
    CHECK(end.out == "n1: <it's n1><0/1><{n}>\n");
    auto dry = words;
    dry.insert(dry.begin(), "--dry-run");
    CHECK_THAT(steps(dry).out, ContainsSubstring("n1: --script " + script + " 'it'"));
    CHECK(steps({"--template", "--script", script, "-w", "n1", "{nothing}"}).code() == 2);
}

TEST_CASE("a step that fails is the last but for those of the end, and its name is the stage") {
    test_folder const here;
    here.write("f", "x");
    auto const push = steps({"--push", here.path("f") + ":/no/such/", "--always", "echo always", "n1", "echo never"});
    CHECK(push.code() == 1);
    CHECK(push.out == "n1: always: always\n");
    CHECK_THAT(push.err, ContainsSubstring("n1: push: "));
    auto const check = steps({"--check", "exit 3", "--check-for", "0", "--pull", "x:" + here.path(), "n1", "true"});
    CHECK(check.code() == 1);
    CHECK_THAT(check.err, ContainsSubstring("n1: check: exit status 3\n"));
    auto const pull = steps({"--pull", "/no/such:" + here.path(), "--json", "n1", "true"});
    CHECK_THAT(pull.out,
               ContainsSubstring(R"("state":"failed","command":"ended","status":0,"signal":null,"stage":"pull")"));
    auto const always = steps({"--always", "exit 4", "n1", "true"});
    CHECK(always.code() == 1);
    CHECK_THAT(always.err, ContainsSubstring("n1: always: exit status 4\n"));
    auto const both = steps({"--always", "exit 4", "n1", "exit 5"});
    CHECK_THAT(both.err, ContainsSubstring("n1: command: exit status 5; at the end: exit status 4\n"));
}

TEST_CASE("what is pulled lies where {host} says, replaces its own kind only, and nothing that another pull brings") {
    copied_files const here;
    here.write("a/f", "of a");
    here.write("b/f", "of b");
    strings const n1{"n1"};
    auto const pull = [&](std::string const& from, std::string const& to) { return steps(here.pull(from, to) + n1); };
    CHECK(pull("a/f", "out/{host}/x").code() == 0);
    CHECK(here.read("out/n1/x/f") == "of a");

    here.write("out/n1/x/g/precious", "x");
    auto const device = steps({"--pull", "/dev/null:" + here.path("device"), "n1"});
    CHECK_THAT(device.err, ContainsSubstring("/dev/null: is neither a file nor a directory"));
    here.write("g", "a file");
    auto const file = pull("g", "out/{host}/x");
    CHECK(file.code() == 1);
    CHECK_THAT(file.err,
               ContainsSubstring("n1: pull: ") && ContainsSubstring("/out/n1/x/g is a directory here, and a file "
                                                                    "does not replace it; move it away"));
    CHECK(pull("a", "made").code() == 0);
    here.write("b/a", "a file");
    CHECK_THAT(pull("b/a", "made").err, ContainsSubstring("is a directory here"));
    here.write("kept/n1/a", "a file");
    CHECK_THAT(pull("a", "kept").err, ContainsSubstring("is no directory here, and a directory does not"));
    CHECK(here.read("kept/n1/a") == "a file");
    CHECK(here.read("out/n1/x/g/precious") == "x");

    strings const began{"n1", "touch " + here.path("began")};
    auto const both = steps(here.pull("a/f", "two") + here.pull("b/f", "two/.") + began);
    CHECK(both.code() == 2);
    CHECK_THAT(both.err, ContainsSubstring("another pull puts 'f' into the same folder"));
    CHECK(steps(here.pull("a/f", "g") + began).code() == 4);
    CHECK_FALSE(std::filesystem::exists(here.path("began")));
}

TEST_CASE("a file that has grown since it was read ends the run, and is put nowhere") {
    copied_files const here;
    here.write("f", "old");
    auto const grow = "[ {host} = n1 ] || echo more >> " + here.path("f");
    auto const end = steps(here.push("f", "to-{host}") + strings{"-f1", "--before", grow, "n1,n2", "true"});
    CHECK(end.code() == 4);
    CHECK_THAT(end.err, ContainsSubstring(here.path("f") + ": has changed while it was sent"));
    CHECK(here.names() == strings{"f", "to-n1"});
}

TEST_CASE("a pull takes away what a pull that was killed has left, and nothing of one that runs") {
    copied_files const here;
    here.write("f", "x");
    here.write("out/n1/.muster-pull.aaaaaa/bytes", "left");
    here.write("out/n1/.muster-pull.bbbbbb/old/f", "the last copy");
    here.write("out/n1/.muster-pull.bbbbbb/tree/f", "new");
    here.write("out/n1/.muster-pull.cccccc/bytes", "of a pull that runs");
    int const running = ::open(here.path("out/n1/.muster-pull.cccccc").c_str(), O_RDONLY | O_DIRECTORY);
    REQUIRE(::flock(running, LOCK_EX | LOCK_NB) == 0);
    CHECK(steps(here.pull("f", "out") + strings{"n1"}).code() == 0);
    ::close(running);
    CHECK_FALSE(std::filesystem::exists(here.path("out/n1/.muster-pull.aaaaaa")));
    CHECK(here.read("out/n1/.muster-pull.bbbbbb/old/f") == "the last copy");
    CHECK(here.read("out/n1/.muster-pull.cccccc/bytes") == "of a pull that runs");
    CHECK(steps(here.pull("f", "out") + strings{"n1"}).code() == 0);
    CHECK_FALSE(std::filesystem::exists(here.path("out/n1/.muster-pull.cccccc")));
}

TEST_CASE("a run that goes on from another folder pulls to where the first one did") {
    test_folder const here;
    here.write("f", "x");
    auto const folder = here.path();
    auto const ledger = here.path("run.jsonl");
    program_set_up how;
    how.in_child = [&folder] {
        if (::chdir(folder.c_str()) != 0) ::_exit(99);
    };
    auto const first = run_here({"-n", "--ledger", ledger, "--pull", here.path("f") + ":out", "-w", "a,b",
                                 "[ {host} = a ] || [ -e " + here.path("go") + " ]"},
                                how);
    CHECK(first.code() == 1);
    here.write("go", "");
    how.in_child = [] {
        if (::chdir("/") != 0) ::_exit(99);
    };
    CHECK(run_here({"-n", "--resume", ledger}, how).code() == 0);
    CHECK(here.read("out/a/f") == "x");
    CHECK(here.read("out/b/f") == "x");
}

TEST_CASE("where names that differ only in case are one, nothing of a host comes to lie over something else") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the sanitizer wants to be preloaded first");
#endif
    test_folder const here;
    test_folder const folding;
    program_set_up how;
    how.environment = {"LD_PRELOAD=" + std::string(build_dir) + "/tests/folding_names.so",
                       "MUSTER_FOLDS=" + folding.path()};
    auto const pull = [&](std::string const& what, std::string const& host) {
        return run_here({"-n", "--pull", here.path(what) + ":" + folding.path("out"), host}, how);
    };
    here.write("files/Makefile", "1");
    here.write("files/makefile", "2");
    here.write("folders/Sub/one", "1");
    here.write("folders/sub/two", "2");
    here.write("fine/Sub/one", "1");
    here.write("fine/Sub/two", "2");
    for (auto const* const what : {"files", "folders"}) {
        auto const end = pull(what, "n1");
        CAPTURE(what, end.err);
        CHECK(end.code() == 1);
        CHECK_THAT(end.err, ContainsSubstring("n1: pull: the host's tar: '") &&
                                ContainsSubstring("differs only in case from another"));
    }
    CHECK(pull("fine", "n1").code() == 0);
    CHECK(folding.names() ==
          strings{"out/", "out/n1/", "out/n1/fine/", "out/n1/fine/Sub/", "out/n1/fine/Sub/one", "out/n1/fine/Sub/two"});
    for (auto const& option :
         {strings{"--pull", here.path("fine") + ":" + folding.path("out")}, strings{"--outdir", folding.path("o")}}) {
        strings words = {"-n", "-w", "root@n1,Root@n1"};
        words.insert(words.end(), option.begin(), option.end());
        words.emplace_back("touch " + here.path("began"));
        auto const end = run_here(words, how);
        CHECK(end.code() == 2);
        CHECK_THAT(end.err, ContainsSubstring("takes root@n1 and Root@n1 for one name; leave one of them out (-x)"));
    }
    CHECK_FALSE(std::filesystem::exists(here.path("began")));
}

TEST_CASE("a check is tried until the host is well, and shows its last try") {
    test_folder const here;
    auto const count = "echo x >> " + here.path("tries") + "; test $(wc -l < " + here.path("tries") + ") -ge 2";
    auto const end = steps({"--check", count + " && echo well || { echo ill; exit 1; }", "n1", "true"});
    CHECK(end.code() == 0);
    CHECK(end.out == "n1: check: well\n");
}

TEST_CASE("a script in place of a command gets words as they are, and standard input") {
    test_folder const here;
    here.write("s", "#!/bin/sh\nprintf '%s|' \"$@\"; cat\n");
    program_set_up set_up;
    set_up.input = "input\n";
    auto const end = run_here({"--script", here.path("s"), "n1", "a  b", "$HOME", "", "'"}, set_up);
    CHECK(end.code() == 0);
    CHECK(end.out == "n1: a  b|$HOME||'|input\n");
    here.write("dos", "#!/bin/sh\r\necho\r\n");
    auto const refused = steps({"--script", here.path("dos"), "n1"});
    CHECK(refused.code() == 2);
    CHECK_THAT(refused.err, ContainsSubstring("line ends of Windows"));
}

TEST_CASE("what is no script, or reboots nothing, is refused before anything starts") {
    test_folder const here;
    here.write("marked", "\xef\xbb\xbf#!/bin/sh\necho\n");
    auto const marked = steps({"--script", here.path("marked"), "n1"});
    CHECK(marked.code() == 2);
    CHECK_THAT(marked.err, ContainsSubstring("byte order mark"));
    auto const program = steps({"--script", "/bin/true", "n1"});
    CHECK(program.code() == 2);
    CHECK_THAT(program.err, ContainsSubstring("is a program and no script"));
    auto const rest = steps({"--expect-reboot", "3s", "--push", here.path("marked"), "-w", "n1"});
    CHECK(rest.code() == 2);
    CHECK_THAT(rest.err, ContainsSubstring("--expect-reboot needs a command"));
    CHECK(steps({"--dry-run", "--expect-reboot", "3s", "--push", here.path("marked"), "n1", "reboot"}).code() == 0);
}

TEST_CASE("a template's names stand for values in the check and at the end, too") {
    auto const end = steps({"--template", "--check", "echo c {n} of {count}", "--always", "echo a {n}", "--env", "V=v",
                            "-w", "n[1-2]", "echo {n}"});
    CHECK(end.code() == 0);
    CHECK_THAT(end.out, ContainsSubstring("n2: 1\n"));
    CHECK_THAT(end.out, ContainsSubstring("n2: check: c 1 of 2\n"));
    CHECK_THAT(end.out, ContainsSubstring("n2: always: a 1\n"));
    auto const plan = steps({"--dry-run", "--template", "--check", "test {n} = 1", "n1", "true"});
    CHECK_THAT(plan.out, ContainsSubstring("check test 0 = 1"));
}

TEST_CASE("variables are those of the command, the check, the script, and what is for the end") {
    test_folder const here;
    here.write("print", "#!/bin/sh\nprintf '%s\\n' \"script $A|$B|$1\"\n");
    strings const variables{"--env", "A=it's $HOME\\n", "--env", "B=first\nsecond"};
    auto const with = [&](strings const& words) { return steps(variables + words); };
    auto const shown = std::string("it's $HOME\\n|first\nn1: second");
    auto const end = with({"--check", "printf '%s\n' \"check $A\"", "--always", "printf '%s\n' \"always $A\"", "n1",
                           "printf '%s\n' \"$A|$B\"; exit 0"});
    CAPTURE(end.err);
    CHECK(end.code() == 0);
    CHECK(end.out == "n1: " + shown + "\nn1: check: check it's $HOME\\n\nn1: always: always it's $HOME\\n\n");
    CHECK(with({"n1", "exit 7"}).err.find("exit status 7") != std::string::npos);
    auto const script = with({"--script", here.path("print"), "n1", "word"});
    CHECK(script.out == "n1: script " + shown + "|word\n");
    CHECK(steps({"--env", "c=1", "--env", "v=2", "--env", "b=3", "n1", "echo $c $v $b"}).out == "n1: 1 2 3\n");
    for (auto const* const wrong : {"A", "=x", "1A=x", "A B=x"}) {
        auto const refused = steps({"--env", wrong, "n1", "true"});
        CHECK(refused.code() == 2);
        CHECK(contains(refused.err, "must be NAME=VALUE"));
    }
}

TEST_CASE("what a host prints without its command is in its files and among the gathered") {
    test_folder const files;
    auto const folder = files.path("out");
    strings const words{"--push", "/etc/hostname:" + files.path("none/x"), "--always", "echo bye; echo err >&2"};
    auto const with = [&](strings more) {
        auto all = words;
        all.insert(all.end(), more.begin(), more.end());
        all.insert(all.end(), {"n1", "echo cmd"});
        return steps(all);
    };
    CHECK(with({"--outdir", folder}).code() == 1);
    CHECK(files.read("out/n1") == "bye\n");
    CHECK(files.read("out/n1.err") == "err\n");
    CHECK_THAT(with({"-B"}).out, ContainsSubstring("bye\n") && ContainsSubstring("err\n") && !ContainsSubstring("cmd"));
}

TEST_CASE("what is for the end runs when the run is stopped, too, and then has the time of the grace") {
    program_run run(
        {"--transport", "exec", "-n", "--grace", "2s", "--always", "echo cleaned", "n1", "echo begun; sleep 60"});
    REQUIRE(run.wait_for_output("begun"));
    run.signal(SIGINT);
    auto const end = run.finish();
    CHECK(end.code() == 130);
    CHECK_THAT(end.out, ContainsSubstring("n1: always: cleaned\n"));
}

TEST_CASE("a pull takes a directory whole, and not what a host's tar would do elsewhere") {
    copied_files const here;
    here.write("d/sub/f", "x", 0755);
    std::filesystem::create_symlink("sub/f", here.path("d/link"));
    CHECK(steps(here.pull("d", "out") + strings{"n1"}).code() == 0);
    CHECK(here.read("out/n1/d/link") == "x");
    struct stat about {};
    REQUIRE(::stat(here.path("out/n1/d/sub/f").c_str(), &about) == 0);
    CHECK((about.st_mode & 0111U) == 0);

    here.write("bin/tar", "#!/bin/sh\ncat \"$EVIL\"\n", 0755);
    for (auto const* const make :
         {"touch x; tar cf evil --transform \"s/x/$(printf 'n%.0s' $(seq 300))/\" x; rm x",
          "touch a; ln a b; tar cf evil a b; tar --delete -f evil a; rm a b",
          "touch x; tar cf evil --transform 's/x/x\\/y/' x; tar rf evil x; rm x", "tar cPf evil /etc/hostname",
          "tar cPf evil ../d", "mkfifo p; tar cf evil p; rm p",
          "ln -s /tmp l; tar cf evil l; rm l; mkdir l; echo x > l/f; tar rf evil l/f; rm -r l"}) {
        std::filesystem::create_directories(here.path("make"));
        support::shell_run made("cd make && rm -f evil && " + std::string(make), here.path());
        REQUIRE(made.finish() == 0);
        program_set_up set_up;
        set_up.environment = {"PATH=" + here.path("bin") + ":/usr/bin:/bin", "EVIL=" + here.path("make/evil")};
        auto const end = run_here(here.pull("d", "evil") + strings{"-n", "n1"}, set_up);
        CHECK(end.code() == 1);
        CHECK_THAT(end.err, ContainsSubstring("n1: pull: the host's tar: "));
        CHECK_FALSE(std::filesystem::exists(here.path("evil/n1/d")));
        CHECK(std::filesystem::is_empty(here.path("evil/n1")));
    }
}

TEST_CASE("what is pulled is open to nobody to whom it was not") {
    copied_files const here;
    ::umask(022);
    here.write("d/secret", "x", 0600);
    here.write("d/shared", "x", 0660);
    here.write("d/private/f", "x", 0444);
    here.write("file", "x", 0640);
    ::chmod(here.path("d/private").c_str(), 0500);
    ::chmod(here.path("d").c_str(), 0710);
    CHECK(steps(here.pull("d", "out") + here.pull("file", "out") + strings{"n1"}).code() == 0);
    ::chmod(here.path("d/private").c_str(), 0700);
    for (auto const& [name, mode] : std::vector<std::pair<std::string, unsigned>>{{"d", 0710},
                                                                                  {"d/secret", 0600},
                                                                                  {"d/shared", 0640},
                                                                                  {"d/private", 0700},
                                                                                  {"d/private/f", 0644},
                                                                                  {"file", 0640}}) {
        struct stat about {};
        REQUIRE(::stat(here.path("out/n1/" + name).c_str(), &about) == 0);
        CHECK((about.st_mode & 07777U) == mode);
    }
}

TEST_CASE("a pulled file that ends in a hole is as long as it is there, within the limit") {
    copied_files const here;
    support::shell_run made("mkdir d && truncate -s 200000 d/hole && echo x >d/begin && truncate -s 300000 d/begin",
                            here.path());
    REQUIRE(made.finish() == 0);
    std::string const format = GENERATE("posix", "gnu");
    program_set_up set_up;
    set_up.environment = {"PATH=/usr/bin:/bin", "TAR_OPTIONS=--sparse --format=" + format};
    CHECK(run_here(here.pull("d", "out") + strings{"-n", "n1"}, set_up).code() == 0);
    CHECK(std::filesystem::file_size(here.path("out/n1/d/hole")) == 200'000);
    CHECK(here.read("out/n1/d/begin") == "x\n" + std::string(299'998, '\0'));
    auto const end = run_here(here.pull("d", "small") + strings{"-n", "--pull-max", "250K", "n1"}, set_up);
    CHECK(end.code() == 1);
    CHECK_THAT(end.err, ContainsSubstring("(--pull-max)"));
}

TEST_CASE("a pull over the limit leaves nothing") {
    copied_files const here;
    here.write("big", std::string(100'000, 'x'));
    here.write("d/big", std::string(100'000, 'x'));
    for (auto const* const name : {"big", "d"}) {
        auto const end = steps(here.pull(name, "out") + strings{"--pull-max", "50K", "n1"});
        CHECK(end.code() == 1);
        CHECK_THAT(end.err, ContainsSubstring("(--pull-max)"));
        CHECK_FALSE(std::filesystem::exists(here.path(std::string("out/n1/") + name)));
    }
}

TEST_CASE("a resume takes the steps from the ledger") {
    test_folder const here;
    here.write("f", "x");
    auto const ledger = here.path("ledger");
    auto const first = steps({"--ledger", ledger, "--push", here.path("f") + ":" + here.path() + "/to", "--check",
                              "test {host} = n1 -o -e " + here.path("go"), "--check-for", "0", "n[1-2]",
                              "test -e " + here.path("to")});
    CHECK(first.code() == 1);
    std::filesystem::remove(here.path("to"));
    here.write("go", "");
    auto const second = steps({"--resume", ledger});
    CHECK(second.code() == 0);
    CHECK(here.read("to") == "x");
    CHECK_THAT(second.err, ContainsSubstring("1 host: 1 ok"));
}

TEST_CASE("SIGKILL at random moments of pushes and commands: no half file, no command twice, and the rest is run") {
    auto const* const many = std::getenv("MUSTER_LONG");
    int const rounds = many != nullptr ? 200 : 6;
    std::minstd_rand random(Catch::getSeed());
    test_folder const here;
    std::string const fresh(600'000, 'n');
    here.write("f", fresh);
    here.write("d/new", fresh);
    int in_push = 0;  // at the kill
    for (int round = 0; round < rounds; ++round) {
        test_folder const there;
        auto const pushes = [&] {
            for (int host = 1; host <= 4; ++host) {
                for (auto const& entry : std::filesystem::directory_iterator(there.path("n" + std::to_string(host))))
                    if (contains(entry.path().filename().string(), ".muster-push")) return true;
            }
            return false;
        };
        for (int host = 1; host <= 4; ++host) {
            there.write("n" + std::to_string(host) + "/f", "old");
            there.write("n" + std::to_string(host) + "/d/old", "old");
        }
        auto const ledger = there.path("ledger");
        auto const effects = there.path("effects");
        strings const words{"--transport", "exec",
                            "-n",          "-q",
                            "--push",      here.path("f") + ":" + there.path("{host}") + "/f",
                            "--push",      here.path("d") + ":" + there.path("{host}") + "/d",
                            "n[1-4]",      "echo {host} >> " + effects + "; sleep 0.05"};
        {
            auto killed = words;
            killed.insert(killed.begin() + 2, {"--ledger", ledger});
            program_run run(killed);
            bool const aimed = round % 2 == 1;  // at a push; the others fall anywhere
            if (aimed) run.wait_for(pushes);
            std::uniform_int_distribution<int> moment(0, aimed ? 30 : 400);
            ::usleep(static_cast<useconds_t>(moment(random)) * 1000);
            in_push += pushes() ? 1 : 0;
            run.signal(SIGKILL);
            run.finish();
            run.wait_for([&] { return run.commands().empty(); });
        }
        for (auto const& name : there.names()) CHECK_FALSE(contains(name, ".muster-push"));
        for (int host = 1; host <= 4; ++host) {
            auto const now = there.read("n" + std::to_string(host) + "/f");
            CHECK((now == "old" || now == fresh));
            auto const folder = "n" + std::to_string(host) + "/d";
            CHECK((there.read(folder + "/old") == "old" || there.read(folder + "/new") == fresh));
            CHECK(std::distance(std::filesystem::directory_iterator(there.path(folder)), {}) == 1);
        }
        if (std::filesystem::exists(ledger) && std::filesystem::file_size(ledger) > 0) {
            run_muster({"--transport", "exec", "-n", "-q", "--resume", ledger});
        }
        std::istringstream ran(there.read("effects"));
        std::map<std::string, int> counts;
        for (std::string host; ran >> host;) ++counts[host];
        for (auto const& [host, count] : counts) CHECK(count == 1);
    }
    if (many == nullptr) return;
    WARN(in_push << " of " << rounds << " kills fell into a push");
    CHECK(in_push > rounds / 4);
}
