// SPDX-License-Identifier: MIT
// Scripts that run from a file without a name, and the watch beside a command with another user's rights.
#include "shell/script_file.hpp"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "shell/marked_stream.hpp"
#include "shell/sudo_script.hpp"
#include "support/shell_run.hpp"

using namespace support;
using muster::shell::interpreter_of;
using muster::shell::script_error;
using muster::shell::script_terms;
using muster::shell::sudo_line;
using strings = std::vector<std::string>;

namespace {

constexpr std::string_view body = "echo \"$# $1 $2 $MUSTER_SCRIPT\"; read x; echo got $x; ls -A";

std::string any_shell() {
    return GENERATE(from_range(posix_shells()));
}

std::string sha256_of(std::string const& text, test_folder const& where) {
    where.write("text", text);
    shell_run run("sha256sum text; rm text", where.path());
    run.finish();
    return run.out().substr(0, 64);
}

}  // namespace

TEST_CASE("a script gets its arguments and its standard input, and leaves nothing") {
    auto const shell = any_shell();
    test_folder const here;
    test_folder const scratch;
    std::string const text(body);
    script_terms const terms{"MARK", text.size(), sha256_of(text, here), "my script", {"/bin/sh"}, {"a 'b' $c", ""}};
    shell_run run("TMPDIR=" + scratch.path() + "; export TMPDIR; " + muster::shell::script_command(terms, shell),
                  here.path());
    run.wait_for("MARK send");
    CHECK(scratch.names().empty());
    run.write(text);
    run.wait_for("MARK go");
    run.write("a line\n");
    CHECK(run.finish() == 0);
    CHECK(run.out() == "MARK sendMARK go2 a 'b' $c  my script\ngot a line\n");
}

TEST_CASE("a host without mktemp is told so, before anything of a script is asked for") {
    auto const shell = any_shell();
    test_folder const here;
    script_terms const terms{"MARK", 5, std::string(64, '0'), "my script", {"/bin/sh"}, {}};
    shell_run run("PATH=/nonexistent; export PATH; " + muster::shell::script_command(terms, shell), here.path());
    CHECK(run.finish() == 74);
    CHECK(run.out().empty());
    CHECK(run.err() == "this host has no mktemp, which a script needs\n");
}

TEST_CASE("a script that is cut or changed on its way is not run") {
    auto const shell = any_shell();
    test_folder const here;
    std::string const text(body);
    script_terms const terms{"MARK", text.size(), sha256_of(text, here), "s", {"/bin/sh"}, {}};
    for (auto const& sent : {text.substr(0, 10), std::string(text.size(), 'x')}) {
        shell_run run(muster::shell::script_command(terms, shell), here.path());
        run.wait_for("MARK send");
        run.write(sent);
        CHECK(run.finish() == 74);
        CHECK(run.out() == "MARK send");
    }
}

TEST_CASE("an interpreter is what the kernel would take") {
    CHECK(interpreter_of("echo\n") == strings{"/bin/sh"});
    CHECK(interpreter_of("#!/bin/bash\n") == strings{"/bin/bash"});
    CHECK(interpreter_of("#! /usr/bin/env  python3 -u \nx") == strings{"/usr/bin/env", "python3 -u"});
    CHECK_THROWS_AS(interpreter_of(""), script_error);
    CHECK_THROWS_AS(interpreter_of("#!/bin/sh\r\necho\r\n"), script_error);
    CHECK_THROWS_AS(interpreter_of("#!python\n"), script_error);
}

TEST_CASE("marks are cut out of a stream, however it is cut into pieces") {
    std::string const text = "before ABCmiddleABABCDend AB";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        muster::shell::marked_stream stream({"ABC", "XY"});
        std::string seen;
        for (std::size_t position = 0; position < text.size(); position += size) {
            stream.feed(text.substr(position, size));
            for (;;) {
                auto const found = stream.next();
                seen += found.before;
                if (found.mark < 0) break;
                seen += "<" + std::to_string(found.mark) + ">";
            }
        }
        CHECK(seen + stream.rest() == "before <0>middleAB<0>Dend AB");
    }
}

TEST_CASE("many marks in one piece come in their order, with what is between them") {
    muster::shell::marked_stream stream({"ABC", "XY", "never"});
    CHECK(stream.next().mark < 0);
    std::string text;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        bool const second = i % 3 == 1;
        text += std::to_string(i) + (second ? "XY" : "ABC");
        expected += std::to_string(i) + (second ? "<1>" : "<0>");
    }
    for (auto const& piece : {text + "A", "BC" + text, std::string("rest")}) {
        stream.feed(piece);
        std::string seen;
        for (auto found = stream.next();; found = stream.next()) {
            seen += found.before;
            if (found.mark < 0) break;
            seen += "<" + std::to_string(found.mark) + ">";
        }
        CHECK(seen == (piece == "rest" ? piece : piece.ends_with("A") ? expected : "<0>" + expected));
    }
}

TEST_CASE("a watched command has its exit status, its streams and an empty input") {
    auto const shell = any_shell();
    test_folder const here;
    sudo_line const sudo{"root", "", "START", true, std::chrono::seconds(5)};
    shell_run run("exec " + muster::shell::watched_command("cat; echo out; echo err >&2; exit 7", sudo, shell),
                  here.path());
    run.wait_for("out");
    CHECK(run.finish() == 7);
    CHECK(run.out() == "STARTout\n");
    CHECK(run.err() == "STARTerr\n");
}

TEST_CASE("a watch ends the command's group when it is told, or when its input ends, and then itself") {
    auto const shell = any_shell();
    auto const word = GENERATE("t\n", "k\n", "");
    bool const stubborn = GENERATE(false, true);
    test_folder const here;
    sudo_line const sudo{"root", "", "START", true, std::chrono::seconds(1)};
    std::string const ignore = stubborn ? "trap \"\" TERM; " : "";
    shell_run run(
        "exec " + muster::shell::watched_command(
                      ignore + "sleep 77 & sleep 77 | cat & echo pid $!; while :; do sleep 77; done", sudo, shell),
        here.path());
    run.wait_for("pid ");
    run.wait_for("\n");
    auto const last = std::stoi(run.out().substr(run.out().find("pid ") + 4));
    run.write(word);
    if (std::string(word).empty()) run.close_input();
    while (::kill(last, 0) == 0) ::usleep(10'000);
    run.finish();
    CHECK(::kill(last, 0) != 0);
}

TEST_CASE("a sudo that quotes the line it refuses does not write the mark") {
    std::string const mark = "0123456789abcdef";
    for (bool const watched : {false, true}) {
        sudo_line const sudo{"root", "", mark, watched, std::chrono::seconds(1)};
        auto const line = muster::shell::sudo_command("id -un", sudo);
        CHECK(line.find(mark) == std::string::npos);
        auto const quoted = "not allowed to execute '" + line.substr(line.find("/bin/sh")) + "' as root";
        auto const shown = muster::shell::without_script(quoted, mark);
        CHECK(shown.starts_with("not allowed to execute '/bin/sh -c ... 'id -un'"));
        CHECK(shown.ends_with("' as root"));
    }
    CHECK(muster::shell::without_script("a password is required", mark) == "a password is required");
    CHECK(muster::shell::without_script("not '/bin/sh -c c=... x' as root", mark) == "not '/bin/sh -c ... x' as root");
}
