// SPDX-License-Identifier: MIT
// Commands as processes of this machine: streams, ends, stops, and that nothing is left behind.
#include "local/exec_transport.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <muster/coro/runner.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "support/sandbox.hpp"
#include "support/without_pidfd.hpp"

using namespace muster;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

/// What came out of a command.
struct outcome {
    std::string out;
    std::string err;
    command_end end;
    bool exit_told = false;
    bool killed = false;
};

/// Reads to the end. `after` is called with what is there after each piece.
asio::awaitable<void> read_all(
    command& peer, outcome& into, std::function<void()> after = [] {}) {
    for (;;) {
        auto const what = co_await peer.read();
        if (auto const* const piece = std::get_if<output_piece>(&what)) {
            (piece->from == stream::out ? into.out : into.err) += piece->bytes;
            after();
        } else if (auto const* const end = std::get_if<command_end>(&what)) {
            into.end = *end;
            co_return;
        } else if (std::holds_alternative<command_exited>(what)) {
            into.exit_told = true;
        }
    }
}

/// A connection and the command that runs on it.
struct running {
    command& operator*() const { return *at_work; }
    command* operator->() const { return at_work.get(); }

    step what;
    std::unique_ptr<connection> host;
    std::unique_ptr<command> at_work;
};

asio::awaitable<running> start(transport& local, std::string command, std::string host = "web1",
                               std::shared_ptr<command_input> input = nullptr) {
    endpoint endpoint;
    endpoint.label = "user@" + host;
    endpoint.name = host;
    auto const loop = co_await asio::this_coro::executor;
    coro::deadline clock(loop, 10s);
    connect_progress progress(stage::resolve, clock);
    running made;
    made.what.command = std::move(command);
    made.what.input = std::move(input);
    made.host = co_await local.connect(endpoint, progress);
    std::function<void()> const sending = [] {};
    made.at_work = co_await made.host->start(made.what, sending);
    co_return made;
}

asio::awaitable<outcome> run_command(std::string command, std::string host = "web1") {
    local::exec_transport local;
    outcome result;
    auto const peer = co_await start(local, std::move(command), std::move(host));
    co_await coro::with_timeout(60s, read_all(*peer, result));
    co_await peer.host->close();
    co_return result;
}

outcome run(std::string command, std::string host = "web1") {
    return coro::run(run_command(std::move(command), std::move(host)));
}

/// Whether the process runs; zombies do not.
bool runs(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string const text((std::istreambuf_iterator<char>(file)), {});
    auto const name_end = text.rfind(") ");
    return name_end != std::string::npos && text[name_end + 2] != 'Z' && text[name_end + 2] != 'X';
}

bool comes_true(std::function<bool()> const& condition) {
    for (auto const limit = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < limit;) {
        if (condition()) return true;
        std::this_thread::sleep_for(2ms);
    }
    return false;
}

std::size_t open_files() {
    std::size_t count = 0;
    auto* const folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) ++count;
    ::closedir(folder);
    return count;
}

/// The number that the nth descriptor opened from now on would get.
int free_descriptor(std::size_t nth) {
    std::vector<unique_fd> opened;
    while (opened.size() < nth) opened.emplace_back(::dup(0));
    return opened.back().get();
}

bool has_children() {
    return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// The numbers that a command has printed, one a line.
std::vector<pid_t> numbers(std::string const& text) {
    std::istringstream lines(text);
    std::vector<pid_t> all;
    for (pid_t number = 0; lines >> number;) all.push_back(number);
    return all;
}

/// Starts the command, waits until its output has `lines` lines, asks it to stop, and reads on to its end. After
/// `grace` without an end it is killed.
asio::awaitable<outcome> stop_command(std::string command, std::size_t lines, std::chrono::milliseconds grace = 10s) {
    local::exec_transport local;
    outcome result;
    auto const peer = co_await start(local, std::move(command));
    while (numbers(result.out).size() < lines) {
        auto const what = co_await peer->read();
        if (auto const* const piece = std::get_if<output_piece>(&what)) result.out += piece->bytes;
    }
    co_await peer->stop(stop_signal::term);
    try {
        co_await coro::with_timeout(grace, read_all(*peer, result));
    } catch (coro::timed_out const&) {
        result.killed = true;
    }
    if (result.killed) {
        co_await peer->stop(stop_signal::kill);
        co_await coro::with_timeout(20s, read_all(*peer, result));
    }
    for (auto const pid : numbers(result.out)) CHECK_FALSE(runs(pid));
    co_return result;
}

}  // namespace

