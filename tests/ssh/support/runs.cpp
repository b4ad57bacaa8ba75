// SPDX-License-Identifier: MIT
// See runs.hpp.
#include "ssh/support/runs.hpp"

#include "ssh/support/child.hpp"

#include <random>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/async_run.hpp>
#include <muster/coro/runner.hpp>
#include <muster/run.hpp>

namespace muster::test {

flow calling_sink::tell(event const& event) {
    if (hear_) hear_(event);
    return flow::go_on;
}

report run_on(std::vector<endpoint> const& where, std::string const& command, options const& options, listener hear,
              std::stop_token stop) {
    calling_sink sink(std::move(hear));
    return run(where, job{command}, options, sink, std::move(stop));
}

host_result run_on(endpoint const& target, std::string const& command, options const& options, listener hear) {
    std::vector<endpoint> const alone{target};
    return run_on(alone, command, options, std::move(hear)).hosts.front();
}

namespace {

asio::awaitable<report> run_asking(std::vector<endpoint> const& where, job const& job, options const& options,
                                   ssh::login_options logins) {
    auto const loop = co_await asio::this_coro::executor;
    auto const over_ssh = ssh::make_transport(loop, std::move(logins));
    null_sink sink;
    co_return co_await async_run(where, job, options, sink, *over_ssh);
}

}  // namespace

report run_on(std::vector<endpoint> const& where, std::string const& command, ssh::login_options logins,
              options const& options) {
    job const job{command};
    return coro::run(run_asking(where, job, options, std::move(logins)));
}

std::string ending(host_result const& result) {
    std::string words(to_string(result.state));
    words.append(" ").append(to_string(result.command)).append(" ").append(to_string(result.stage));
    if (result.status) words += " " + std::to_string(*result.status);
    if (!result.signal.empty()) words += " " + result.signal;
    return words;
}

std::string random_bytes(std::size_t count) {
    std::mt19937_64 source(count);
    std::string bytes(count, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(source());
    return bytes;
}

options without_keeping() {
    options options;
    options.keep_output = 0;
    return options;
}

options patient() {
    options options;
    options.connect_timeout = patience;
    return options;
}

}  // namespace muster::test
