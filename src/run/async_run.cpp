// SPDX-License-Identifier: MIT
// See muster/async_run.hpp.
#include <muster/async_run.hpp>

#include <openssl/crypto.h>
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

#include <asio/system_error.hpp>

#include <muster/coro/strand.hpp>

#include "engine/batches.hpp"
#include "engine/fan_out.hpp"
#include "run/run_on_loop.hpp"
#include "ssh/session/request_text.hpp"
#include "ssh/ssh_transport.hpp"

namespace muster {

namespace {

void refuse_nonsense(std::size_t hosts, std::span<job const> work, options const& how) {
    require_valid_plan(how.rollout, hosts);
    if (work.size() != 1 && work.size() != hosts)
        throw std::invalid_argument("there are neither one job nor as many as hosts");
    for (auto const& one : work)
        if (one.steps.empty() && !one.body) throw std::invalid_argument("the job has no step");
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

/// A secret is wiped wherever this library holds it.
ssh::ask_user asks_for_secret(login_hooks const& hooks) {
    if (!hooks.secret) return {};
    return [secret = hooks.secret](std::string const& prompt, std::stop_token stop) -> std::optional<ssh::secret_text> {
        auto answer = secret(prompt, std::move(stop));
        if (!answer) return std::nullopt;
        ssh::secret_text kept;
        kept.reserve(answer->size() + 16);  // never in the object itself
        kept = *answer;
        OPENSSL_cleanse(answer->data(), answer->size());
        return kept;
    };
}

ssh::login_options login_options_of(login_hooks const& hooks) {
    ssh::login_options logins;
    logins.asking.ask = asks_for_secret(hooks);
    logins.asking.password_when_wanted = hooks.secret != nullptr;
    logins.asking.accept_host_key = hooks.accept_host_key;
    logins.banner = hooks.banner;
    logins.warning = hooks.warning;
    return logins;
}

}  // namespace

void require_unique_labels(std::vector<endpoint> const& where) {
    std::unordered_set<std::string_view> labels(where.size());
    for (auto const& host : where) {
        if (!labels.insert(host.label).second)
            throw std::invalid_argument("two endpoints have the label '" + host.label + "'");
    }
}

asio::awaitable<report> run_on_loop(std::vector<endpoint> const& where, std::span<job const> work, options const& how,
                                    sink& told, transport& hosts, coro::event* abort) {
    refuse_nonsense(where.size(), work, how);
    run_arguments const given{where, work, how, told, hosts, abort};
    co_return co_await fan_out(given);
}

asio::awaitable<report> run_on_loop(std::vector<endpoint> const& where, std::span<job const> work, options const& how,
                                    sink& told, login_hooks const& hooks, coro::event* abort) {
    refuse_nonsense(where.size(), work, how);
    for (auto const& one : work) ssh::require_possible(one);
    auto const loop = co_await asio::this_coro::executor;
    ssh::ssh_transport hosts(loop, login_options_of(hooks), how.connect_timeout);
    run_arguments const given{where, work, how, told, hosts, abort};
    try {
        co_await hosts.prepare(where);
        co_return co_await hosts.serve(fan_out(given));  // does not even begin when it was cancelled by now
    } catch (asio::system_error const& error) {
        if (error.code() != asio::error::operation_aborted) throw;
    }
    co_return cancelled_before_start(loop, given);
}

namespace {
asio::awaitable<report> with_hooks(std::vector<endpoint> const& where, std::span<job const> work, options const& how,
                                   sink& told, login_hooks hooks, coro::event* abort) {
    co_return co_await run_on_loop(where, work, how, told, hooks, abort);
}
}  // namespace

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> where, used_until_end<job> work,
                                  used_until_end<options> how, sink& told, transport& hosts, coro::event* abort) {
    require_unique_labels(*where);
    return coro::on_strand(run_on_loop(*where, {&*work, 1}, *how, told, hosts, abort));
}

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> where, used_until_end<std::vector<job>> work,
                                  used_until_end<options> how, sink& told, transport& hosts, coro::event* abort) {
    require_unique_labels(*where);
    return coro::on_strand(run_on_loop(*where, *work, *how, told, hosts, abort));
}

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> where, used_until_end<job> work,
                                  used_until_end<options> how, sink& told, login_hooks hooks, coro::event* abort) {
    require_unique_labels(*where);
    return coro::on_strand(with_hooks(*where, {&*work, 1}, *how, told, std::move(hooks), abort));
}

asio::awaitable<report> async_run(used_until_end<std::vector<endpoint>> where, used_until_end<std::vector<job>> work,
                                  used_until_end<options> how, sink& told, login_hooks hooks, coro::event* abort) {
    require_unique_labels(*where);
    return coro::on_strand(with_hooks(*where, *work, *how, told, std::move(hooks), abort));
}

}  // namespace muster
