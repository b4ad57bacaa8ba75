// SPDX-License-Identifier: MIT
// A reader of the output that pauses: commands, their input and their connections go on, and nothing is lost.
#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <muster/run.hpp>

#include "ssh/support/child.hpp"
#include "ssh/support/rogues.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Full from the first output on, until it is so: a thread of its own asks again and again.
class pausing_sink final : public sink {
  public:
    explicit pausing_sink(std::function<bool()> is_over) : is_over_(std::move(is_over)) {}

    flow tell(event const& event) override {
        if (auto const* const begin = std::get_if<events::run_started>(&event)) resume_ = begin->resume;
        auto const* const piece = std::get_if<events::output>(&event);
        if (piece == nullptr) return flow::go_on;
        (piece->from == stream::out ? out : err) += piece->bytes;
        if (!waiter_.joinable()) waiter_ = std::jthread([this] { wait(); });
        return is_full_ ? flow::full : flow::go_on;
    }

    /// It has come to be so while the sink was full.
    bool was_paused() const { return was_paused_; }

    std::string out;
    std::string err;

  private:
    void wait() {
        was_paused_ = eventually(is_over_);
        is_full_ = false;
        resume_();
    }

    std::function<bool()> is_over_;
    std::function<void()> resume_;
    std::atomic<bool> is_full_ = true;
    std::atomic<bool> was_paused_ = false;
    std::jthread waiter_;
};

std::size_t times(std::string const& text, std::string const& word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
    return count;
}

host_result run_paused(endpoint const& target, job const& job, pausing_sink& sink) {
    std::vector<endpoint> const alone{target};
    auto how = without_keeping();
    how.connect_timeout = patience;
    return run(alone, job, how, sink).hosts.front();
}

}  // namespace

TEST_CASE("a server that asks whether anybody is there gets its answers while the reader pauses") {
    ssh_fleet const fleet({"h1"}, "ClientAliveInterval 1\nClientAliveCountMax 2\nLogLevel DEBUG2\n");
    auto const asked_or_gone = [&] {
        auto const log = fleet.log();
        return times(log, "request keepalive@openssh.com") > 5 || log.find("Timeout, client") != log.npos;
    };
    pausing_sink sink(asked_or_gone);
    auto const result = run_paused(fleet.one(), job{"seq 1000000; echo end >&2"}, sink);
    CHECK(sink.was_paused());
    CHECK(ending(result) == "ok ended command 0");
    std::string expected;
    for (int number = 1; number <= 1'000'000; ++number) expected += std::to_string(number) + "\n";
    CHECK((sink.out == expected));
    CHECK(sink.err == "end\n");
}

TEST_CASE("a lease is renewed while the reader pauses") {
    ssh_fleet const fleet;
    std::filesystem::permissions(fleet.path(""), std::filesystem::perms::all);
    auto const log = fleet.path("log");
    job leased{"trap 'echo killed >>" + log + "; exit 9' TERM; echo up; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; echo " +
               "lives >>" + log + "; done; seq 1000000"};
    std::get<step>(leased.steps.front()).lease = lease_terms{.expires = 4s};
    auto const outlives_it_or_not = [&] {
        auto const text = std::filesystem::exists(log) ? read_file(log) : std::string();
        return times(text, "lives") == 9 || text.find("killed") != text.npos;
    };
    pausing_sink sink(outlives_it_or_not);
    CHECK(ending(run_paused(fleet.one(), leased, sink)) == "ok ended command 0");
    CHECK(sink.out.ends_with("\n1000000\n"));
}

TEST_CASE("a command gets its input while the reader of its output pauses") {
    ssh_fleet const fleet;
    std::filesystem::permissions(fleet.path(""), std::filesystem::perms::all);
    auto const copy = fleet.path("copy");
    auto const bytes = random_bytes(5'000'000);
    auto const is_there = [&] {
        return std::filesystem::exists(copy) && std::filesystem::file_size(copy) == 5'000'000;
    };
    pausing_sink sink(is_there);
    job const fed{"echo up; cat >" + copy + "; echo had it", command_input::of_text(bytes)};
    CHECK(ending(run_paused(fleet.one(), fed, sink)) == "ok ended command 0");
    CHECK(sink.was_paused());
    CHECK(sink.out == "up\nhad it\n");
    CHECK((read_file(copy) == bytes));
}

TEST_CASE("what came while the reader paused is read before the end that came meanwhile is told") {
    ssh_fleet const fleet;
    rogue_servers const rogues(fleet);
    auto const name = GENERATE("unread-pieces", "unread-cut", "unread-good-bye");
    std::vector<endpoint> where(128, fleet.one());  // so many hosts have small windows, and little memory each
    for (auto& endpoint : where) {
        endpoint.label += std::to_string(&endpoint - where.data());
        endpoint.error = "not tried";
    }
    where[0] = rogues.at(name);
    auto const has_ended = fleet.path("has-ended");
    pausing_sink sink([&] { return std::filesystem::exists(has_ended); });
    auto const result = run(where, job{has_ended}, patient(), sink).hosts.front();
    CAPTURE(name, error_message(result));
    CHECK(sink.was_paused());
    CHECK(ending(result) == (name == std::string("unread-pieces") ? "ok ended command 0" : "lost unknown command"));
    CHECK((sink.out == "hello\n" + std::string(25'000, 'z')));
    CHECK((sink.err == std::string(25'000, 'y')));
}

TEST_CASE("a command is stopped while the reader of its output pauses") {
    ssh_fleet const fleet;
    std::atomic<bool> stopped = false;
    pausing_sink sink([&] { return stopped.load(); });
    auto how = patient();
    how.command_timeout = 2s;
    std::vector<endpoint> const alone{fleet.one()};
    auto const result = run(alone, job{"yes"}, how, sink).hosts.front();
    stopped = true;
    CHECK(ending(result).starts_with("timed_out ended command"));
    CHECK(eventually([&] { return fleet.commands().empty(); }));
}
