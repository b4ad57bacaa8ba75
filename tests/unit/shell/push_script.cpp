// SPDX-License-Identifier: MIT
// The script of a push in the shells of this machine: whole or not there, however it ends.
#include "shell/push_script.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "shell/quoting.hpp"
#include "support/shell_run.hpp"

using namespace support;
using muster::shell::marked_lines;
using muster::shell::push_command;
using muster::shell::push_terms;
using strings = std::vector<std::string>;

namespace {

constexpr auto hello_digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";  // of "hello\n"

push_terms hello(std::string to) {
    return {"MARK", std::move(to), 6, hello_digest, 0640};
}

std::string any_shell() {
    return GENERATE(from_range(posix_shells()));
}

/// What the script says when it gets those bytes once it asks for them.
struct ended {
    int status;
    std::string out;
    std::string err;
};

ended push(push_terms const& terms, std::string const& bytes, test_folder const& into, std::string const& shell,
           std::string const& before = {}) {
    shell_run run(before + push_command(terms, shell), into.path());
    for (auto const* const word : {"MARK here\n", "MARK s"}) run.wait_for(word);
    if (run.out().find("send") != std::string::npos) run.write(bytes);
    int const status = run.finish();
    return {status, run.out(), run.err()};
}

std::string output_of(std::string const& line, test_folder const& folder) {
    shell_run run(line, folder.path());
    REQUIRE(run.finish() == 0);
    return run.out();
}

std::string tar_of(test_folder const& source, std::string const& options = {}) {
    return output_of("exec tar -c " + options + "-f - .", source);
}

push_terms terms_for(std::string const& tar, std::string to) {
    test_folder const folder;
    folder.write("tar", tar);
    return {"MARK", std::move(to), tar.size(), output_of("exec sha256sum tar", folder).substr(0, 64),
            0755,   true,          "",         "0755"};
}

unsigned mode_of(std::string const& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777U : 0;
}

}  // namespace

TEST_CASE("what a push left that was killed is taken away by the next one, and nothing else is") {
    auto const shell = any_shell();
    bool const directory = GENERATE(false, true);
    test_folder const here, source;
    source.write("f", "one");
    auto const tar = tar_of(source);
    auto const terms = directory ? terms_for(tar, "d") : hello("f");
    {
        shell_run run(push_command(terms, shell), here.path());
        run.wait_for("MARK send");
        run.signal(SIGKILL);
        CHECK(run.finish() == 128 + SIGKILL);
    }
    auto left = here.names();
    REQUIRE_FALSE(left.empty());
    CHECK(left.front().starts_with(".muster-push."));
    auto const node = output_of("uname -n | tr -d '\\n'", here);
    auto const of_live_push = ".muster-push." + node + "." + std::to_string(::getpid()) + ".abcdef";
    here.write(of_live_push, "x");
    here.write(".muster-push.another-host.999999999.abcdef", "x");
    CHECK(push(terms, directory ? tar : "hello\n", here, shell).status == 0);
    for (auto const& name : here.names()) CHECK(std::ranges::find(left, name) == left.end());
    CHECK(here.read(of_live_push) == "x");
    CHECK(here.read(".muster-push.another-host.999999999.abcdef") == "x");
}

TEST_CASE("a directory that a killed push had moved out of the way is put back by the next one, whatever that pushes") {
    auto const shell = any_shell();
    std::string const name = GENERATE("d", ".hidden", "a b");
    bool const there = GENERATE(false, true);
    test_folder const here, source;
    source.write("f", "new");
    auto const left = ".muster-push." + output_of("uname -n | tr -d '\\n'", here) + ".999999999.abcdef/";
    here.write(left + "old1/" + name + "/f", "older");
    here.write(left + "old2/" + name + "/f", "old");
    here.write(left + "new/" + name + "/f", "new");
    if (there) here.write(name + "/f", "newest");
    auto const kept = there ? "newest" : "old";
    SECTION("one of another file") {
        CHECK(push(hello("other"), "hello\n", here, shell).status == 0);
        CHECK(here.names() == (name == ".hidden" ? strings{".hidden/", ".hidden/f", "other"}
                                                 : strings{name + "/", name + "/f", "other"}));
        CHECK(here.read(name + "/f") == kept);
    }
    SECTION("one of that directory that comes in part") {
        auto const tar = tar_of(source);
        CHECK(push(terms_for(tar, name), tar.substr(0, 100), here, shell).status == 74);
        CHECK(here.names() == strings{name + "/", name + "/f"});
        CHECK(here.read(name + "/f") == kept);
    }
    SECTION("one of a file to its place, which is refused") {
        CHECK(push(hello(name), "hello\n", here, shell).status == 73);
        CHECK(here.read(name + "/f") == kept);
    }
    SECTION("where it can't be moved, it stays where it is") {
        if (there) return;
        test_folder const tools;
        tools.write("mv", "#!/bin/sh\nexit 1\n", 0755);
        push(hello("other"), "hello\n", here, shell, "PATH=" + tools.path() + ":$PATH; export PATH; ");
        CHECK(here.read(left + "old2/" + name + "/f") == "old");
    }
}

