// SPDX-License-Identifier: MIT
// See reach.hpp.
#include "engine/reach.hpp"

#include <optional>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/semaphore.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include "engine/retry.hpp"
#include "engine/words.hpp"

namespace muster {

namespace {

using namespace std::chrono_literals;

/// How long a host waits for what this machine lacks while no other host of the run could give it back.
constexpr auto patience = 10s;

/// A failed try: what came of it, and how long to wait before the next.
struct failed_try {
    std::exception_ptr why;
    std::string words;
    stage at;
    std::chrono::nanoseconds pause;
};

/// Puts the address that was used into the result, however the try ends.
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

/// The tries of one host.
class approach {
  public:
    approach(run_state& run, std::size_t index)
        : run_(run), index_(index), left_(run.given().how, run.given().where[index]) {}

    /// Empty: the try has failed, and there is another after the pause that failed() tells.
    asio::awaitable<std::unique_ptr<connection>> try_once() {
        try {
            co_return co_await connect();
        } catch (shortage const& error) {
            --run_.result(index_).attempts;
            if (!short_since_) short_since_ = run_.now();
            if (run_.sessions() == 0 && run_.now() - *short_since_ >= patience) throw;
            failed_ = {std::current_exception(), error.what(), error.at(), retry_pause(0, run_.chance())};
        } catch (transport_error const& error) {
            auto const pause = left_.pause_after(error, run_.chance());
            if (!pause) throw;
            failed_ = {std::current_exception(), error.what(), error.at(), *pause};
        }
        co_return nullptr;
    }

    failed_try const& failed() const { return failed_; }

  private:
    asio::awaitable<std::unique_ptr<connection>> connect() {
        auto const place = co_await run_.connecting().acquire();
        auto const limit = connect_limit(run_, index_);
        coro::deadline clock(co_await asio::this_coro::executor, limit > 0s ? limit : std::chrono::nanoseconds::max());
        connect_progress progress{stage::resolve, clock};
        address_note const noted(progress, run_.result(index_));
        ++run_.result(index_).attempts;
        try {
            auto made =
                co_await coro::with_deadline(clock, run_.given().hosts.connect(run_.given().where[index_], progress));
            run_.result(index_).key_exchange = std::move(progress.key_exchange);
            co_return made;
        } catch (coro::timed_out const&) {
            auto words = connect_timeout_words(progress.at, limit);
            if (!progress.note.empty()) append_words(words, progress.note);
            throw transport_error(final_state::timed_out, progress.at, words);
        }
    }

    run_state& run_;
    std::size_t index_;
    tries_left left_;
    std::optional<std::chrono::steady_clock::time_point> short_since_;
    failed_try failed_{};
};

}  // namespace

std::chrono::nanoseconds connect_limit(run_state const& run, std::size_t index) {
    return run.given().where[index].connect_timeout.value_or(run.given().how.connect_timeout);
}

asio::awaitable<std::unique_ptr<connection>> reach(run_state& run, std::size_t index) {
    auto const& where = run.given().where[index];
    if (!where.fault.empty()) throw transport_error(final_state::unreachable, stage::config, where.fault);
    approach way(run, index);
    for (;;) {
        auto reached = co_await way.try_once();
        if (reached) co_return reached;
        auto const& failed = way.failed();
        run.tries_again(index, failed.at, failed.words, failed.pause);
        co_await coro::sleep_for(failed.pause);
        if (run.cause() != stop_cause::none) std::rethrow_exception(failed.why);  // `soon`: nothing new starts
    }
}

}  // namespace muster
