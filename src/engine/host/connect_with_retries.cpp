// SPDX-License-Identifier: MIT
// Connects a host within its limit, and decides after a failure whether there is another attempt.
#include "engine/host/connect_with_retries.hpp"

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/this_coro.hpp>

#include <muster/coro/semaphore.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include "engine/host/host_failure.hpp"
#include "engine/host/retry.hpp"

namespace muster {

namespace {

using namespace std::chrono_literals;

/// How long a host waits for what this machine lacks while no other host of the run could give it back.
constexpr auto patience = 10s;

/// A failed attempt, and how long to wait before the next.
struct failed_attempt {
    std::exception_ptr cause;
    muster::stage stage;
    std::vector<remark> remarks;
    std::string error;
    std::chrono::nanoseconds pause;
};

/// Puts the address that was used into the result, however the attempt ends.
class address_note {
  public:
    address_note(connect_progress const& progress, host_result& result) : progress_(progress), result_(result) {}
    ~address_note() {
        if (!progress_.address.empty()) result_.address = progress_.address;
    }
    address_note(address_note const&) = delete;
    address_note& operator=(address_note const&) = delete;

  private:
    connect_progress const& progress_;
    host_result& result_;
};

/// The attempts of one host.
class connect_attempts {
  public:
    connect_attempts(run_state& run, std::size_t host)
        : run_(run), host_(host), left_(run.args().options, run.args().endpoints[host]) {}

    /// Empty: the attempt has failed, and there is another after the pause that failed() tells.
    asio::awaitable<std::unique_ptr<connection>> try_once() {
        try {
            co_return co_await connect();
        } catch (local_resources_exhausted const& error) {
            --run_.result(host_).attempts;
            if (!short_since_) short_since_ = run_.now();
            if (run_.sessions() == 0 && run_.now() - *short_since_ >= patience) throw;
            failed_ = {std::current_exception(), error.stage(), {}, error.what(), retry_pause(0, run_.chance())};
        } catch (host_failure const& failure) {
            auto const pause = left_.pause_after(failure.state(), failure.stage(), run_.chance());
            if (!pause) throw;
            failed_ = {std::current_exception(), failure.stage(), {failure.why()}, failure.note(), *pause};
        } catch (transport_error const& error) {
            auto const pause = left_.pause_after(error.state(), error.stage(), run_.chance());
            if (!pause) throw;
            failed_ = {std::current_exception(), error.stage(), {}, error.what(), *pause};
        }
        co_return nullptr;
    }

    failed_attempt const& failed() const { return failed_; }

  private:
    asio::awaitable<std::unique_ptr<connection>> connect() {
        auto const place = co_await run_.connecting().acquire();
        auto const limit = connect_limit(run_, host_);
        coro::deadline clock(co_await asio::this_coro::executor, limit > 0s ? limit : std::chrono::nanoseconds::max());
        auto& result = run_.result(host_);
        connect_progress progress(stage::resolve, clock, &result.stages.edit());
        address_note const noted(progress, result);
        ++result.attempts;
        auto const& args = run_.args();
        try {
            auto made = co_await coro::with_deadline(clock, args.transport.connect(args.endpoints[host_], progress));
            if (!made) throw transport_fault(result.host, "has connected and given no connection");
            result.key_exchange = std::move(progress.key_exchange);
            co_return made;
        } catch (coro::timed_out const&) {
            remark const passed{remark_code::connect_timeout, progress.stage(), limit};
            throw_if_behind_jump(args.endpoints[host_], passed, progress.note);
            throw host_failure(final_state::timed_out, progress.stage(), passed, progress.note);
        }
    }

    run_state& run_;
    std::size_t host_;
    attempts_left left_;
    std::optional<std::chrono::steady_clock::time_point> short_since_;
    failed_attempt failed_{};
};

}  // namespace

std::chrono::nanoseconds connect_limit(run_state const& run, std::size_t host) {
    return run.args().endpoints[host].settings->connect_timeout.value_or(run.args().options.connect_timeout);
}

void throw_if_behind_jump(endpoint const& endpoint, remark const& passed, std::string_view note) {
    if (!endpoint.settings->jump) return;
    auto const words = error_message({&passed, 1}, note);
    throw transport_error(final_state::timed_out, passed.stage, "via " + endpoint.settings->jump->label + ": " + words);
}

asio::awaitable<std::unique_ptr<connection>> connect_with_retries(run_state& run, std::size_t host) {
    auto const& endpoint = run.args().endpoints[host];
    if (!endpoint.error.empty()) throw transport_error(final_state::unreachable, stage::config, endpoint.error);
    connect_attempts attempts(run, host);
    for (;;) {
        auto connected = co_await attempts.try_once();
        if (connected) co_return connected;
        auto const& failed = attempts.failed();
        run.tries_again({host, failed.stage, failed.remarks, failed.error, failed.pause});
        co_await coro::sleep_for(failed.pause);
        if (run.cause() != stop_cause::none) std::rethrow_exception(failed.cause);  // `soon`: nothing new starts
    }
}

}  // namespace muster
