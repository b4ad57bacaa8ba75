// SPDX-License-Identifier: MIT
// What shows how far a run is, on a terminal of the test's own.
#include "output/screen/progress_sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <new>
#include <string>

#include "output/views/line_sink.hpp"
#include "support/capture.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;
using namespace std::chrono_literals;

namespace {

/// A pseudo-terminal of 60 columns.
class terminal {
  public:
    explicit terminal(unsigned short rows = 24) : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) throw std::bad_alloc();
        slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
        winsize const size{rows, 60, 0, 0};
        ::ioctl(slave_, TIOCSWINSZ, &size);
    }
    terminal(terminal const&) = delete;
    terminal& operator=(terminal const&) = delete;
    ~terminal() {
        ::close(slave_);
        ::close(master_);
    }

    int descriptor() const noexcept { return slave_; }

    /// Reads until `text` was shown, for at most 20 s.
    bool shows(std::string_view text) {
        auto const limit = std::chrono::steady_clock::now() + 20s;
        while (seen_.find(text) == std::string::npos) {
            pollfd ready{master_, POLLIN, 0};
            char piece[4096];
            if (std::chrono::steady_clock::now() > limit || ::poll(&ready, 1, 20'000) != 1) return false;
            auto const size = ::read(master_, piece, sizeof piece);
            if (size <= 0) return false;
            seen_.append(piece, static_cast<std::size_t>(size));
        }
        return true;
    }

    std::string const& seen() const noexcept { return seen_; }

  private:
    int master_;
    int slave_ = -1;
    std::string seen_;
};

}  // namespace

TEST_CASE("Pinned lines make room for output in one write, and are gone at the end") {
    terminal screen;
    writer to;
    auto* const target = to.add(screen.descriptor(), "standard error");
    line_sink lines(to, {target, {}}, {target, {}});
    progress_sink shown(to, target, {.style = {.colour = false, .utf8 = false, .hint = {}}});
    told_run run(shown, {"web1"});
    told_run text(lines, {"web1"});
    run.started(0);
    REQUIRE(screen.shows("(connecting)\r\n0/1  waiting for web1"));
    text.out(0, "hello\n");
    REQUIRE(screen.shows("\x1b[?2026h\r\x1b[K\x1b[A\x1b[Kweb1: hello\r\n"));
    run.ended(0);
    run.over();
    to.close();
    REQUIRE(::write(screen.descriptor(), "end", 3) == 3);
    CHECK(screen.shows("\r\x1b[K\x1b[A\x1b[Kend"));
}

TEST_CASE("Output elsewhere leaves the lines alone") {
    terminal screen;
    captured file;
    writer to;
    auto* const target = to.add(screen.descriptor(), "standard error");
    auto* const data = to.add(file.descriptor(), "standard output");
    to.pin(target, [](terminal_size) { return pinned_lines{{"status"}}; });
    REQUIRE(screen.shows("status\x1b[?2026l"));
    to.write(data, "data");
    REQUIRE(to.drained(20s));
    to.close();
    REQUIRE(::write(screen.descriptor(), "end", 3) == 3);
    REQUIRE(screen.shows("end"));
    CHECK(screen.seen().find("\r\x1b[K") == screen.seen().size() - 7);  // erased once, at the end
}

TEST_CASE("Without a terminal a line says now and then how far the run is") {
    pipe_pair pipe;
    writer to;
    progress_sink shown(to, to.add(pipe.writer(), "standard error"),
                        {.pinned = false, .style = {}, .first = 1ms, .period = 1ms});
    told_run run(shown, {"web1", "web2"});
    run.started(0);
    auto const text = pipe.read_some();
    CHECK(text.starts_with("muster: 0/2 ok 0 running "));
    run.over();
    to.close();
}

TEST_CASE("On a terminal without room for a block a line says now and then how far the run is") {
    terminal small(9), large;
    for (auto* const screen : {&small, &large}) {
        writer to;
        progress_sink shown(to, to.add(screen->descriptor(), "standard error"),
                            {.style = {.colour = false, .utf8 = false, .hint = {}}, .first = 300ms, .period = 300ms});
        told_run run(shown, {"web1"});
        run.started(0);
        REQUIRE(screen->shows(screen == &small ? "muster: 0/1 ok 0 running 1, " : "waiting for web1 (2"));
        run.over();
        to.close();
    }
    CHECK(large.seen().find("muster: ") == std::string::npos);
}

TEST_CASE("What is written after the end of a run is not followed by its lines") {
    terminal screen;
    pipe_pair pipe;
    writer to;
    auto* const target = to.add(screen.descriptor(), "standard error");
    auto* const data = to.add(pipe.writer(), "standard output");
    progress_sink shown(to, target, {.style = {.colour = false, .utf8 = false, .hint = {}}});
    {
        told_run run(shown, {"web1"});
        run.started(0);
        REQUIRE(screen.shows("waiting for web1"));
        to.write(data, std::string(1 << 20, 'x'));  // the writer waits for the pipe
        pipe.wait_for_bytes();
        to.write(target, "the end\n");
        run.over();
    }
    for (std::size_t read = 0; read < 1 << 20;) read += pipe.read_some().size();
    REQUIRE(screen.shows("the end"));
    to.close();
    REQUIRE(::write(screen.descriptor(), "$ ", 2) == 2);
    REQUIRE(screen.shows("$ "));
    CHECK(screen.seen().find("waiting for", screen.seen().find("the end")) == std::string::npos);
    CHECK(shown.who_runs() == "muster: 0 hosts running\n");
}
