// SPDX-License-Identifier: MIT
// Files and directories pushed to real servers: what arrives, what is skipped, and what a cut leaves.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <muster/copy.hpp>
#include <muster/remote.hpp>
#include <muster/run.hpp>

#include "copy/pull_folder.hpp"
#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/shell_run.hpp"

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using support::test_folder;
using strings = std::vector<std::string>;

namespace {

/// A folder that the fleet's account may write to.
struct target_folder : test_folder {
    target_folder() { ::chmod(path().c_str(), 0777); }
};

/// Has much to do at its end, in small pieces.
class slow_target : public copy::pieced_target {
  public:
    slow_target(std::atomic<int>& pieces, int most) : pieces_(pieces), most_(most) {}
    void begin(bool /*directory*/) override {}
    void take(std::string_view /*bytes*/) override {}
    bool finish_some() override {
        std::this_thread::sleep_for(5ms);
        return ++pieces_ >= most_;
    }

  private:
    std::atomic<int>& pieces_;
    int most_;
};

report run_job(std::vector<endpoint> const& where, std::vector<job_step> steps, listener hear = {},
               std::stop_token stop = {}, options const& how = patient()) {
    calling_sink sink(hear ? std::move(hear) : [](event const&) {});
    return run(where, job(std::move(steps)), how, sink, std::move(stop));
}

}  // namespace

TEST_CASE("a push comes before the command, over the same login, on a server with one session at a time") {
    ssh_fleet const fleet({"h1"}, "MaxSessions 1\n");
    test_folder const here;
    target_folder const there;
    auto const content = random_bytes(3'000'000);
    here.write("f", content, 0640);
    auto const again = [&] {
        return run_job({fleet.one()},
                       {push_of(here.path("f"), there.path("g")), step{"cat " + there.path("g") + " | wc -c"}})
            .hosts.front();
    };
    auto const first = again();
    CHECK(ending(first) == "ok ended command 0");
    CHECK(first.out == "3000000\n");
    CHECK((first.changed == 1 && first.same == 0));
    CHECK(there.read("g") == content);
    auto const second = again();
    CHECK((second.changed == 0 && second.same == 1));
    CHECK(there.names() == strings{"g"});
}

TEST_CASE("a directory replaces the one that is there, and is skipped when all in it is the same") {
    ssh_fleet const fleet;
    test_folder const here;
    target_folder const there;
    here.write("d/a", "one", 0644);
    here.write("d/sub/b", "two", 0755);
    here.write("d/sub/with 'quotes' and blanks", "three");
    std::filesystem::create_symlink("sub/b", here.path("d/link"));
    auto const again = [&] {
        return run_job({fleet.one()}, {push_of(here.path("d"), there.path() + "/")}).hosts.front();
    };
    auto const first = again();
    CHECK(ending(first) == "ok not_sent push");
    CHECK(first.changed == 1);
    strings const all{"d/", "d/a", "d/link", "d/sub/", "d/sub/b", "d/sub/with 'quotes' and blanks"};
    CHECK(there.names() == all);
    CHECK(std::filesystem::is_symlink(there.path("d/link")));
    CHECK(again().same == 1);
    here.write("d/a", "ONE");
    CHECK(again().changed == 1);
    CHECK(there.read("d/a") == "ONE");
    ::chmod(here.path("d/a").c_str(), 0600);
    CHECK(again().changed == 1);
    std::filesystem::remove(here.path("d/sub/b"));
    CHECK(again().changed == 1);
    CHECK(there.names() == strings{"d/", "d/a", "d/link", "d/sub/", "d/sub/with 'quotes' and blanks"});
    CHECK(again().same == 1);
}

