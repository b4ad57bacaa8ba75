// SPDX-License-Identifier: MIT
// Runs a loop of its own on the calling thread.
#include <muster/run.hpp>

#include <stdexcept>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/async_run.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/runner.hpp>

#include "run/config_questions.hpp"
#include "run/run_on_loop.hpp"
#include "run/supervise.hpp"
#include "ssh_config/endpoints.hpp"

namespace muster {

namespace {

/// Cancels the run once when a stop is requested, from whichever thread.
asio::awaitable<void> obey(std::stop_token stop, coro::task<report> fleet) {
    coro::remote_event requested(co_await asio::this_coro::executor);
    std::stop_callback const on_request(std::move(stop), requested.setter());
    co_await requested.wait();
    fleet.cancel();
}

}  // namespace

std::vector<endpoint> resolve(host_list const& hosts, ssh_settings const& settings) {
    if (settings.connect_timeout && settings.connect_timeout->count() < 0)
        throw std::invalid_argument("a time limit is negative");
    return ssh_config::make_endpoints(hosts, settings, ssh_config::this_account(), this_machine());
}

report run(std::vector<endpoint> const& endpoints, job const& job, options const& options, sink& sink,
           std::stop_token stop, login_hooks const& hooks) {
    require_unique_labels(endpoints);
    watcher const watch = [&stop](coro::task<report> fleet) { return obey(stop, std::move(fleet)); };
    return coro::run(supervise(run_on_loop(endpoints, {&job, 1}, options, sink, hooks), watch));
}

report run(host_list const& hosts, job const& job, options const& options, sink& sink, std::stop_token stop,
           login_hooks const& hooks) {
    auto const endpoints = resolve(hosts);
    return run(endpoints, job, options, sink, std::move(stop), hooks);
}

report run(host_list const& hosts, job const& job, options const& options) {
    null_sink nobody;
    return run(hosts, job, options, nobody);
}

}  // namespace muster
