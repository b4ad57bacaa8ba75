// SPDX-License-Identifier: MIT
// The line that shows how far a run is, on a terminal of the test's own.
#include "output/progress_sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <new>
#include <string>

#include "capture.hpp"
#include "output/line_sink.hpp"

using namespace muster;
using namespace muster::output;
using namespace muster::output::test;
using namespace std::chrono_literals;

namespace {

/// A pseudo-terminal of 60 columns.
class terminal {
  public:
    terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) throw std::bad_alloc();
        slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
        winsize const size{24, 60, 0, 0};
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

TEST_CASE("Progress in words, as much as the columns take") {
    progress now{120, 80, 3, 35, false, 83s};
    CHECK(progress_text(now, 100) == "[=============>      ] 83/120  ok 80  failed 3  running 35  37 s left");
    CHECK(progress_text(now, 60) == "83/120  ok 80  failed 3  running 35  37 s left");
    CHECK(progress_text(now, 40) == "83/120  ok 80  failed 3  running 35");
    CHECK(progress_text(now, 10) == "83/120  ok");
    now.stopping = true;
    CHECK(progress_text(now, 60) == "[=============>      ] 83/120  ok 80  failed 3  stopping 35");
    CHECK(progress_text({64, 1, 0, 63, false, 1s}, 60) == "[>                   ] 1/64  ok 1  running 63");
    CHECK(progress_text({2, 2, 0, 0, false, 1s}, 60) == "[====================] 2/2  ok 2  running 0");
}

TEST_CASE("The line is erased before output and at the end, and comes back between") {
    terminal screen;
    writer to;
    auto* const target = to.add(screen.descriptor(), "standard error");
    line_sink lines(to, {target, {}}, {target, {}});
    progress_sink shown(to, target);
    told_run run(shown, {"web1", "web2"});
    told_run text(lines, {"web1", "web2"});
    run.started(0);
    run.started(1);
    std::string const line = "\r[>                   ] 0/2  ok 0  running 2\x1b[K";
    REQUIRE(screen.shows(line));
    text.out(0, "hello\n");
    REQUIRE(screen.shows(line + "\r\x1b[Kweb1: hello\r\n" + line));
    run.ended(0);
    run.ended(1);
    run.over();
    to.close();
    REQUIRE(::write(screen.descriptor(), "end", 3) == 3);
    CHECK(screen.shows("\r\x1b[Kend"));
}

TEST_CASE("Output elsewhere leaves the line alone") {
    terminal screen;
    captured file;
    writer to;
    auto* const target = to.add(screen.descriptor(), "standard error");
    auto* const data = to.add(file.descriptor(), "standard output");
    to.status(target, [](std::size_t) { return std::string("status"); });
    REQUIRE(screen.shows("\rstatus\x1b[K"));
    to.write(data, "data");
    REQUIRE(to.drained(20s));
    to.close();
    REQUIRE(::write(screen.descriptor(), "end", 3) == 3);
    REQUIRE(screen.shows("end"));
    CHECK(screen.seen().find("\r\x1b[K") == screen.seen().size() - 7);  // erased once, at the end
}
