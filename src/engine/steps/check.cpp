// SPDX-License-Identifier: MIT
// Runs the check until it succeeds, with pauses and a limit.
#include "engine/steps/check.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include "engine/host/connect_with_retries.hpp"
#include "engine/host/step_record.hpp"
#include "engine/host/talk.hpp"

namespace muster {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_kept = std::size_t{64} * 1024;

/// What one try has brought.
struct attempt {
    bool well = false;
    bool never_ended = false;
    bool gone = false;  // its connection
    std::vector<remark> remarks;
    std::string words;
    std::string out;
    std::string err;
};

class check_course {
  public:
    check_course(host_place place, check_step const& check)
        : place_(place), step_(check), begun_(place.run.now()), deadline_(coro::time_after(begun_, check.within)) {}

    asio::awaitable<void> run() {
        for (;;) {
            ++tries_;
            co_await try_once();
            auto const now = place_.run.now();
            if (!last_.well) well_since_.reset();
            if (last_.well && !well_since_) well_since_ = now;
            if (well_since_ && now - *well_since_ >= step_.hold) break;
            if (!well_since_ && now >= deadline_) break;
            auto const pause = well_since_ ? step_.every : std::min(step_.every, deadline_ - now);
            co_await coro::sleep_for(pause);
        }
        show();
        count(place_, "tries", tries_);
        if (!last_.well) fail();
    }

  private:
    asio::awaitable<void> try_once() {
        auto const left = std::max<std::chrono::nanoseconds>(deadline_ - place_.run.now(), std::chrono::seconds(1));
        bool const bounded = step_.within.count() > 0;
        auto const connected = std::exchange(last_, {}).gone;
        try {
            if (bounded) {
                co_await coro::with_timeout(left, attempt_once(connected));
            } else {
                co_await attempt_once(connected);
            }
        } catch (coro::timed_out const&) {
            last_.never_ended = true;
            last_.remarks = {{remark_code::step_timeout, stage::check, step_.within}};
        } catch (step_failed const& error) {
            last_.gone = error.state() == final_state::lost;
            last_.words = error.what();
            if (error.state() == final_state::auth) throw;
        } catch (transport_error const& error) {
            // Another login would end the same way, and every refused password counts.
            if (error.state() == final_state::host_key || error.state() == final_state::auth) throw;
            last_.gone = true;
            last_.words = error.what();
        }
    }

    asio::awaitable<void> attempt_once(bool anew) {
        if (anew) place_.connected = co_await connect_with_retries(place_.run, place_.host);
        own_command const command{step_.what, stage::check, [this](output_piece const& piece, bool) {
                                      auto& kept = piece.from == stream::out ? last_.out : last_.err;
                                      kept.append(piece.bytes.substr(0, most_kept - std::min(most_kept, kept.size())));
                                  }};
        auto const end = co_await run_own(place_, command);
        last_.well = end.state == final_state::ok;
        if (!last_.well) last_.words = error_message(end);
    }

    void show() const {
        if (!last_.out.empty()) place_.run.output(place_.host, {stream::out, last_.out});
        if (!last_.err.empty()) place_.run.output(place_.host, {stream::err, last_.err});
    }

    [[noreturn]] void fail() const {
        auto remarks = last_.remarks;
        if (step_.within.count() > 0) remarks.push_back({remark_code::check_timeout, stage::check, step_.within});
        throw step_failed(last_.never_ended ? final_state::timed_out : final_state::failed, stage::check,
                          error_message(remarks, last_.words));
    }

    host_place place_;
    check_step const& step_;
    clock::time_point begun_;
    clock::time_point deadline_;
    std::optional<clock::time_point> well_since_;
    attempt last_;
    std::uint64_t tries_ = 0;
};

}  // namespace

asio::awaitable<void> check(host_place place, check_step const& check) {
    check_course course(place, check);
    co_await course.run();
}

}  // namespace muster
