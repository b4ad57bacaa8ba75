// SPDX-License-Identifier: MIT
// Standard input on a real sshd: byte for byte in both directions, early ends, hosts that do not read, and its memory.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>

#include <muster/run.hpp>

#include "ssh/support/child.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

bool is_long() {
    return std::getenv("MUSTER_LONG") != nullptr;
}

report feed(std::vector<endpoint> const& where, std::string const& command, std::shared_ptr<command_input> input,
            options const& options = {}, listener hear = {}, std::stop_token stop = {}) {
    calling_sink sink(std::move(hear));
    return run(where, job{command, std::move(input)}, options, sink, std::move(stop));
}

host_result feed(endpoint const& target, std::string const& command, std::shared_ptr<command_input> input,
                 options const& options = {}, listener hear = {}) {
    std::vector<endpoint> const alone{target};
    return feed(alone, command, std::move(input), options, std::move(hear)).hosts.front();
}

/// A pipe; its writing end is closed at the end at the latest.
class pipe_pair {
  public:
    pipe_pair() {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    }
    ~pipe_pair() {
        end();
        ::close(ends_[0]);
    }
    pipe_pair(pipe_pair const&) = delete;
    pipe_pair& operator=(pipe_pair const&) = delete;

    std::shared_ptr<command_input> input() const { return command_input::of_descriptor(ends_[0], "pipe"); }
    /// What finds no room is dropped from now on.
    void never_wait() const { ::fcntl(ends_[1], F_SETFL, O_NONBLOCK); }
    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            auto const done = ::write(ends_[1], bytes.data(), bytes.size());
            if (done <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(done));
        }
    }
    void end() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    std::array<int, 2> ends_{};
};

/// Compares what comes back with what was sent.
struct echo {
    std::string expected;
    std::size_t position = 0;
    bool equal = true;

    void operator()(event const& event) {
        auto const* const piece = std::get_if<events::output>(&event);
        if (piece == nullptr) return;
        equal = equal && expected.compare(position, piece->bytes.size(), piece->bytes) == 0;
        position += piece->bytes.size();
    }
};

/// The highest resident size since reset_peak(), in KiB.
std::size_t peak() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6));
    return 0;
}

std::size_t reset_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
    return peak();
}

}  // namespace

TEST_CASE("input: each host's command reads all of it, from the start") {
    ssh_fleet const fleet({"h1", "h2"});
    auto const text = std::string("first\0second\n\xff", 14);
    for (auto const& result : feed(fleet.endpoints(6), "cat", command_input::of_text(text)).hosts) {
        CHECK(ending(result) == "ok ended command 0");
        CHECK(result.out == text);
    }
    CHECK(feed(fleet.one(), "cat; echo end", command_input::of_text("")).out == "end\n");
    CHECK(feed(fleet.one(), "cat; echo end", nullptr).out == "end\n");
}

TEST_CASE("input: an echo of 100 MB is byte for byte the same, though both windows are full") {
    ssh_fleet const fleet;
    echo seen{random_bytes(is_long() ? 100'000'000 : 20'000'000)};
    auto const result =
        feed(fleet.one(), "cat", command_input::of_text(seen.expected), without_keeping(), std::ref(seen));
    CHECK(ending(result) == "ok ended command 0");
    CHECK(seen.position == seen.expected.size());
    CHECK(seen.equal);
}

TEST_CASE("input: a command that only reads gets all, though nothing wakes us but its window") {
    ssh_fleet const fleet;
    auto const text = random_bytes(30'000'000);
    auto const result = feed(fleet.endpoints(3), "wc -c", command_input::of_text(text));
    for (auto const& host : result.hosts) CHECK(host.out == "30000000\n");
}

TEST_CASE("input: many new keys in the middle of it cost no byte") {
    ssh_fleet const fleet({"h1"}, "RekeyLimit 64K");
    echo seen{random_bytes(6'000'000)};
    auto const result =
        feed(fleet.one(), "cat", command_input::of_text(seen.expected), without_keeping(), std::ref(seen));
    CHECK(ending(result) == "ok ended command 0");
    CHECK(seen.position == seen.expected.size());
    CHECK(seen.equal);
}

TEST_CASE("input: commands that do not want it, or not all of it, are not at fault") {
    ssh_fleet const fleet;
    auto const input = command_input::of_text(std::string(5'000'000, 'x'));
    CHECK(ending(feed(fleet.one(), "true", input)) == "ok ended command 0");
    CHECK(ending(feed(fleet.one(), "exec <&-; sleep 0.3; exit 3", input)) == "failed ended command 3");
    CHECK(feed(fleet.one(), "head -c 3", input).out == "xxx");
    CHECK(ending(feed(fleet.one(), "kill -KILL $$", input)) == "signalled ended command KILL");
}

