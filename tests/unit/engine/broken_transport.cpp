// SPDX-License-Identifier: MIT
// A transport that breaks the rules of transport.hpp: the run ends with an error that names the host, and no host gets
// an outcome that does not exist.
#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <muster/transport.hpp>

#include "engine/fan_out.hpp"
#include "fleet.hpp"

using namespace engine_test;

namespace {

class broken_command final : public muster::command {
  public:
    explicit broken_command(muster::command_end end) : end_(std::move(end)) {}
    coro::awaitable<muster::command_event> read() override { co_return end_; }
    coro::awaitable<void> ask() override { co_return; }
    muster::command_end end_so_far() const override { return end_; }
    coro::awaitable<void> stop(muster::stop_signal) override { co_return; }

  private:
    muster::command_end end_;
};

class broken_connection final : public muster::connection {
  public:
    broken_connection(muster::command_end const* end, bool tells, bool closes)
        : end_(end), tells_(tells), closes_(closes) {}
    coro::awaitable<std::unique_ptr<muster::command>> start(muster::step const&,
                                                            std::function<void()> const& sending) override {
        if (tells_) sending();
        if (end_ == nullptr) co_return nullptr;
        co_return std::make_unique<broken_command>(*end_);
    }
    coro::awaitable<void> close() override {
        if (!closes_) throw std::runtime_error("the good-bye failed");
        co_return;
    }

  private:
    muster::command_end const* end_;
    bool tells_;
    bool closes_;
};

struct broken_transport final : muster::transport {
    coro::awaitable<std::unique_ptr<muster::connection>> connect(muster::endpoint const&,
                                                                 muster::connect_progress&) override {
        if (throws) throw muster::transport_error(*throws, stage::connect, "the reason");
        if (!connects) co_return nullptr;
        co_return std::make_unique<broken_connection>(end, tells, closes);
    }

    std::optional<final_state> throws;
    bool connects = true;
    bool tells = true;   // of a command that it is about to send
    bool closes = true;  // without a throw
    muster::command_end const* end = nullptr;
};

struct broken_run {
    report results;
    std::string message;
};

broken_run run_over(broken_transport& transport) {
    fleet all(1);
    auto running = [&]() -> coro::awaitable<report> {
        muster::run_arguments const args{all.where, {&all.work, 1}, all.how, all.told, transport, nullptr};
        co_return co_await muster::fan_out(args);
    };
    try {
        all.loop.run(running());
    } catch (muster::run_error const& error) {
        return {error.results(), error.what()};
    }
    FAIL("no error");
    return {};
}

}  // namespace

TEST_CASE("broken transport: nulls") {
    broken_transport transport;
    transport.connects = false;
    auto const no_connection = run_over(transport);
    CHECK(no_connection.message == "1 error: h0: the transport has connected and given no connection");
    CHECK(outcome(no_connection.results.hosts[0]) == "not_started/not_sent");
    transport.connects = true;
    auto const no_command = run_over(transport);
    CHECK(no_command.message == "1 error: h0: the transport has started and given no command");
    CHECK(outcome(no_command.results.hosts[0]) == "stopped/unknown");
}

TEST_CASE("broken transport: states that are not for it") {
    for (auto const state : {final_state::ok, final_state::failed, final_state::signalled, final_state::stopped,
                             final_state::not_started}) {
        broken_transport transport;
        transport.throws = state;
        auto const run = run_over(transport);
        CHECK(run.message == "1 error: h0: the transport has thrown a transport_error with the state '" +
                                 std::string(to_string(state)) + "': the reason");
        CHECK(outcome(run.results.hosts[0]) == "not_started/not_sent");
    }
}

TEST_CASE("broken transport: an end that is told and not proved") {
    muster::command_end const end{0U, {}};
    broken_transport transport;
    transport.end = &end;
    auto const run = run_over(transport);
    CHECK(run.message == "1 error: h0: the transport tells how the command has ended, and that this is not proved");
    CHECK(outcome(run.results.hosts[0]) == "stopped/unknown");
}

TEST_CASE("broken transport: a command is started and nobody told") {
    muster::command_end const end{0U, {}, true};
    broken_transport transport;
    transport.end = &end;
    transport.tells = false;
    auto const run = run_over(transport);
    CHECK(run.message == "1 error: h0: the transport has started a command without calling `sending`");
    CHECK(run.results.hosts[0].state != final_state::ok);
}

TEST_CASE("broken transport: a good-bye that throws ends the run, and the host's outcome stands") {
    muster::command_end const end{0U, {}, true};
    broken_transport transport;
    transport.end = &end;
    transport.closes = false;
    auto const run = run_over(transport);
    CHECK(run.message == "1 error: the good-bye failed");
    CHECK(outcome(run.results.hosts[0]) == "ok/ended");
}
