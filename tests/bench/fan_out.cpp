// SPDX-License-Identifier: MIT
// What a host costs the engine alone: so many hosts whose transport answers at once. One line of JSON.
#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <muster/async_run.hpp>
#include <muster/coro/coro.hpp>
#include <muster/report.hpp>

namespace {

/// Has started, says a line, has ended.
class ready_command final : public muster::command {
  public:
    asio::awaitable<muster::command_event> read() override {
        ++reads_;
        if (reads_ == 1) co_return muster::command_started{};
        if (reads_ == 2) co_return muster::output_piece{muster::stream::out, "done\n"};
        muster::command_end end;
        end.status = 0;
        end.proved = true;
        co_return end;
    }
    asio::awaitable<void> ask() override { co_return; }
    muster::command_end end_so_far() const override { return {}; }
    asio::awaitable<void> stop(muster::stop_signal) override { co_return; }

  private:
    int reads_ = 0;
};

class ready_host final : public muster::connection {
  public:
    asio::awaitable<std::unique_ptr<muster::command>> start(muster::step const&,
                                                            std::function<void()> const& sending) override {
        sending();
        co_return std::make_unique<ready_command>();
    }
    asio::awaitable<void> close() override { co_return; }
};

class ready_hosts final : public muster::transport {
  public:
    asio::awaitable<std::unique_ptr<muster::connection>> connect(muster::endpoint const&,
                                                                 muster::connect_progress& progress) override {
        progress.enter(muster::stage::connect);
        co_return std::make_unique<ready_host>();
    }
};

std::vector<muster::endpoint> some_hosts(std::size_t count) {
    std::vector<muster::endpoint> hosts(count);
    for (std::size_t i = 0; i < count; ++i) hosts[i].label = "host" + std::to_string(i + 1);
    return hosts;
}

std::size_t succeeded(std::size_t count, std::size_t fanout) {
    asio::io_context context;
    auto const hosts = some_hosts(count);
    muster::job const job{"true"};
    muster::options options;
    options.fanout = fanout;
    muster::null_sink sink;
    ready_hosts transport;
    std::size_t ok = 0;
    auto whole = [&]() -> asio::awaitable<void> {
        auto const results = co_await muster::async_run(hosts, job, options, sink, transport);
        ok = results.count(muster::final_state::ok);
    };
    asio::co_spawn(context, whole(), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
    context.run();
    return ok;
}

}  // namespace

int main(int count, char** words) {
    if (count != 3) {
        std::cerr << "usage: bench_fan_out HOSTS FANOUT\n";
        return 2;
    }
    std::size_t const hosts = std::stoul(words[1]);
    auto const begun = std::chrono::steady_clock::now();
    auto const ok = succeeded(hosts, std::stoul(words[2]));
    std::chrono::duration<double, std::micro> const took = std::chrono::steady_clock::now() - begun;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    auto const each = static_cast<double>(hosts);
    std::cout << "{\"hosts\": " << hosts << ", \"failed\": " << hosts - ok << ", \"us_a_host\": " << took.count() / each
              << ", \"resident_mb\": " << static_cast<double>(used.ru_maxrss) / 1024
              << ", \"kib_each\": " << static_cast<double>(used.ru_maxrss) / each << "}\n";
}
