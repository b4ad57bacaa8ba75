// SPDX-License-Identifier: MIT
// Puts state, stage and remarks into the result, by the kind of the exception.
#include "engine/host/outcome.hpp"

#include <utility>

#include <muster/coro/errors.hpp>
#include <muster/coro/timeout.hpp>

#include "engine/host/host_failure.hpp"
#include "engine/host/job_failure.hpp"
#include "engine/host/running_command.hpp"
#include "engine/host/step_record.hpp"

namespace muster {

namespace {

void set_state_of_cancelled(run_state& run, std::size_t host) {
    run.stop(stop_cause::cancelled);  // unless the cause is known already: the caller
    auto& result = run.result(host);
    if (run.has_exited(host)) return;
    bool const sent = has_sent(result);
    if (sent && run.total_passed()) {
        result.state = final_state::timed_out;
        result.stage = stage::total;
        result.remarks.edit().push_back({remark_code::total_timeout, stage::total, run.args().options.total_timeout});
    } else {
        result.state = sent ? final_state::stopped : final_state::not_started;
    }
}

void set_state_of_timed_out(run_state& run, std::size_t host) {
    if (!run.has_exited(host)) run.result(host).state = final_state::timed_out;
}

void set_state(host_result& result, final_state state, stage stage) {
    result.state = state;
    result.stage = stage;
}

/// The states that a transport knows; the others are for commands that have ended, and for stops.
bool is_of_transport(final_state state) {
    switch (state) {
        case final_state::no_status:
        case final_state::lost:
        case final_state::timed_out:
        case final_state::unreachable:
        case final_state::host_key:
        case final_state::auth:
        case final_state::refused:
            return true;
        default:
            return false;
    }
}

/// A hook has changed something for a host that it has taken out, or was about to.
stage stage_of_unsent(run_state& run, std::size_t host) {
    bool const is_changed = run.is_taken_out(host) || run.result(host).stage == stage::before;
    return is_changed ? stage::before : stage::none;
}

void set_cancelled(run_state& run, std::size_t host) {
    auto& result = run.result(host);
    result.cause = nullptr;
    if (!has_sent(result)) result.stage = stage_of_unsent(run, host);
    set_state_of_cancelled(run, host);
}

void set_transport_error(run_state& run, std::size_t host, transport_error const& error) {
    auto& result = run.result(host);
    if (!is_of_transport(error.state())) {
        auto const reason = "has thrown a transport_error with the state '" + std::string(to_string(error.state())) +
                            "': " + error.what();
        run.fault(std::make_exception_ptr(transport_fault(result.host, reason)));
        return set_cancelled(run, host);
    }
    result.error = error.what();
    set_state(result, error.state(), error.stage());
    if (run.has_exited(host)) result.remarks.edit().push_back({remark_code::output_incomplete});
}

}  // namespace

void set_outcome(run_state& run, std::size_t host, std::exception_ptr const& cause, bool asked) {
    auto& result = run.result(host);
    auto const before = std::exchange(result.cause, cause);
    try {
        std::rethrow_exception(cause);
    } catch (outcome_is_set const&) {
        result.cause = before;
    } catch (host_failure const& failure) {
        result.error = failure.note();
        result.remarks.edit().push_back(failure.why());
        set_state(result, failure.state(), failure.stage());
        if (run.has_exited(host)) result.remarks.edit().push_back({remark_code::output_incomplete});
    } catch (transport_error const& error) {
        set_transport_error(run, host, error);
    } catch (job_failure const& failure) {
        result.cause = failure.cause();
        result.error = failure.what();
        set_state(result, failure.state(), failure.stage());
    } catch (step_failed const& error) {
        result.error = error.what();
        set_state(result, error.state(), error.stage());
    } catch (coro::timed_out const&) {
        set_state_of_timed_out(run, host);
    } catch (run_is_stopping const&) {
        result.cause = nullptr;
        result.state = has_sent(result) ? final_state::stopped : final_state::not_started;
        if (!has_sent(result) && run.is_taken_out(host)) result.stage = stage::before;
    } catch (cancellation_swallowed const&) {
        set_cancelled(run, host);
    } catch (...) {
        bool const is_stop = asked && coro::is_cancellation(cause);
        if (!is_stop) run.fault(cause);
        set_cancelled(run, host);
    }
}

}  // namespace muster