TEST_CASE("input: a command that has closed its output still gets it") {
    ssh_fleet const fleet;
    auto const file = "/tmp/muster-input-" + std::to_string(::getpid());
    auto const text = random_bytes(5'000'000);
    auto const result = feed(fleet.one(), "exec >&- 2>&-; cat >" + file, command_input::of_text(text));
    CHECK(ending(result) == "ok ended command 0");
    CHECK((read_file(file) == text));
    ::unlink(file.c_str());
}

TEST_CASE("input: what comes by a pipe is passed on while the pipe is open, and no end is waited for") {
    ssh_fleet const fleet;
    pipe_pair pipe;
    pipe.write("one\n");
    std::string seen;
    auto const on_output = [&](event const& event) {
        auto const* const piece = std::get_if<events::output>(&event);
        if (piece == nullptr) return;
        seen += piece->bytes;
        if (seen == "one\n") pipe.write("two\n");
        if (seen == "one\ntwo\n") pipe.end();
    };
    CHECK(ending(feed(fleet.one(), "exec cat", pipe.input(), {}, on_output)) == "ok ended command 0");
    CHECK(seen == "one\ntwo\n");

    pipe_pair const open;
    CHECK(ending(feed(fleet.one(), "exit 3", open.input())) == "failed ended command 3");
}

TEST_CASE("input: a host that joins late starts at the first byte") {
    ssh_fleet const fleet;
    pipe_pair pipe;
    pipe.write("text\n");
    pipe.end();
    options options;
    options.fanout = 1;
    for (auto const& host : feed(fleet.endpoints(3), "cat", pipe.input(), options).hosts) CHECK(host.out == "text\n");
}

TEST_CASE("input: a host that does not read stalls no other, and its command is stopped as any other") {
    ssh_fleet const fleet({"h1", "h2", "slow"});
    auto const input = command_input::of_text(std::string(20'000'000, 'x'));
    std::stop_source stop;
    int ended = 0;
    auto const on_end = [&](event const& event) {
        if (std::holds_alternative<events::host_ended>(event) && ++ended == 2) stop.request_stop();
    };
    auto const results =
        feed(fleet.endpoints(), "[ $NODE = slow ] && exec sleep 1000; wc -c", input, {}, on_end, stop.get_token());
    CHECK(results.hosts[0].out == "20000000\n");
    CHECK(results.hosts[1].out == "20000000\n");
    CHECK(ending(results.hosts[2]) == "stopped ended command TERM");
    CHECK(fleet.commands().empty());
}

TEST_CASE("input: a limit on the command holds while it reads input without end") {
    ssh_fleet const fleet;
    pipe_pair const pipe;
    pipe.never_wait();  // nobody reads when the command has ended
    std::jthread const writer([&](std::stop_token stop) {
        for (std::string const block(10'000, 'x'); !stop.stop_requested();) {
            pipe.write(block);
            std::this_thread::sleep_for(1ms);
        }
    });
    options options;
    options.command_timeout = 500ms;
    CHECK(ending(feed(fleet.one(), "exec cat >/dev/null", pipe.input(), options)) == "timed_out ended command TERM");
}

TEST_CASE("input: a background child that holds the channel is not fed, and not waited for longer than the linger") {
    ssh_fleet const fleet;
    pipe_pair const pipe;
    pipe.write(std::string(50'000, 'x'));
    options options;
    options.linger = 300ms;
    auto const result = feed(fleet.one(), "sleep 1000 & exit 4", pipe.input(), options);
    CHECK(ending(result) == "failed ended command 4");
    CHECK_THAT(error_message(result), ContainsSubstring("background"));
}

TEST_CASE("input: its size and the number of hosts do not show in memory") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the sanitizer keeps what was freed");
#endif
    ssh_fleet const fleet({"h1"}, "MaxStartups 200");
    std::size_t const size = is_long() ? 1'000'000'000 : 20'000'000;
    auto const where = fleet.endpoints(50);
    options options = without_keeping();
    options.connect_timeout = patience;
    run_on(where, "true", options);
    auto const before = reset_peak();
    pipe_pair pipe;
    std::jthread const writer([&] {
        std::string const block(1'000'000, 'x');
        for (std::size_t sent = 0; sent < size; sent += block.size()) pipe.write(block);
        pipe.end();
    });
    std::size_t right = 0;
    auto const expected = std::to_string(size) + "\n";
    auto const results = feed(where, "wc -c", pipe.input(), options, [&](event const& event) {
        auto const* const piece = std::get_if<events::output>(&event);
        if (piece != nullptr && piece->bytes == expected) ++right;
    });
    for (auto const& host : results.hosts) CHECK(error_message(host) == "");
    CHECK(right == where.size());
    auto const grown = peak() - before;
    CAPTURE(grown);
    CHECK(grown < 40'000);
}
