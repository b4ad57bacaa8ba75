// SPDX-License-Identifier: MIT
// Makes one connection to each jump host, gives it to all hosts behind it, and limits how many log in at once.
#include "ssh/jump/jump_hosts.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

/// A jump host that could not be reached is tried again for those who come later than this, but not for ever.
constexpr auto failure_holds = 1s;
constexpr unsigned most_failures = 3;

/// ssh_config(5): the attempts of ConnectionAttempts are one second apart.
constexpr auto between_attempts = 1s;

bool is_final(std::exception_ptr const& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (local_resources_exhausted const&) {
        return false;
    } catch (transport_error const& error) {
        return error.state() != final_state::unreachable && error.state() != final_state::timed_out;
    } catch (...) {
        return true;
    }
}

/// Two that differ only in which object their own jump host is.
bool are_same(endpoint const& left, endpoint const& right) {
    if (left == right) return true;
    if (!left.settings->jump || !right.settings->jump || !are_same(*left.settings->jump, *right.settings->jump))
        return false;
    auto copy = right;
    copy.settings.change().jump = left.settings->jump;
    return left == copy;
}

/// The same with the name of the jump host, where there is none yet.
[[noreturn]] void throw_named(endpoint const& jump, transport_error const& error) {
    throw jump_failure(error.state(), error.stage(), "jump host " + jump.label + ": " + error.what());
}

[[noreturn]] void throw_timed_out(endpoint const& jump, connect_progress const& progress) {
    auto const way = jump.settings->jump ? "via " + jump.settings->jump->label + ": " : std::string();
    auto const note = progress.note.empty() ? std::string() : "; " + progress.note;
    throw jump_failure(final_state::timed_out, progress.stage(),
                       "jump host " + jump.label + ": " + way + "no answer within its limit (ConnectTimeout), stage " +
                           std::string(to_string(progress.stage())) + note);
}

}  // namespace

asio::awaitable<void> jump_hosts::run() {
    try {
        co_await coro::open_nursery([this](coro::nursery& lanes) -> asio::awaitable<void> {
            lanes_ = &lanes;
            begun_.set();
            co_await ended_.wait();
            lanes_ = nullptr;
            lanes.cancel();
        });
    } catch (asio::system_error const&) {
        lanes_ = nullptr;  // it was us who cancelled, or our caller
    }
}

/// Runs that share the transport have endpoints of their own for one jump host.
jump_hosts::jump_host& jump_hosts::host_of(endpoint const& jump) {
    auto& named = hosts_[jump.label];
    auto const known = std::ranges::find_if(named, [&](auto const& host) { return are_same(host.target, jump); });
    return known != named.end() ? *known : named.emplace_back(jump);
}

void jump_hosts::forget_failures() noexcept {
    for (auto& [label, hosts] : hosts_)
        for (auto& host : hosts) host.begin_anew();
}

bool jump_hosts::may_try(jump_host const& host) const {
    if (!host.failure) return true;
    return !is_final(host.failure) && host.failures < most_failures && coro::now(loop_) - host.failed >= failure_holds;
}

asio::awaitable<std::shared_ptr<jump_connection>> jump_hosts::connection_to(endpoint const& jump) {
    co_await begun_.wait();
    auto& host = host_of(jump);
    for (;;) {
        if (host.live && !host.live->is_over()) co_return host.live;
        if (!host.in_the_making) {
            if (!may_try(host)) std::rethrow_exception(host.failure);
            if (lanes_ == nullptr) throw jump_failure(final_state::unreachable, stage::connect, "the run is over");
            host.in_the_making = true;
            host.failure = nullptr;
            host.made.reset();
            lanes_->start(keep(host));
        }
        co_await host.made.wait();
        if (host.failure) std::rethrow_exception(host.failure);
    }
}

asio::awaitable<login_places::place> jump_hosts::place_behind(endpoint const& jump, coro::deadline& clock) {
    auto const standing = clock.pause();
    co_return co_await host_of(jump).places.acquire();
}

/// One connection from its making to its end.
asio::awaitable<void> jump_hosts::keep(jump_host& host) {
    auto const& jump = host.target;
    std::shared_ptr<jump_connection> made;
    try {
        auto connection = co_await open(jump);
        made = std::make_shared<jump_connection>(std::move(connection), jump.label);
        host.failures = 0;
    } catch (asio::system_error const& error) {
        bool const cancelled = error.code() == asio::error::operation_aborted;
        host.failure = cancelled
                           ? std::make_exception_ptr(jump_failure(final_state::unreachable, stage::connect,
                                                                  "jump host " + jump.label + ": the run is over"))
                           : std::current_exception();
        host.failed = coro::now(loop_);
        ++host.failures;
    } catch (...) {
        host.failure = std::current_exception();
        host.failed = coro::now(loop_);
        ++host.failures;
    }
    host.live = made;
    host.in_the_making = false;
    host.made.set();
    if (!made) co_return;
    co_await made->run();
    if (host.live == made) host.live.reset();
}

asio::awaitable<std::unique_ptr<pump>> jump_hosts::open(endpoint const& jump) {
    for (unsigned attempt = 1;; ++attempt) {
        try {
            co_return co_await open_once(jump);
        } catch (transport_error const& error) {
            bool const early = error.stage() == stage::resolve || error.stage() == stage::connect;
            if (!early || attempt >= jump.settings->connection_attempts) throw;
        }
        co_await coro::sleep_for(between_attempts);
    }
}

asio::awaitable<std::unique_ptr<pump>> jump_hosts::open_once(endpoint const& jump) {
    auto const limit = jump.settings->connect_timeout.value_or(limit_);
    coro::deadline clock(loop_, limit > 0s ? limit : std::chrono::nanoseconds::max());
    connect_progress progress{stage::resolve, clock};
    auto work = open_(jump, progress);
    try {
        co_return co_await coro::with_deadline(clock, std::move(work));
    } catch (coro::timed_out const&) {
        throw_timed_out(jump, progress);
    } catch (local_resources_exhausted const&) {
        throw;
    } catch (jump_failure const&) {
        throw;
    } catch (transport_error const& error) {
        throw_named(jump, error);
    }
}

}  // namespace muster::ssh
