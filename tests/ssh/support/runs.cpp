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

flow calling_sink::tell(event const& what) {
    if (hear_) hear_(what);
    return flow::go_on;
}

report run_on(std::vector<endpoint> const& where, std::string const& command, options const& how, listener hear,
              std::stop_token stop) {
    calling_sink told(std::move(hear));
    return run(where, job{command}, how, told, std::move(stop));
}

host_result run_on(endpoint const& where, std::string const& command, options const& how, listener hear) {
    std::vector<endpoint> const alone{where};
    return run_on(alone, command, how, std::move(hear)).hosts.front();
}

namespace {

asio::awaitable<report> run_asking(std::vector<endpoint> const& where, job const& work, options const& how,
                                   ssh::login_options logins) {
    auto const loop = co_await asio::this_coro::executor;
    auto const over_ssh = ssh::make_transport(loop, std::move(logins));
    null_sink told;
    co_return co_await async_run(where, work, how, told, *over_ssh);
}

}  // namespace

report run_on(std::vector<endpoint> const& where, std::string const& command, ssh::login_options logins,
              options const& how) {
    job const work{command};
    return coro::run(run_asking(where, work, how, std::move(logins)));
}

std::string ending(host_result const& result) {
    std::string words(to_string(result.state));
    words.append(" ").append(to_string(result.command)).append(" ").append(to_string(result.at));
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
    options how;
    how.keep_output = 0;
    return how;
}

options patient() {
    options how;
    how.connect_timeout = patience;
    return how;
}

}  // namespace muster::test
