// SPDX-License-Identifier: MIT
// The public sinks, sanitiser and line splitter.
#include <muster/views.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace muster;

namespace {

/// A nameless file, read back.
class text_file {
  public:
    text_file() : descriptor_(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) { REQUIRE(descriptor_ >= 0); }
    ~text_file() { ::close(descriptor_); }
    text_file(text_file const&) = delete;
    text_file& operator=(text_file const&) = delete;
    int descriptor() const { return descriptor_; }
    std::string text() const {
        std::string all(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
        REQUIRE(::pread(descriptor_, all.data(), all.size(), 0) == static_cast<ssize_t>(all.size()));
        return all;
    }

  private:
    int descriptor_;
};

report one_host() {
    report results;
    results.hosts.resize(1);
    results.hosts[0].host = "web1";
    results.hosts[0].state = final_state::failed;
    results.hosts[0].stage = stage::command;
    results.hosts[0].status = 3;
    results.hosts[0].error = "exit status 3";
    return results;
}

void tell_run(sink& to) {
    auto const results = one_host();
    to.tell(events::run_started{results.hosts, [] {}});
    to.tell(events::host_started{0});
    to.tell(events::output{0, stream::out, "to out\n"});
    to.tell(events::output{0, stream::err, "to \033[31merr"});
    to.tell(events::host_ended{0, results.hosts[0]});
    to.tell(events::run_ended{results});
}

}  // namespace

TEST_CASE("views: lines, sanitised where asked for, and a summary", "[views]") {
    text_file out, err;
    line_format harmless;
    harmless.sanitise = true;
    views shown;
    shown.lines(out.descriptor(), {}, err.descriptor(), harmless).summary(err.descriptor());
    tell_run(shown);
    shown.close();
    CHECK(out.text() == "web1: to out\n");
    CHECK(err.text().starts_with("web1: to err\n"));
    CHECK(err.text().find("1 failed") != std::string::npos);
}

TEST_CASE("views: JSON", "[views]") {
    text_file out;
    views shown;
    shown.json(out.descriptor());
    tell_run(shown);
    shown.close();
    CHECK(out.text().find(R"("host":"web1")") != std::string::npos);
    CHECK(out.text().find(R"("stdout":"to out\n")") != std::string::npos);
}

TEST_CASE("views: a write that fails comes out", "[views]") {
    int const full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    views shown;
    shown.json(full);
    try {
        tell_run(shown);
        shown.close();
        FAIL("nothing was thrown");
    } catch (std::runtime_error const&) {
    }
    ::close(full);
}

TEST_CASE("views: sanitised spells out what could drive a terminal", "[views]") {
    CHECK(sanitised("a\033]0;x\007b") == "a\\x1b]0;x\\x07b");
    CHECK(sanitised("abcdefgh", 5).ends_with("..."));
}

TEST_CASE("views: line_splitter gives the same lines in whatever pieces the bytes come", "[views]") {
    std::vector<std::string> lines;
    auto const note = [&](std::string_view line, bool complete) {
        lines.push_back(std::string(line) + (complete ? "$" : "+"));
    };
    line_splitter split(4);
    for (char const c : std::string("one\ntwo\n\nlonger\nend")) split.feed(std::string_view(&c, 1), note);
    split.finish(note);
    CHECK(lines == std::vector<std::string>{"one$", "two$", "$", "long+", "er$", "end$"});
}

TEST_CASE("views: for one run, and complete before it begins", "[views]") {
    text_file out;
    views shown;
    shown.json(out.descriptor());
    tell_run(shown);
    CHECK_THROWS_AS(shown.summary(out.descriptor()), std::logic_error);
    CHECK_THROWS_AS(tell_run(shown), std::logic_error);
    shown.close();
}

TEST_CASE("line_splitter: a limit of nothing is one of a character", "[views]") {
    for (std::size_t limit = 0; limit <= 4; ++limit) {
        line_splitter lines(limit);
        std::string all;
        auto const told = [&all](std::string_view line, bool) { all += line; };
        lines.feed("\xf0\x9f\x98\x80\xf0\x9f\x98\x80 and more\n", told);
        lines.finish(told);
        CHECK(all == "\xf0\x9f\x98\x80\xf0\x9f\x98\x80 and more");
    }
}
