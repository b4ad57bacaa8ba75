// SPDX-License-Identifier: MIT
// Standard input to every host's command: from a file, by a pipe, while it still comes, and when it fails.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/program_run.hpp"

using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A pipe whose reading end is the program's standard input.
class piped_input {
  public:
    piped_input() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
        ::signal(SIGPIPE, SIG_IGN);
    }
    ~piped_input() {
        ::close(ends_[0]);
        end();
    }
    piped_input(piped_input const&) = delete;
    piped_input& operator=(piped_input const&) = delete;

    program_set_up set_up() const {
        program_set_up set_up;
        set_up.in_child = [reader = ends_[0]] { ::dup2(reader, 0); };
        return set_up;
    }
    void write(std::string const& text) const {
        CHECK(::write(ends_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void end() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    std::array<int, 2> ends_{};
};

/// Removed at the end.
struct named_file {
    explicit named_file(std::string const& text, std::string at = {}) {
        if (!at.empty()) path = std::move(at);
        std::ofstream(path, std::ios::binary) << text;
    }
    ~named_file() { std::filesystem::remove(path); }
    named_file(named_file const&) = delete;
    named_file& operator=(named_file const&) = delete;

    std::string path = std::filesystem::temp_directory_path() / ("muster-input-file-" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("with {host} in its name the input is a file for each host, and all must be there before anything starts") {
    auto const folder = std::filesystem::temp_directory_path() / ("muster-input-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    named_file const first("one", folder / "h1");
    named_file const second("two\n", folder / "h2");
    auto const files = folder.string() + "/{host}";
    CHECK(run_here({"--input", files, "-f1", "h[1-2]", "cat"}).out == "h1: one\nh2: two\n");
    auto const missing = run_here({"--input", files, "h[1-4]", "echo ran"});
    CHECK(missing.code() == 2);
    CHECK(missing.out.empty());
    CHECK_THAT(missing.err, ContainsSubstring("input " + files + " of h[3-4]: No such file or directory"));
    auto const gone = run_here({"--input", files, "-f1", "h[1-2]", "rm -f " + folder.string() + "/h2; echo ran"});
    CHECK(gone.code() == 1);
    CHECK(gone.out == "h1: ran\n");
    CHECK_THAT(gone.err, ContainsSubstring("h2: command: input") && ContainsSubstring("No such file or directory"));
    std::filesystem::remove_all(folder);
}

TEST_CASE("input: each host's command reads a file from its start") {
    named_file const file("a\nb\n");
    CHECK(run_here({"--input", file.path, "-f1", "h[1-3]", "cat"}).out == "h1: a\nh1: b\nh2: a\nh2: b\nh3: a\nh3: b\n");
    program_set_up set_up;
    set_up.input = "redirected\n";
    CHECK(run_here({"-f1", "h[1-2]", "cat"}, set_up).out == "h1: redirected\nh2: redirected\n");
    CHECK(run_here({"--input", "-", "h1", "cat"}, set_up).out == "h1: redirected\n");
    CHECK(run_here({"--input", file.path, "h1", "head -1"}, set_up).out == "h1: a\n");
}

TEST_CASE("input: -n, --hostfile - and a standard input that nobody filled leave the commands without") {
    program_set_up set_up;
    set_up.input = "h1\nh2\n";
    CHECK(run_here({"-n", "h1", "cat; echo end"}, set_up).out == "h1: end\n");
    CHECK(run_here({"-f1", "--hostfile", "-", "cat; echo end"}, set_up).out == "h1: end\nh2: end\n");
    set_up.in_child = [] { ::dup2(::open("/dev/zero", O_RDONLY | O_CLOEXEC), 0); };
    CHECK(run_here({"h1", "cat; echo end"}, set_up).out == "h1: end\n");
}

TEST_CASE("input: a pipe is passed on as it comes") {
    piped_input input;
    program_run run({"--transport", "exec", "-N", "-f1", "h[1-2]", "while read x; do echo $x-{host}; done"},
                    input.set_up());
    input.write("one\n");
    CHECK(run.wait_for_output("one-h1\n"));
    input.write("two\n");
    CHECK(run.wait_for_output("two-h1\n"));
    CHECK(run.out() == "one-h1\ntwo-h1\n");
    input.end();
    auto const end = run.finish();
    CHECK(end.code() == 0);
    CHECK(end.out == "one-h1\ntwo-h1\none-h2\ntwo-h2\n");
}

TEST_CASE("input: a pipe that never ends keeps nobody from going") {
    piped_input const input;
    auto const end = run_here({"h[1-3]", "echo x"}, input.set_up());
    CHECK(end.code() == 0);
    CHECK(end.duration < 20s);
}

TEST_CASE("input: Ctrl-C while the commands wait for it") {
    piped_input const input;
    program_run run({"--transport", "exec", "h[1-3]", "exec cat"}, input.set_up());
    CHECK(run.wait_for_commands(3));
    run.signal(SIGINT);
    auto const end = run.finish();
    CHECK(end.signal == SIGINT);
    CHECK(run.commands().empty());
}

TEST_CASE("input: a command that does not want it is not at fault") {
    named_file const file(std::string(3'000'000, 'x'));
    for (auto const* const command : {"true", "exec <&-; sleep 0.2", "head -c 10 >/dev/null", "sleep 0.1; exit 0"}) {
        CAPTURE(command);
        auto const end = run_here({"--input", file.path, "h[1-2]", command});
        CHECK(end.code() == 0);
        CHECK(end.out.empty());
    }
}

TEST_CASE("input: a host that does not read stalls no other") {
    named_file const file(std::string(3'000'000, 'x'));
    program_run run({"--transport", "exec", "--input", file.path, "h[1-5]",
                     "if [ {host} = h3 ]; then exec sleep 1000; else wc -c; fi"});
    CHECK(run.wait_for([&] { return run.out().size() == 4 * std::string("h1: 3000000\n").size(); }));
    run.signal(SIGINT);
    CHECK(run.finish().signal == SIGINT);
}

TEST_CASE("input: what can't be opened is said before anything starts") {
    auto const missing = run_here({"--input", "/nonexistent", "h1", "true"});
    CHECK(missing.code() == 2);
    CHECK_THAT(missing.err, ContainsSubstring("input /nonexistent: No such file or directory"));
    auto const folder = run_here({"--input", "/tmp", "h1", "true"});
    CHECK(folder.code() == 2);
    CHECK_THAT(folder.err, ContainsSubstring("Is a directory"));
    auto const both = run_here({"--input", "-", "--hostfile", "-", "true"});
    CHECK(both.code() == 2);
    CHECK(run_here({"--input", "x", "-n", "h1", "true"}).code() == 2);
}

TEST_CASE("input: a full disk stops the run, and no command takes what it got for all") {
    piped_input const input;
    auto set_up = input.set_up();
    set_up.in_child = [take = set_up.in_child] {
        take();
        rlimit const small{.rlim_cur = 1000, .rlim_max = 1000};
        ::setrlimit(RLIMIT_FSIZE, &small);
    };
    program_run run({"--transport", "exec", "h[1-2]", "cat >/dev/null; echo end"}, set_up);
    CHECK(run.wait_for_commands(4));  // shell and cat
    input.write(std::string(5000, 'x'));
    auto const end = run.finish();
    CHECK(end.code() == 4);
    CHECK(end.out.empty());
    CHECK_THAT(end.err, ContainsSubstring("standard input: can't be kept in /tmp: File too large"));
    CHECK(run.commands().empty());
}

namespace {

program_set_up with_descriptors(rlim_t count, piped_input const& input) {
    auto how = input.set_up();
    how.in_child = [take = how.in_child, count] {
        take();
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        rlimit const few{.rlim_cur = count, .rlim_max = count};
        ::setrlimit(RLIMIT_NOFILE, &few);
    };
    return how;
}

}  // namespace

TEST_CASE("sixteen descriptors are enough for an input by a pipe, one host after the other") {
    auto const size = GENERATE(std::size_t{5}, std::size_t{3} << 20U);
    piped_input input;
    program_run run({"--transport", "exec", "h[1-4]", "wc -c"}, with_descriptors(16, input));
    CHECK(run.wait_for_commands(2));  // shell and wc
    input.write(std::string(size, 'x'));
    input.end();
    auto const end = run.finish();
    CAPTURE(end.err);
    CHECK(end.code() == 0);
    CHECK_THAT(end.out, ContainsSubstring("h4: " + std::to_string(size) + "\n"));
}

TEST_CASE("with too few descriptors for one host nothing is started, and one line says how many it takes") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the sanitizers need descriptors, too");
#endif
    auto const ledger = std::filesystem::temp_directory_path() / ("muster-few-" + std::to_string(::getpid()));
    bool has_run = false;
    for (rlim_t count = 4; count < 24; ++count) {
        piped_input input;
        input.write("text\n");
        auto const how = with_descriptors(count, input);
        input.end();
        auto const end = run_here({"--ledger", ledger, "h[1-4]", "wc -c"}, how);
        CAPTURE(count, end.out, end.err);
        if (end.code() == 0) {
            CHECK_THAT(end.out, ContainsSubstring("h4: 5\n"));
            has_run = true;
        } else {
            CHECK(!has_run);
            CHECK(end.code() == 2);
            CHECK(end.out.empty());
            CHECK(std::ranges::count(end.err, '\n') == 1);
            CHECK_THAT(end.err, ContainsSubstring("open files") && ContainsSubstring("ulimit -n 1024"));
            CHECK(!std::filesystem::exists(ledger));
        }
        std::filesystem::remove(ledger);
    }
    CHECK(has_run);
}
