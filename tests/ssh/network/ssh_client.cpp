// SPDX-License-Identifier: MIT
// Many runs over one ssh_client: what they share, and the limits that hold for all of them together.
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <muster/async_run.hpp>
#include <muster/coro/coro.hpp>
#include <muster/ssh.hpp>

#include "ssh/support/runs.hpp"
#include "ssh/support/ssh_fleet.hpp"

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;

namespace {

std::size_t logins(ssh_fleet const& fleet) {
    std::istringstream log(fleet.log());
    std::size_t count = 0;
    for (std::string line; std::getline(log, line);) count += line.find("Accepted publickey") != line.npos;
    return count;
}

std::size_t threads() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

asio::awaitable<report> run_over(ssh_client& client, std::vector<endpoint> where, std::string command) {
    job const job{command};
    auto const options = patient();
    null_sink sink;
    co_return co_await async_run(where, job, options, sink, client);
}

struct peak {
    std::size_t connections = 0;
    std::size_t threads = 0;
};

asio::awaitable<void> watch(ssh_client const& client, peak& most) {
    for (;;) {
        most.connections = std::max(most.connections, client.connections());
        most.threads = std::max(most.threads, threads());
        co_await coro::sleep_for(1ms);
    }
}

asio::awaitable<std::size_t> run_each(ssh_client& client, std::vector<endpoint> hosts) {
    std::vector<asio::awaitable<report>> runs;
    for (auto const& host : hosts) {
        std::vector<endpoint> alone{host};
        runs.push_back(run_over(client, std::move(alone), "echo $NODE"));
    }
    auto const ended = co_await coro::wait_all(std::move(runs));
    co_return static_cast<std::size_t>(std::ranges::count_if(ended, [](auto const& run) { return run.result().ok(); }));
}

std::vector<endpoint> behind(std::vector<endpoint> hosts, endpoint jump) {
    jump.label = "bastion";
    auto const way = std::make_shared<endpoint const>(std::move(jump));
    for (auto& host : hosts) host.settings.change().jump = way;
    return hosts;
}

}  // namespace

TEST_CASE("ssh_client: three hundred runs at once keep to its limits and have its threads") {
    ssh_fleet const fleet({"h1", "h2"}, "MaxStartups 100\n");
    peak most;
    std::size_t ok = 0;
    auto body = [&]() -> asio::awaitable<void> {
        ssh_limits const limits{.connecting = 8, .connections = 16};
        auto const loop = co_await asio::this_coro::executor;
        ssh_client client(loop, {}, limits);
        auto watching = watch(client, most);
        auto all = run_each(client, fleet.endpoints(300));
        auto const [watched, runs] = co_await coro::run_as_daemon(std::move(watching), std::move(all));
        ok = runs.result();
        CHECK(client.connections() == 0);
    };
    auto const before = threads();
    coro::run(body());
    CHECK(ok == 300);
    CHECK(most.connections > 1);
    CHECK(most.connections <= 16);
    CHECK(most.threads <= before + 3);  // a run by itself has two
}

TEST_CASE("ssh_client: runs share the connection to a jump host, each with an endpoint of its own for it") {
    ssh_fleet const fleet({"h1", "h2", "h3"});
    std::size_t ok = 0;
    auto runs = [&](ssh_client& client) -> asio::awaitable<void> {
        for (int i = 0; i < 2; ++i) {  // one after the other: the connection outlives the first
            auto where = behind(fleet.endpoints(1), fleet.endpoints()[2]);
            auto const results = co_await run_over(client, std::move(where), "echo $NODE");
            ok += results.count(final_state::ok);
        }
        auto hosts = behind(fleet.endpoints(4), fleet.endpoints()[2]);
        auto const beside = co_await run_each(client, std::move(hosts));
        ok += beside;
    };
    auto body = [&]() -> asio::awaitable<void> {
        auto const loop = co_await asio::this_coro::executor;
        ssh_client client(loop);
        auto all = runs(client);
        co_await client.hold(std::move(all));
    };
    coro::run(body());
    CHECK(ok == 6);
    CHECK(logins(fleet) == 7);
}