TEST_CASE("a pushed file is there with its mode, and nothing else is") {
    auto const shell = any_shell();
    test_folder const here;
    auto const done = push(hello("a file 'with' \"quotes\" $HOME \\ !"), "hello\n", here, shell);
    CHECK(done.status == 0);
    CHECK(done.out == "MARK here\nMARK send\nMARK done\n");
    CHECK(done.err.empty());
    CHECK(here.names() == strings{"a file 'with' \"quotes\" $HOME \\ !"});
    CHECK(here.read("a file 'with' \"quotes\" $HOME \\ !") == "hello\n");
    CHECK(mode_of(here.path("a file 'with' \"quotes\" $HOME \\ !")) == 0640);
}

TEST_CASE("a push that is cut at any byte leaves the old file and nothing else") {
    auto const shell = any_shell();
    test_folder const here;
    here.write("f", "old");
    for (std::size_t size = 0; size < 6; ++size) {
        auto const cut = push(hello("f"), std::string("hello\n").substr(0, size), here, shell);
        CHECK(cut.status == 74);
        CHECK(cut.err.find("only " + std::to_string(size) + " of 6 bytes came") != std::string::npos);
        CHECK(here.read("f") == "old");
        CHECK(here.names() == strings{"f"});
    }
}

TEST_CASE("bytes that are not those that were announced are not put in place") {
    auto const shell = any_shell();
    test_folder const here;
    CHECK(push(hello("f"), "hallo\n", here, shell).status == 74);
    CHECK(push(hello("f"), "hello\nand more", here, shell).status == 74);
    CHECK(here.names().empty());
}

TEST_CASE("a large file is verified by openssl, or by another program if that fails") {
    auto const shell = any_shell();
    test_folder const here;
    std::string const bytes(1'500'000, 'a');
    push_terms const terms{"MARK", "f", bytes.size(),
                           "f30207a92765493dcdd80a5a2b541b3f67073c413676ab523b30c4feb12fac90", 0640};
    auto const broken = here.path("broken");
    std::filesystem::create_directory(broken);
    here.write("broken/openssl", "#!/bin/sh\nexit 1\n");
    std::filesystem::permissions(broken + "/openssl", std::filesystem::perms::owner_all);
    for (auto const& prefix : {std::string(), "PATH=" + broken + ":$PATH; export PATH; "}) {
        CHECK(push(terms, bytes, here, shell, prefix).status == 0);
        CHECK(here.read("f") == bytes);
        std::filesystem::remove(here.path("f"));
        CHECK(push(terms, bytes.substr(1) + 'b', here, shell, prefix).status == 74);
        CHECK(here.names() == strings{"broken/", "broken/openssl"});
    }
}

TEST_CASE("a push that gets a signal leaves nothing behind") {
    auto const shell = any_shell();
    auto const number = GENERATE(SIGTERM, SIGHUP, SIGINT);
    test_folder const here;
    shell_run run(push_command(hello("f"), shell), here.path());
    run.wait_for("send");
    run.write("hel");
    run.signal(number);
    CHECK(run.finish() != 0);
    CHECK(here.names().empty());
}

TEST_CASE("what is there already is not sent, unless its mode differs") {
    auto const shell = any_shell();
    test_folder const here;
    here.write("f", "hello\n", 0640);
    CHECK(push(hello("f"), "never sent", here, shell).out == "MARK here\nMARK same\n");
    ::chmod(here.path("f").c_str(), 0600);
    CHECK(push(hello("f"), "hello\n", here, shell).out == "MARK here\nMARK send\nMARK done\n");
    CHECK(mode_of(here.path("f")) == 0640);
    CHECK(here.names() == strings{"f"});
}

TEST_CASE("a file replaces a link and not what that leads to, and never a directory") {
    auto const shell = any_shell();
    test_folder const here;
    here.write("target", "old");
    here.write("d/inside", "old");
    std::filesystem::create_symlink("target", here.path("link"));
    std::filesystem::create_symlink("d", here.path("to-d"));
    CHECK(push(hello("link"), "hello\n", here, shell).status == 0);
    CHECK(here.read("target") == "old");
    CHECK_FALSE(std::filesystem::is_symlink(here.path("link")));
    CHECK(push(hello("d"), "hello\n", here, shell).status == 73);
    CHECK(push(hello("to-d"), "hello\n", here, shell).status == 73);
    CHECK(here.names() == strings{"d/", "d/inside", "link", "target", "to-d"});
}

TEST_CASE("a push says why it can't write") {
    auto const shell = any_shell();
    test_folder const here;
    auto const done = push(hello("no/such/f"), "hello\n", here, shell);
    CHECK(done.status == 73);
    CHECK(done.err.find("no/such/f: no file can be made beside it, as a push must; nothing is changed") !=
          std::string::npos);
}

TEST_CASE("a file replaces no device and no pipe") {
    auto const shell = any_shell();
    test_folder const here;
    REQUIRE(::mkfifo(here.path("pipe").c_str(), 0600) == 0);
    shell_run run(push_command(hello("pipe"), shell), here.path());
    CHECK(run.finish() == 73);
    CHECK(run.err().find("a push never replaces that") != std::string::npos);
    CHECK(std::filesystem::is_fifo(here.path("pipe")));
}