TEST_CASE("exec: both streams and the exit status") {
    auto const [command, status] = GENERATE(table<char const*, unsigned>(
        {{"true", 0}, {"exit 1", 1}, {"exit 44", 44}, {"exit 255", 255}, {"no-such-command-anywhere", 127}}));
    auto const result = run(command);
    CHECK(result.end.status == status);
    CHECK(result.end.signal.empty());
    CHECK(result.end.proved);

    auto const both = run("printf 'a\\nb'; printf c >&2; exit 3");
    CHECK(both.out == "a\nb");
    CHECK(both.err == "c");
    CHECK(both.end.status == 3U);
}

TEST_CASE("exec: death by a signal has no exit status") {
    auto const result = run("kill -KILL $$");
    CHECK_FALSE(result.end.status);
    CHECK(result.end.signal == "KILL");
    CHECK(result.end.proved);
}

TEST_CASE("exec: standard error after the end of standard output") {
    auto const result = run("echo out; exec >&-; echo err >&2");
    CHECK(result.out == "out\n");
    CHECK(result.err == "err\n");
}

TEST_CASE("exec: the host's name is in MUSTER_HOST and replaces every {host}") {
    auto const result = run("echo $MUSTER_HOST {host}{host} {x}", "web-7.example.org");
    CHECK(result.out == "web-7.example.org web-7.example.orgweb-7.example.org {x}\n");
    CHECK(run("env | grep -c ^MUSTER_HOST=").out == "1\n");
}

TEST_CASE("exec: a large output arrives byte for byte, from both streams") {
    auto const result = run("seq 1 200000; seq 1 50000 >&2");
    std::string out, err;
    for (int i = 1; i <= 200000; ++i) out += std::to_string(i) + "\n";
    for (int i = 1; i <= 50000; ++i) err += std::to_string(i) + "\n";
    CHECK((result.out == out));
    CHECK((result.err == err));
}

TEST_CASE("exec: the child has no file of ours, an empty input, no terminal and default signals") {
    ::signal(SIGPIPE, SIG_IGN);
    int const inherited = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
    auto const result = run("cat; ls /proc/$$/fd; test -e /dev/tty && exec 9</dev/tty && echo tty");
    ::close(inherited);
    CHECK_THAT(result.out, ContainsSubstring("0\n1\n2\n"));
    CHECK(result.out.find("tty") == std::string::npos);
    CHECK(inherited > 2);
    CHECK(run("kill -PIPE $$; echo survived").end.signal == "PIPE");
}

TEST_CASE("exec: a background child that holds the streams is told of, and the end so far is known") {
    auto const talk = []() -> asio::awaitable<void> {
        local::exec_transport local;
        outcome result;
        auto const peer = co_await start(local, "sleep 300 & echo $!; exit 5");
        bool timed_out = false;
        try {
            co_await coro::with_timeout(300ms, read_all(*peer, result));
        } catch (coro::timed_out const&) {
            timed_out = true;
        }
        CHECK(timed_out);
        CHECK(result.exit_told);
        CHECK(peer->end_so_far().status == 5U);
        CHECK_FALSE(peer->end_so_far().proved);
        co_await peer->stop(stop_signal::kill);
        co_await coro::with_timeout(20s, read_all(*peer, result));
        CHECK(result.end.status == 5U);
        CHECK(result.end.proved);
        CHECK_FALSE(runs(numbers(result.out).at(0)));
    };
    coro::run(talk());
}