TEST_CASE("ssh_client: a run over a jump host needs hold(), which is called once") {
    ssh_fleet const fleet({"h1", "h2"});
    auto nothing = []() -> asio::awaitable<void> { co_return; };
    auto body = [&]() -> asio::awaitable<void> {
        auto const loop = co_await asio::this_coro::executor;
        ssh_client client(loop);
        auto where = behind(fleet.endpoints(1), fleet.endpoints()[1]);
        co_await run_over(client, std::move(where), "true");
    };
    CHECK_THROWS_AS(coro::run(body()), std::logic_error);
    auto twice = [&]() -> asio::awaitable<void> {
        auto const loop = co_await asio::this_coro::executor;
        ssh_client client(loop);
        auto first = nothing();
        co_await client.hold(std::move(first));
        auto second = nothing();
        co_await client.hold(std::move(second));
    };
    CHECK_THROWS_AS(coro::run(twice()), std::logic_error);
}

TEST_CASE("ssh_client: what failed for one run is tried again for the next") {
    ssh_fleet const fleet({"h1", "h2"});
    scratch_folder const folder;
    auto const key = new_key(folder.path("key"), {"-t", "ed25519", "-N", "open sesame"});
    fleet.authorize(key + ".pub");
    auto host = fleet.one();
    host.settings.change().identities = {{key, false}};
    int questions = 0;
    login_hooks hooks;
    hooks.secret = [&](std::string const& prompt, std::stop_token) -> std::optional<std::string> {
        if (prompt.find("passphrase") == prompt.npos || ++questions == 1) return std::nullopt;  // nobody is there yet
        return "open sesame";
    };
    std::vector<final_state> states;
    auto body = [&]() -> asio::awaitable<void> {
        auto const loop = co_await asio::this_coro::executor;
        ssh_client client(loop, hooks);
        for (int i = 0; i < 3; ++i) {
            std::vector<endpoint> alone{host};
            auto const results = co_await run_over(client, std::move(alone), "true");
            states.push_back(results.hosts[0].state);
        }
    };
    coro::run(body());
    CHECK(states == std::vector{final_state::auth, final_state::ok, final_state::ok});
    CHECK(questions == 2);  // the opened key is kept
}

TEST_CASE("ssh_client: a key that was revoked between two runs is refused, however soon the next one begins") {
    ssh_fleet const fleet({"h1"});
    auto host = fleet.one();
    auto const known = fleet.path("own_known_hosts");
    auto const key = read_file(fleet.path("server/host_key.pub"));
    write_file(known, "* " + key);
    host.settings.change().user_known_hosts = {known};
    std::vector<final_state> states;
    auto body = [&]() -> asio::awaitable<void> {
        auto const loop = co_await asio::this_coro::executor;
        ssh_client client(loop);
        for (int i = 0; i < 3; ++i) {
            std::vector<endpoint> alone{host};
            auto const results = co_await run_over(client, std::move(alone), "true");
            states.push_back(results.hosts[0].state);
            if (i == 1) write_file(known, "@revoked * " + key);
        }
    };
    coro::run(body());
    CHECK(states == std::vector{final_state::ok, final_state::ok, final_state::host_key});
}

namespace {
struct start_note final : sink {
    flow tell(event const& what) override {
        if (std::holds_alternative<events::host_started>(what)) started = true;
        return flow::go_on;
    }
    bool started = false;
};
}  // namespace

TEST_CASE("a run whose context goes on in another thread is wrong_loop, and no error of the run") {
    ssh_fleet const fleet({"h1", "h2"});
    asio::io_context context;
    ssh_client client(context.get_executor());
    auto const where = fleet.endpoints();
    job const job{"true"};
    auto how = patient();
    how.rollout.delay = 100ms;  // h2 starts in another turn
    start_note sink;
    auto ended = asio::co_spawn(context, async_run(where, job, how, sink, client), asio::use_future);
    std::thread([&] {
        while (!sink.started) context.run_one_for(100ms);
    }).join();
    context.run();
    CHECK_THROWS_AS(ended.get(), coro::wrong_loop);
}