TEST_CASE("a directory whose folders let nobody write is replaced by another, and nothing else is left") {
    auto const shell = any_shell();
    test_folder const here;
    std::string const as_user = ::geteuid() == 0 ? "exec setpriv --reuid 61236 --regid 61236 --clear-groups " : "exec ";
    if (::geteuid() == 0) REQUIRE(::chown(here.path().c_str(), 61236, 61236) == 0);
    for (char const content : {'1', '2', '3'}) {
        test_folder const source;
        source.write("closed/f", std::string(1, content), 0444);
        ::chmod(source.path("closed").c_str(), 0555);
        ::chmod(source.path().c_str(), 0500);
        auto const tar = tar_of(source);
        auto const line = push_command(terms_for(tar, "d"), shell);
        shell_run run(as_user + line.substr(std::string("exec ").size()), here.path());
        run.wait_for("send");
        run.write(tar);
        CHECK(run.finish() == 0);
        CHECK(run.err().empty());
        CHECK(here.names() == strings{"d/", "d/closed/", "d/closed/f"});
        CHECK(here.read("d/closed/f") == std::string(1, content));
        CHECK(mode_of(here.path("d")) == 0500);
    }
    ::chmod(here.path("d").c_str(), 0700);
}

TEST_CASE("what a tar that unpacks warns of is no word of the push") {
    auto const shell = any_shell();
    test_folder const source;
    source.write("f", "x");
    test_folder const here;
    auto const tar = tar_of(source, "--format=pax --pax-option=hdrcharset:=BINARY ");
    auto const done = push(terms_for(tar, "d"), tar, here, shell);
    CHECK(done.status == 0);
    CHECK(done.err.empty());
}

TEST_CASE("of two pushes of a directory to one place none is put into the other") {
    auto const shell = any_shell();
    bool const there = GENERATE(false, true);
    test_folder const source;
    source.write("f", "new");
    test_folder const here;
    if (there) here.write("d/f", "old");
    auto const tar = tar_of(source);
    test_folder const slow;
    slow.write("mv", "#!/bin/sh\nsleep 0.2; exec /bin/mv \"$@\"\n", 0755);
    auto const line = "PATH=" + slow.path() + ":$PATH; export PATH; " + push_command(terms_for(tar, "d"), shell);
    shell_run first(line, here.path());
    shell_run second(line, here.path());
    for (auto* const run : {&first, &second}) run->wait_for("send");
    for (auto* const run : {&first, &second}) run->write(tar);
    for (auto* const run : {&first, &second}) run->close_input();
    CHECK(first.finish() == 0);
    CHECK(second.finish() == 0);
    CHECK(here.names() == strings{"d/", "d/f"});
    CHECK(here.read("d/f") == "new");
}

TEST_CASE("a directory is not pushed over the home directory or what holds it") {
    auto const shell = any_shell();
    test_folder const here;
    here.write("precious", "x");
    push_terms terms{"MARK", here.path(), 6, hello_digest, 0755, true, "", "0755"};
    CHECK(push(terms, "hello\n", here, shell).status == 73);
    terms.to = "/tmp";
    CHECK(push(terms, "hello\n", here, shell).status == 73);
    CHECK(here.names() == strings{"precious"});
}

TEST_CASE("marked lines are found among whatever else is written, in any pieces") {
    std::string const text = "Welcome!\nMARKER\nfoo MARK send\nmore\nMARK done\n";
    for (std::size_t size = 1; size < text.size(); ++size) {
        marked_lines lines("MARK");
        strings found;
        for (std::size_t position = 0; position < text.size(); position += size) {
            lines.feed(text.substr(position, size));
            for (auto word = lines.next(); !word.empty(); word = lines.next()) found.push_back(word);
        }
        CHECK(found == strings{"send", "done"});
    }
}

TEST_CASE("an answer is found behind any noise of a login shell, in one piece with it or not") {
    for (std::size_t const left : {0, 10, 4000}) {
        for (std::size_t const size : {1, 5000, 64 * 1024 - 20}) {
            marked_lines lines("MARK");
            lines.feed(std::string(left, 'y'));
            lines.feed(std::string(size, 'x') + "\nMARK \nMARK send\n" + std::string(size, 'x'));
            CHECK(lines.next() == "send");
            CHECK(lines.next().empty());
            lines.feed("\nMARK do");
            CHECK(lines.next().empty());
            lines.feed("ne\n");
            CHECK(lines.next() == "done");
        }
    }
}

TEST_CASE("words with any byte survive the way through printf") {
    auto const shell = any_shell();
    test_folder const here;
    std::string const text = "a 'b' \"c\" $d `e` \\f !g \t\n\x01\x7f\xc3\xa4%s~*?";
    shell_run run("exec " + shell + " -c 'x=$(printf %b. \"$1\"); x=${x%.}; printf %s \"$x\"' sh '" +
                      muster::shell::escaped(text) + "'",
                  here.path());
    CHECK(run.finish() == 0);
    CHECK(run.out() == text);
}
