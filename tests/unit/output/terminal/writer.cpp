// SPDX-License-Identifier: MIT
// The writer: order, back-pressure, errors, and the end.
#include "output/terminal/writer.hpp"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;
using namespace std::chrono_literals;

namespace {

/// Until `done`, for at most 20 s.
template <class Condition>
bool wait_for(Condition done) {
    for (auto const limit = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < limit;) {
        if (done()) return true;
        std::this_thread::sleep_for(1ms);
    }
    return done();
}

/// The error code that `call` throws; empty when it throws none.
template <class Call>
std::optional<int> error_of(Call call) {
    try {
        call();
    } catch (write_error const& error) {
        return error.code();
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("Bytes come out in order, each at its target") {
    captured out, err;
    writer to;
    auto* const first = to.add(out.descriptor(), "out");
    auto* const second = to.add(err.descriptor(), "err");
    std::string expected_out, expected_err;
    for (int i = 0; i < 20000; ++i) {
        auto const line = "line " + std::to_string(i) + "\n";
        to.write(i % 3 ? first : second, line);
        (i % 3 ? expected_out : expected_err) += line;
    }
    to.close();
    CHECK(out.text() == expected_out);
    CHECK(err.text() == expected_err);
}

TEST_CASE("Two targets that are one file keep their common order") {
    captured both;
    writer to;
    auto* const out = to.add(both.descriptor(), "out");
    auto* const err = to.add(both.descriptor(), "err");
    to.write(out, "1");
    to.write(err, "2");
    to.write(out, "3");
    to.close();
    CHECK(both.text() == "123");
}

TEST_CASE("What goes to the terminal of an unfinished line begins in a row of its own, elsewhere bytes are exact") {
    int ours = -1, theirs = -1;
    REQUIRE(::openpty(&ours, &theirs, nullptr, nullptr, nullptr) == 0);
    captured file;
    writer to;
    auto* const out = to.add(theirs, "out");
    auto* const err = to.add(theirs, "err");
    auto* const other = to.add(file.descriptor(), "file");
    to.write(out, "half ");
    to.write(out, "a line");
    to.write(other, "half");
    to.write(err, "said\n");
    to.write(err, "again\n");
    to.write(other, "more");
    to.write(out, "the rest\n");
    to.write(err, "end\n");
    to.close();
    std::string text(4096, '\0');
    auto const size = ::read(ours, text.data(), text.size());
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    ::close(ours);
    ::close(theirs);
    CHECK(text == "half a line\r\nsaid\r\nagain\r\nthe rest\r\nend\r\n");
    CHECK(file.text() == "halfmore");
}

TEST_CASE("What a source gives goes above the pinned lines, which are drawn again behind it") {
    int ours = -1, theirs = -1;
    REQUIRE(::openpty(&ours, &theirs, nullptr, nullptr, nullptr) == 0);
    std::string text;
    auto const read_until = [&](std::string_view end) {
        while (!text.ends_with(end)) {
            char bytes[4096];
            auto const size = ::read(ours, bytes, sizeof bytes);
            if (size <= 0) break;
            text.append(bytes, static_cast<std::size_t>(size));
        }
        return std::exchange(text, {});
    };
    constexpr std::string_view begin = "\x1b[?2026h\r\x1b[K\x1b[A\x1b[K", end = "first\r\nlast\x1b[?2026l";
    writer to;
    auto* const out = to.add(theirs, "out");
    to.pin(out, [](terminal_size) { return pinned_lines{{"first", "last"}, 1h}; });
    read_until(end);
    to.write(
        out, [left = 2]() mutable -> std::string_view { return left-- > 0 ? "output\n" : ""; }, 0);
    CHECK(read_until(end) == std::string(begin) + "output\r\noutput\r\n" + std::string(end));
    captured file;
    to.write(out, "more\n");
    to.write(to.add(file.descriptor(), "file"), "elsewhere");
    CHECK(read_until(end).ends_with(std::string("\x1b[?2026h") + std::string(end)));
    to.pin(out, nullptr);
    to.close();
    ::close(ours);
    ::close(theirs);
}

TEST_CASE("A source is asked until it has no more") {
    captured out;
    writer to;
    auto* const target = to.add(out.descriptor(), "out");
    int left = 3;
    std::string piece;
    to.write(target, "<");
    to.write(
        target, [&]() -> std::string_view { return piece = left-- > 0 ? "piece " : ""; }, 0);
    to.write(target, ">");
    to.close();
    CHECK(out.text() == "<piece piece piece >");
}

TEST_CASE("What may wait is written with the next, when half the room is taken, or at the end") {
    captured file;
    std::atomic<int> asked = 0;
    auto const counting = [&asked] { return [&asked] { return ++asked, std::string_view(); }; };
    writer to(1000);
    auto* const target = to.add(file.descriptor(), "out");
    to.write(target, counting(), 10, writer::urgency::with_the_next);
    to.write(target, "x");
    REQUIRE(wait_for([&] { return asked == 1; }));
    to.write(target, counting(), 499, writer::urgency::with_the_next);
    to.write(target, counting(), 1, writer::urgency::with_the_next);
    REQUIRE(wait_for([&] { return asked == 3; }));
    to.write(target, counting(), 1, writer::urgency::with_the_next);
    REQUIRE(to.drained(20s));
    CHECK(asked == 4);
    to.write(target, counting(), 1, writer::urgency::with_the_next);
    to.close();
    CHECK(asked == 5);
    CHECK(file.text() == "x");
}

TEST_CASE("What is being written has the name of its target, until its reader reads") {
    pipe_pair pipe;
    writer to;
    auto* const target = to.add(pipe.writer(), "out");
    std::string const text(100'000, 'x');  // more than a pipe takes
    CHECK_FALSE(to.slow_target(0ns));
    to.write(target, text);
    REQUIRE(wait_for([&] { return to.slow_target(1ms) == "out"; }));
    CHECK_FALSE(to.slow_target(1h));
    for (std::size_t read = 0; read < text.size();) read += pipe.read_some().size();
    REQUIRE(to.drained(20s));
    CHECK_FALSE(to.slow_target(0ns));
}

TEST_CASE("A blocked reader makes the writer full, and it resumes when there is room") {
    pipe_pair pipe;
    std::atomic<int> resumed = 0;
    std::size_t given = 0;
    writer to(100'000);
    auto* const target = to.add(pipe.writer(), "out");
    to.on_room([&] { ++resumed; });
    std::string const block(10'000, 'x');

    auto answer = flow::go_on;
    for (int i = 0; i < 1000 && answer == flow::go_on; ++i) {
        to.write(target, block);
        given += block.size();
        answer = to.answer();
    }
    REQUIRE(answer == flow::full);
    REQUIRE(given < 500'000);  // the pipe's 64 KiB, what is being written and what waits
    // What it is told when it is full it still takes, and stays full.
    CHECK_FALSE(to.drained(0ns));
    to.write(target, block);
    given += block.size();
    (void)to.answer();

    std::size_t read = 0;
    while (read < given) read += pipe.read_some().size();
    CHECK(wait_for([&] { return resumed > 0; }));
    CHECK(to.drained(20s));
    CHECK(to.answer() == flow::go_on);
    to.close();
    CHECK(read == given);
}

TEST_CASE("A full disk is an error of that target alone") {
    captured other;
    writer to;
    int const full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    auto* const bad = to.add(full, "results.txt", writer::ownership::owned);
    auto* const good = to.add(other.descriptor(), "good");
    to.write(bad, "lost");
    REQUIRE(wait_for([&] { return to.failure(bad).has_value(); }));
    CHECK(error_of([&] { (void)to.answer(); }) == ENOSPC);
    CHECK_FALSE(error_of([&] { (void)to.answer(); }));  // told once
    to.write(bad, "lost as well");
    to.write(good, "kept");
    CHECK_FALSE(to.failure(good));
    try {
        to.close();
        FAIL("close must tell the error again");
    } catch (write_error const& error) {
        CHECK(std::string(error.what()) == "results.txt: No space left on device");
    }
    CHECK(other.text() == "kept");
}

TEST_CASE("A reader that went away is EPIPE, not a signal, and nobody waits for room any longer") {
    pipe_pair pipe;
    std::atomic<int> resumed = 0;
    std::atomic<bool> told = false;
    writer to(1000);
    auto* const target = to.add(pipe.writer(), "standard output");
    to.on_room([&] { ++resumed; });
    to.on_failure([&] { told = true; });
    to.write(target, std::string(200'000, 'x'));  // more than the pipe takes
    std::string const block(2000, 'x');
    REQUIRE(wait_for([&] {
        to.write(target, block);
        return to.answer() == flow::full;
    }));
    pipe.close_reader();
    REQUIRE(wait_for([&] { return to.failure(target).has_value(); }));
    CHECK(wait_for([&] { return resumed > 0 && told; }));
    CHECK(error_of([&] { (void)to.answer(); }) == EPIPE);
    CHECK(error_of([&] { to.close(); }) == EPIPE);
}

TEST_CASE("An exception of a source is the target's error") {
    captured out;
    writer to;
    auto* const target = to.add(out.descriptor(), "out");
    to.write(
        target, []() -> std::string_view { throw write_error("temporary file", EIO); }, 0);
    to.write(target, "dropped");
    CHECK(error_of([&] { to.close(); }) == EIO);
    CHECK(out.text().empty());
}

TEST_CASE("A descriptor that somebody made non-blocking is written all the same") {
    pipe_pair pipe;
    ::fcntl(pipe.writer(), F_SETFL, O_NONBLOCK);
    std::string const all(300'000, 'x');
    writer to;
    to.write(to.add(pipe.writer(), "out"), all);
    std::string read;
    while (read.size() < all.size()) read += pipe.read_some();
    to.close();
    CHECK(read == all);
    CHECK((::fcntl(pipe.writer(), F_GETFL) & O_NONBLOCK) != 0);  // left as it was
}

TEST_CASE("A stuck writer can be given up") {
    pipe_pair pipe;
    captured other;
    // They stay open: the thread may still be at it.
    int const stuck = ::fcntl(pipe.writer(), F_DUPFD_CLOEXEC, 3);
    int const beside = ::fcntl(other.descriptor(), F_DUPFD_CLOEXEC, 3);
    {
        writer to;
        auto* const target = to.add(stuck, "out");
        auto* const words = to.add(beside, "err");
        to.write(target, std::string(200'000, 'x'));
        to.write(words, "behind it ");
        pipe.wait_for_bytes();  // the thread is at it
        CHECK_FALSE(to.drained(1ms));
        to.write(target, "dropped");
        to.write(words, "and later");
        CHECK(to.abandon(words) == "behind it and later");
        to.write(target, "dropped");
        CHECK(to.drained(20s));
        to.close();
    }
    for (std::size_t read = 0; read < 200'000;) read += pipe.read_some().size();  // lets the thread end
    CHECK(other.text().empty());
}

TEST_CASE("An owned descriptor is closed, a borrowed one is not") {
    captured out;
    int const mine = ::fcntl(out.descriptor(), F_DUPFD_CLOEXEC, 3);
    writer to;
    to.add(mine, "mine", writer::ownership::owned);
    to.add(out.descriptor(), "yours");
    to.close();
    CHECK(::fcntl(mine, F_GETFD) == -1);
    CHECK(::fcntl(out.descriptor(), F_GETFD) != -1);
}

TEST_CASE("A file is put on disk without being asked again; a failing one is told") {
    pipe_pair pipe;
    captured file;
    writer to;
    auto* const on_disk = to.add(file.descriptor(), "ledger");
    auto* const on_pipe = to.add(pipe.writer(), "pipe");
    auto* const on_nothing = to.add(-1, "gone");
    to.sync(on_disk);
    to.sync(on_pipe);  // can't be, which is no error
    to.sync(on_nothing);
    REQUIRE(wait_for([&] { return to.failure(on_nothing).has_value(); }));
    CHECK(error_of([&] { (void)to.answer(); }) == EBADF);
    CHECK_FALSE(to.failure(on_disk));
    CHECK_FALSE(to.failure(on_pipe));
}
