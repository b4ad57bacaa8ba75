// SPDX-License-Identifier: MIT
// Tells what the engine has thrown into a job's code from that code's own exceptions.
#include "engine/host/job_failure.hpp"

#include <algorithm>
#include <utility>

#include <muster/coro/errors.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/input.hpp>

#include "engine/host/host_failure.hpp"

namespace muster {

namespace {

/// The engine writes down each limit that it lets pass.
bool has_passed_limit(host_result const& host) {
    return std::ranges::any_of(host.remarks, [](remark const& known) {
        return known.code == remark_code::connect_timeout || known.code == remark_code::request_timeout ||
               known.code == remark_code::command_timeout;
    });
}

bool is_of_engine(std::exception_ptr const& thrown, host_result const& host, bool asked) {
    if (coro::is_cancellation(thrown)) return asked;
    try {
        std::rethrow_exception(thrown);
    } catch (transport_error const&) {
        return true;
    } catch (step_failed const& error) {
        return error.state() != final_state::ok;
    } catch (coro::timed_out const&) {
        return has_passed_limit(host);
    } catch (input_error const&) {
        return true;
    } catch (transport_fault const&) {
        return true;
    } catch (run_is_stopping const&) {
        return true;
    } catch (cancellation_swallowed const&) {
        return asked;
    } catch (...) {
        return false;
    }
}

/// Null: it is the job's own.
std::exception_ptr part_of_engine(std::exception_ptr const& thrown, host_result const& host, bool asked) {
    if (is_of_engine(thrown, host, asked)) return thrown;
    try {
        std::rethrow_exception(thrown);
    } catch (coro::exception_group const& group) {
        for (auto const& member : group.exceptions())
            if (auto found = part_of_engine(member, host, asked)) return found;
    } catch (...) {
        return nullptr;
    }
    return nullptr;
}

job_failure failure_of(std::exception_ptr const& thrown, stage at) {
    try {
        std::rethrow_exception(thrown);
    } catch (coro::timed_out const&) {
        return {final_state::timed_out, at, "a time limit of the job's own has passed", thrown};
    } catch (cancellation_swallowed const&) {
        return {final_state::failed, at, "the job's coroutine went on after its cancellation", thrown};
    } catch (...) {
        return {final_state::failed, at, coro::describe(thrown), thrown};
    }
}

}  // namespace

std::exception_ptr end_by_job(std::exception_ptr const& thrown, stage at, host_result const& host, bool asked) {
    if (auto known = part_of_engine(thrown, host, asked)) return known;
    return std::make_exception_ptr(failure_of(thrown, at));
}

}  // namespace muster
