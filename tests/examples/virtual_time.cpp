// SPDX-License-Identifier: MIT
// A transport of one's own, and a thousand hosts that take an hour each, in no time: virtual_time
#include <chrono>
#include <cstddef>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <muster/async_run.hpp>
#include <muster/coro/coro.hpp>
#include <muster/coro/manual_clock.hpp>
#include <muster/report.hpp>

namespace {

namespace coro = muster::coro;
using namespace std::chrono_literals;

/// A command that ends after an hour; on every hundredth host it fails.
class slow_command final : public muster::command {
  public:
    explicit slow_command(bool fails) : fails_(fails) {}

    asio::awaitable<muster::command_event> read() override {
        if (!started_) {
            started_ = true;
            co_return muster::command_started{};
        }
        co_await coro::sleep_for(1h);
        muster::command_end end;
        end.status = fails_ ? 1 : 0;
        end.proved = true;
        co_return end;
    }
    asio::awaitable<void> ask() override { co_return; }
    muster::command_end end_so_far() const override { return {}; }
    asio::awaitable<void> stop(muster::stop_signal) override { co_return; }

  private:
    bool fails_;
    bool started_ = false;
};

class slow_host final : public muster::connection {
  public:
    explicit slow_host(bool fails) : fails_(fails) {}

    asio::awaitable<std::unique_ptr<muster::command>> start(muster::step const&,
                                                            std::function<void()> const& sending) override {
        sending();
        co_return std::make_unique<slow_command>(fails_);
    }
    asio::awaitable<void> close() override { co_return; }

  private:
    bool fails_;
};

class slow_hosts final : public muster::transport {
  public:
    asio::awaitable<std::unique_ptr<muster::connection>> connect(muster::endpoint const& host,
                                                                 muster::connect_progress& progress) override {
        progress.enter(muster::stage::connect);
        co_await coro::sleep_for(2s);
        co_return std::make_unique<slow_host>(host.label.ends_with("00"));
    }
};

std::vector<muster::endpoint> thousand_hosts() {
    std::vector<muster::endpoint> hosts(1000);
    for (std::size_t i = 0; i < hosts.size(); ++i) hosts[i].label = "host" + std::to_string(i + 1);
    return hosts;
}

/// Whoever waits, waits for nothing else: time jumps to the next point that somebody waits for.
void run_in_virtual_time(asio::io_context& context, coro::manual_clock& clock) {
    for (;;) {
        context.restart();
        if (context.poll() > 0) continue;
        auto const next = clock.next();
        if (!next) return;
        clock.advance_to(*next);
    }
}

}  // namespace

int main() {
    asio::io_context context;
    coro::manual_clock clock(context);
    auto const hosts = thousand_hosts();
    muster::job const job{"upgrade"};
    muster::options options;
    options.fanout = 100;
    muster::null_sink sink;
    slow_hosts transport;
    auto run = muster::async_run(hosts, job, options, sink, transport);
    std::string said;
    auto whole = [&said](asio::awaitable<muster::report> all) -> asio::awaitable<void> {
        auto const results = co_await std::move(all);
        auto const hours = std::chrono::duration_cast<std::chrono::hours>(results.duration).count();
        said = std::to_string(results.count(muster::final_state::ok)) + " ok, " +
               std::to_string(results.count(muster::final_state::failed)) + " failed, in " + std::to_string(hours) +
               " hours";
    };
    asio::co_spawn(context, whole(std::move(run)), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
    run_in_virtual_time(context, clock);
    std::cout << said << "\n";
}
