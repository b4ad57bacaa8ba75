// SPDX-License-Identifier: MIT
// See muster/async_run.hpp.
#include <muster/async_run.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>

#include <asio/system_error.hpp>

#include <muster/coro/strand.hpp>

#include "engine/fan_out.hpp"
#include "engine/host/nul_byte.hpp"
#include "engine/rollout/batches.hpp"
#include "run/run_on_loop.hpp"
#include "ssh/login/login_hooks.hpp"
#include "ssh/make_transport.hpp"
#include "ssh/session/request_text.hpp"

namespace muster {

namespace {

using namespace std::chrono_literals;

void require_lease(step const& step) {
    if (step.lease && (step.lease->expires <= 0s || step.lease->grace < 0s))
        throw std::invalid_argument("a lease expires at once, or its grace is negative");
}

struct require_limits {
    void operator()(step const& step) const { require_lease(step); }
    void operator()(check_step const& check) const {
        require_lease(check.what);
        if (check.within < 0s || check.every < 0s || check.hold < 0s)
            throw std::invalid_argument("a time of a check is negative");
    }
    void operator()(always_step const& always) const { require_lease(always.what); }
    void operator()(auto const& /*without limits*/) const {}
};

void require_sensible(endpoint const& host) {
    if (host.label.empty()) throw std::invalid_argument("an endpoint has no label");
    auto const is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
    if (std::ranges::any_of(host.label, is_control))
        throw std::invalid_argument("an endpoint's label has a control character");
    auto const& settings = *host.settings;
    if (settings.connect_timeout.value_or(0s) < 0s || settings.alive_interval < 0s || settings.rekey.interval < 0s)
        throw std::invalid_argument(host.label + ": a time limit is negative");
    if (settings.jump) require_sensible(*settings.jump);
}

void refuse_nonsense(std::vector<endpoint> const& endpoints, std::span<job const> jobs, options const& options) {
    auto const hosts = endpoints.size();
    for (auto const& host : endpoints) require_sensible(host);
    require_valid_plan(options.rollout, hosts);
    if (jobs.size() != 1 && jobs.size() != hosts)
        throw std::invalid_argument("there are neither one job nor as many as hosts");
    for (auto const& job : jobs) {
        if (job.steps.empty() && !job.body) throw std::invalid_argument("the job has no step");
        require_no_nul_byte(job);
        for (auto const& step : job.steps) std::visit(require_limits(), step);
    }
    if (options.connect_timeout < 0s || options.command_timeout < 0s || options.total_timeout < 0s ||
        options.grace < 0s || options.linger < 0s) {
        throw std::invalid_argument("a time limit is negative");
    }
    double const most = options.halt.percent ? 100 : std::numeric_limits<double>::max();
    if (!(options.halt.fail > 0 && options.halt.fail <= most)) {  // NaN is neither
        throw std::invalid_argument("the halt policy's threshold is no number over 0, or a share over 100 %");
    }
    if (options.ok_status.empty()) throw std::invalid_argument("no exit status counts as success");
    if (std::ranges::any_of(options.ok_status, [](std::uint32_t status) { return status > 255; })) {
        throw std::invalid_argument("an exit status over 255 can't count as success");
    }
}

}  // namespace

void require_unique_labels(std::vector<endpoint> const& endpoints) {
    std::unordered_set<std::string_view> labels(endpoints.size());
    for (auto const& host : endpoints) {
        if (!labels.insert(host.label).second)
            throw std::invalid_argument("two endpoints have the label '" + host.label + "'");
    }
}

asio::awaitable<report> run_on_loop(std::vector<endpoint> const& endpoints, std::span<job const> jobs,
                                    options const& options, sink& sink, transport& transport, coro::event* abort,
                                    std::chrono::steady_clock::time_point const* begun) {
    refuse_nonsense(endpoints, jobs, options);
    auto const loop = co_await asio::this_coro::executor;
    run_arguments const args{endpoints, jobs, options, sink, transport, abort, begun};
    try {
        co_return co_await transport.serve(endpoints, fan_out(args));
    } catch (asio::system_error const& error) {
        if (error.code() != asio::error::operation_aborted) throw;
    }
    co_return cancelled_before_start(loop, args);
}

asio::awaitable<report> run_on_loop(std::vector<endpoint> const& endpoints, std::span<job const> jobs,
                                    options const& options, sink& sink, login_hooks const& hooks, coro::event* abort) {
    for (auto const& job : jobs) ssh::require_possible(job);
    auto const loop = co_await asio::this_coro::executor;
    auto const over_ssh = ssh::make_transport(loop, ssh::login_options_of(hooks), options.connect_timeout);
    co_return co_await run_on_loop(endpoints, jobs, options, sink, *over_ssh, abort);
}

namespace {
asio::awaitable<report> with_hooks(std::vector<endpoint> const& endpoints, std::span<job const> jobs,
                                   options const& options, sink& sink, login_hooks hooks, coro::event* abort) {
    co_return co_await run_on_loop(endpoints, jobs, options, sink, hooks, abort);
}
}  // namespace

namespace {
void require_job_for_each(std::vector<endpoint> const& endpoints, std::vector<job> const& jobs) {
    if (jobs.size() != endpoints.size())
        throw std::invalid_argument("there are " + std::to_string(jobs.size()) + " jobs for " +
                                    std::to_string(endpoints.size()) + " endpoints");
}
}  // namespace

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints, used_until_end<job> job,
                                  used_until_end<options> options, sink& sink, transport& transport,
                                  coro::event* abort) {
    require_unique_labels(*endpoints);
    return coro::on_strand(run_on_loop(*endpoints, {&*job, 1}, *options, sink, transport, abort), "async_run");
}

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints,
                                  used_until_end<std::vector<job>> jobs, used_until_end<options> options, sink& sink,
                                  transport& transport, coro::event* abort) {
    require_unique_labels(*endpoints);
    require_job_for_each(*endpoints, *jobs);
    return coro::on_strand(run_on_loop(*endpoints, *jobs, *options, sink, transport, abort), "async_run");
}

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints, used_until_end<job> job,
                                  used_until_end<options> options, sink& sink, login_hooks hooks, coro::event* abort) {
    require_unique_labels(*endpoints);
    return coro::on_strand(with_hooks(*endpoints, {&*job, 1}, *options, sink, std::move(hooks), abort), "async_run");
}

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> endpoints,
                                  used_until_end<std::vector<job>> jobs, used_until_end<options> options, sink& sink,
                                  login_hooks hooks, coro::event* abort) {
    require_unique_labels(*endpoints);
    require_job_for_each(*endpoints, *jobs);
    return coro::on_strand(with_hooks(*endpoints, *jobs, *options, sink, std::move(hooks), abort), "async_run");
}

}  // namespace muster