TEST_CASE("a host without a program for SHA-256 gets a push by its size, and that is said") {
    test_folder const tools;
    ::chmod(tools.path().c_str(), 0755);
    for (auto const* const tool : {"mktemp", "wc", "cat", "find", "chmod", "mv", "rm"})
        std::filesystem::create_symlink(std::string("/usr/bin/") + tool, tools.path(tool));
    ssh_fleet const fleet({"h1"}, "ForceCommand PATH=" + tools.path() + " exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
    test_folder const here;
    target_folder const there;
    here.write("f", "content");
    auto const result = run_job({fleet.one()}, {push_of(here.path("f"), there.path("g")), step{"true"}}).hosts.front();
    CHECK(ending(result) == "ok ended command 0");
    CHECK_THAT(error_message(result), ContainsSubstring("known by its size alone"));
    CHECK(there.read("g") == "content");
}

TEST_CASE("a push that fails ends the host at its stage, and its command is not sent") {
    ssh_fleet const fleet;
    test_folder const here;
    here.write("f", "x");
    auto const result =
        run_job({fleet.one()}, {push_of(here.path("f"), "/no/such/"), step{"echo never"}}).hosts.front();
    CHECK(ending(result) == "failed not_sent push");
    CHECK_THAT(result.error, ContainsSubstring("/no/such/f: no file can be made beside it"));
    CHECK(result.out.empty());
}

TEST_CASE("each host gets its own file, and one that is missing is that host's failure") {
    ssh_fleet const fleet({"h1", "h2"});
    test_folder const here;
    target_folder const there;
    here.write("f-h1", "of h1");
    auto const results = run_job(fleet.endpoints(), {push_of(here.path("f-{host}"), there.path() + "/"), step{"true"}});
    CHECK(ending(results.hosts[0]) == "ok ended command 0");
    CHECK(ending(results.hosts[1]) == "failed not_sent push");
    CHECK_THAT(results.hosts[1].error, ContainsSubstring("f-h2: No such file"));
    CHECK(there.names() == strings{"f-h1"});
}

TEST_CASE("a file that changes while it is sent ends the run as an error of this machine") {
    ssh_fleet const fleet;
    test_folder const here;
    target_folder const there;
    here.write("f", "before");
    there.write("f", "old");
    auto const pushed = push_of(here.path("f"), there.path() + "/");
    here.write("f", "after!");
    CHECK_THROWS_AS(run_job({fleet.one()}, {pushed}), run_error);
    CHECK(there.read("f") == "old");
    CHECK(there.names() == strings{"f"});
}

TEST_CASE("a stop in the middle of a push leaves the old file and nothing else, and no process") {
    ssh_fleet const fleet;
    test_folder const here;
    target_folder const there;
    there.write("f", "old");
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pushed_content slow{command_input::of_descriptor(ends[0], "slow"), 1000, std::string(64, '0')};
    slow.base_name = "f";
    push_step push;
    push.content = std::make_shared<pushed_content>(slow);
    push.to = there.path() + "/";
    std::stop_source stop;
    std::jthread const stopper([&] {
        while (there.names().size() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        stop.request_stop();
    });
    auto how = patient();
    how.grace = std::chrono::seconds(GENERATE(0, 5));
    auto const result = run_job({fleet.one()}, {push, step{"true"}}, {}, stop.get_token(), how).hosts.front();
    CHECK(ending(result) == "not_started not_sent none");
    CHECK(there.names() == strings{"f"});
    CHECK(there.read("f") == "old");
    CHECK(fleet.commands().empty());
    ::close(ends[1]);
}

TEST_CASE("a server that runs a command of its own in place of the script is a failed push, not a success") {
    ssh_fleet const fleet({"h1"}, "ForceCommand echo hello\n");
    test_folder const here;
    here.write("f", "x");
    auto const result = run_job({fleet.one()}, {push_of(here.path("f"))}).hosts.front();
    CHECK(ending(result) == "failed not_sent push");
    CHECK_THAT(result.error, ContainsSubstring("did not run the script"));
}

TEST_CASE("pulls that have much to do on the disk leave others their turns, and end with the limit on time") {
    ssh_fleet const fleet;
    test_folder const here;
    std::atomic<int> pieces = 0;
    pull_step pull = pull_of("/etc/hostname", here.path("out"));
    pull.into = [&, usual = pull.into](std::string const& label) -> std::unique_ptr<pull_target> {
        if (label != "h3") return std::make_unique<slow_target>(pieces, 2000);
        return usual(label);
    };
    std::vector<endpoint> where(4, fleet.one());
    for (std::size_t n = 0; n < where.size(); ++n) where[n].label = "h" + std::to_string(n);
    auto options = patient();
    options.command_timeout = 2s;
    auto const results = run_job(where, {pull}, {}, {}, options);
    for (auto const& host : results.hosts) {
        CAPTURE(host.host, host.error);
        CHECK(ending(host) == (host.host == "h3" ? "ok not_sent none" : "timed_out not_sent pull"));
        if (host.host != "h3") CHECK(error_message(host) == "timed out after 2 s");
    }
    CHECK(pieces < 1900);
    CHECK(std::filesystem::exists(here.path("out/h3/hostname")));
}

TEST_CASE("a pull that is cancelled goes on with nothing on the disk") {
    ssh_fleet const fleet;
    std::atomic<int> pieces = 0;
    std::stop_source stop;
    pull_step pull = pull_of("/etc/hostname", "/nowhere");
    pull.into = [&](std::string const&) { return std::make_unique<slow_target>(pieces, 2000); };
    std::jthread const stopper([&] {
        while (pieces < 10) std::this_thread::sleep_for(1ms);
        stop.request_stop();
    });
    auto const result = run_job({fleet.one()}, {pull}, {}, stop.get_token()).hosts.front();
    CHECK(ending(result) == "not_started not_sent none");
    CHECK(pieces < 1000);
}

TEST_CASE("a job's own code pushes, runs, runs a script, checks and pulls, and reads each result before the next") {
    ssh_fleet const fleet;
    test_folder const here;
    target_folder const there;
    here.write("f", "pushed\n");
    here.write("script", "#!/bin/sh\necho script $1; echo more >>$2\n");
    strings seen;
    auto const work = job_of([&](remote& host) -> coro::awaitable<void> {
        auto const push = push_of(here.path("f"), there.path("g"));
        for (int n = 0; n < 2; ++n) seen.push_back(co_await host.push(push) == push_outcome::same ? "same" : "changed");
        step const read("cat " + there.path("g"));
        auto const ran = co_await host.run(read);
        seen.push_back(ran.out);
        auto const script = script_of(here.path("script"), {"one", there.path("g")});
        auto const scripted = co_await host.run(script);
        seen.push_back(scripted.out);
        check_step const check(step("grep -q more " + there.path("g")));
        co_await host.check(check);
        auto const pull = pull_of(there.path("g"), here.path());
        co_await host.pull(pull);
    });
    null_sink sink;
    auto const host = run({fleet.one()}, work, patient(), sink).hosts.front();
    CHECK(ending(host) == "ok ended command 0");
    CHECK(seen == strings{"changed", "same", "pushed\n", "script one\n"});
    CHECK(here.read(host.host + "/g") == "pushed\nmore\n");
}