TEST_CASE("exec: a background child is left alone after a polite close") {
    pid_t background = 0;
    auto const talk = [&child = background]() -> asio::awaitable<void> {
        local::exec_transport local;
        outcome result;
        auto const peer = co_await start(local, "sleep 300 & echo $!");
        auto wait_for_pid = [&]() -> asio::awaitable<void> {
            while (!result.exit_told) {
                auto const what = co_await peer->read();
                if (auto const* const piece = std::get_if<output_piece>(&what)) result.out += piece->bytes;
                if (std::holds_alternative<command_exited>(what)) result.exit_told = true;
            }
        };
        co_await wait_for_pid();
        co_await peer.host->close();
        child = numbers(result.out).at(0);
    };
    coro::run(talk());
    CHECK(runs(background));
    ::kill(background, SIGKILL);
}

TEST_CASE("exec: a stop ends the whole group and proves it") {
    auto const result = coro::run(stop_command("sleep 300 & echo $!; echo $$; sleep 301", 2));
    CHECK(result.end.proved);
    CHECK(result.end.signal == "TERM");
    CHECK_FALSE(result.killed);
}

TEST_CASE("exec: a group that ignores TERM needs KILL") {
    auto const result = coro::run(stop_command("trap '' TERM; sleep 300 & echo $!; echo $$; sleep 301", 2, 200ms));
    CHECK(result.end.proved);
    CHECK(result.end.signal == "KILL");
    CHECK(result.killed);
}

TEST_CASE("exec: after a stop a member of the group without streams is waited for") {
    std::string const stubborn = "sh -c 'trap \"\" TERM; echo $$; exec sleep 300 >/dev/null 2>&1' & ";
    auto const result = coro::run(stop_command(stubborn + "echo $$; sleep 301", 2, 200ms));
    CHECK(result.end.proved);
    CHECK(result.end.signal == "TERM");
    CHECK(result.killed);
}

TEST_CASE("exec: a full pipe does not keep a command from being stopped") {
    auto const result = coro::run(stop_command("echo $$; exec yes", 1));
    CHECK(result.end.proved);
}

