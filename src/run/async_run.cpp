// SPDX-License-Identifier: MIT
// See muster/async_run.hpp.
#include <muster/async_run.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include <asio/system_error.hpp>

#include "engine/fan_out.hpp"
#include "ssh/ssh_transport.hpp"

namespace muster {

namespace {

void refuse_nonsense(options const& how) {
    using namespace std::chrono_literals;
    if (how.connect_timeout < 0s || how.command_timeout < 0s || how.total_timeout < 0s || how.grace < 0s ||
        how.linger < 0s) {
        throw std::invalid_argument("a time limit is negative");
    }
    double const most = how.halt.percent ? 100 : std::numeric_limits<double>::max();
    if (!(how.halt.fail > 0 && how.halt.fail <= most)) {  // NaN is neither
        throw std::invalid_argument("the halt policy's threshold is no number over 0, or a share over 100 %");
    }
    if (std::ranges::any_of(how.ok_status, [](std::uint32_t status) { return status > 255; })) {
        throw std::invalid_argument("an exit status over 255 can't count as success");
    }
}

}  // namespace

asio::awaitable<report> async_run(std::vector<endpoint> const& where, job const& work, options const& how, sink& told,
                                  transport& hosts, coro::event* abort) {
    refuse_nonsense(how);
    run_arguments const given{where, work, how, told, hosts, abort};
    co_return co_await fan_out(given);
}

asio::awaitable<report> async_run(std::vector<endpoint> const& where, job const& work, options const& how, sink& told,
                                  coro::event* abort) {
    refuse_nonsense(how);
    auto const loop = co_await asio::this_coro::executor;
    ssh::ssh_transport hosts(loop, {}, how.connect_timeout);
    run_arguments const given{where, work, how, told, hosts, abort};
    try {
        co_await hosts.prepare(where);
        co_return co_await hosts.serve(fan_out(given));  // does not even begin when it was cancelled by now
    } catch (asio::system_error const& error) {
        if (error.code() != asio::error::operation_aborted) throw;
    }
    co_return cancelled_before_start(loop, given);
}

}  // namespace muster