TEST_CASE("exec: a cancelled read loses nothing") {
    auto const talk = []() -> asio::awaitable<outcome> {
        local::exec_transport local;
        outcome result;
        auto const peer = co_await start(local, "for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.01; done");
        for (bool over = false; !over;) {
            try {
                co_await coro::with_timeout(1ms, read_all(*peer, result));
                over = true;
            } catch (coro::timed_out const&) {
            }
        }
        co_return result;
    };
    CHECK(coro::run(talk()).out == "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

TEST_CASE("exec: a dropped session kills its group and leaves no zombie and no file") {
    auto const files = open_files();
    std::vector<pid_t> pids;
    auto const talk = [&group = pids]() -> asio::awaitable<void> {
        local::exec_transport local;
        outcome result;
        auto const peer = co_await start(local, "trap '' TERM; sleep 300 & echo $!; echo $$; wait");
        while (numbers(result.out).size() < 2) {
            auto const what = co_await peer->read();
            if (auto const* const piece = std::get_if<output_piece>(&what)) result.out += piece->bytes;
        }
        group = numbers(result.out);
    };
    coro::run(talk());
    for (auto const pid : pids) CHECK(comes_true([&] { return !runs(pid); }));
    CHECK_FALSE(has_children());
    CHECK(open_files() == files);
}

TEST_CASE("exec: many at once, dropped at any moment, leave nothing behind") {
    auto const files = open_files();
    auto const item = [](local::exec_transport& local, std::chrono::microseconds limit) -> asio::awaitable<void> {
        outcome result;
        auto const work = [](local::exec_transport& at, outcome& into) -> asio::awaitable<void> {
            auto const peer = co_await start(at, "echo a; sleep 300");
            co_await read_all(*peer, into);
        };
        try {
            co_await coro::with_timeout(limit, work(local, result));
        } catch (coro::timed_out const&) {
        }
    };
    auto const all = [&]() -> asio::awaitable<void> {
        local::exec_transport local;
        std::vector<asio::awaitable<void>> works;
        for (int i = 0; i < 60; ++i) works.push_back(item(local, std::chrono::microseconds(i * 700)));
        co_await coro::wait_all(std::move(works));
    };
    coro::run(all());
    CHECK_FALSE(has_children());
    CHECK(open_files() == files);
}

TEST_CASE("exec: no descriptor left is an error of this machine, before the command") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the sanitizer needs descriptors of its own to look at an exception's type");
#endif
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    auto const talk = [&]() -> asio::awaitable<void> {
        local::exec_transport local;
        auto const first = co_await start(local, "true");
        int const lowest = ::dup(0);
        ::close(lowest);
        // Room for the first pipe and not for the second.
        rlimit const few{.rlim_cur = static_cast<rlim_t>(lowest) + 3, .rlim_max = before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        std::string error;
        final_state state = final_state::ok;
        muster::stage stage = muster::stage::none;
        try {
            co_await start(local, "true");
        } catch (transport_error const& thrown) {
            error = thrown.what();
            state = thrown.state();
            stage = thrown.stage();
        }
        ::setrlimit(RLIMIT_NOFILE, &before);
        CHECK(state == final_state::unreachable);
        CHECK(stage == stage::local);
        CHECK_THAT(error, ContainsSubstring("--fanout"));
    };
    coro::run(talk());
}

TEST_CASE("exec: no descriptor left to watch the shell by does not disturb its command") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the sanitizer needs descriptors of its own to look at an exception's type");
#endif
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    auto const talk = [&]() -> asio::awaitable<outcome> {
        local::exec_transport local;
        auto const first = co_await start(local, "true");
        // Room for both pipes and not for the pidfd.
        rlimit const few{.rlim_cur = static_cast<rlim_t>(free_descriptor(4)) + 1, .rlim_max = before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        auto const peer = co_await start(local, "echo a; sleep 0.1; exit 3");
        ::setrlimit(RLIMIT_NOFILE, &before);
        outcome result;
        co_await coro::with_timeout(60s, read_all(*peer, result));
        co_await peer.host->close();
        co_return result;
    };
    auto const result = coro::run(talk());
    CHECK(result.out == "a\n");
    CHECK(result.end.status == 3U);
    CHECK(result.end.proved);
}

TEST_CASE("exec: where pidfd_open is refused commands run and are stopped as elsewhere") {
    CHECK(test::holds_without_pidfd([] {
        auto const result = run("echo a; sleep 0.1; exit 3");
        return result.out == "a\n" && result.end.status == 3U && result.end.proved;
    }));
    CHECK(test::holds_without_pidfd([] {
        auto const result = coro::run(stop_command("sleep 300 & echo $!; echo $$; sleep 301", 2));
        return result.end.proved && result.end.signal == "TERM";
    }));
}

TEST_CASE("exec: a command that is too long was certainly not started") {
    auto const talk = []() -> asio::awaitable<void> {
        local::exec_transport local;
        final_state state = final_state::ok;
        try {
            co_await start(local, "true " + std::string(300'000, 'x'));
        } catch (transport_error const& thrown) {
            state = thrown.state();
            CHECK_THAT(std::string(thrown.what()), ContainsSubstring("too long"));
        }
        CHECK(state == final_state::refused);
    };
    coro::run(talk());
    CHECK_FALSE(has_children());
}

TEST_CASE("a program gets its input while nobody reads its output, which is kept") {
    test::sandbox const folder;
    auto const path = folder.file("input");
    auto const expected = std::string(1'000'000, 'x');
    auto const size = [&] { return std::ifstream(path, std::ios::ate).tellg(); };
    auto const run = [&]() -> asio::awaitable<outcome> {
        local::exec_transport local;
        outcome result;
        auto const peer =
            co_await start(local, "echo out; exec cat >" + path, "web1", command_input::of_text(expected));
        auto const taken = [&]() -> asio::awaitable<void> {
            while (size() < static_cast<std::streamoff>(expected.size())) co_await coro::sleep_for(10ms);
        };
        co_await coro::with_timeout(60s, coro::run_as_daemon(peer->idle(), taken()));
        co_await coro::with_timeout(60s, read_all(*peer, result));
        co_return result;
    };
    auto const result = coro::run(run());
    CHECK(result.out == "out\n");
    CHECK(result.end.status == 0);
}
