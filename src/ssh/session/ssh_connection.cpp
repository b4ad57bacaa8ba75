// SPDX-License-Identifier: MIT
// Starts commands, each in a channel of its own, and says good-bye.
#include "ssh/session/ssh_connection.hpp"

#include <chrono>
#include <string>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include "ssh/session/request_text.hpp"
#include "ssh/session/session_requests.hpp"

namespace muster::ssh {

namespace {

using namespace std::chrono_literals;

constexpr auto goodbye_limit = 200ms;

/// sshd counts a channel against MaxSessions for a moment after both sides have closed it: what it refuses then it may
/// grant a little later.
constexpr std::chrono::milliseconds first_pause{10};
constexpr std::chrono::milliseconds longest_pause{640};

/// The same error; it says over which host the way goes.
[[noreturn]] void throw_by_way(endpoint const& endpoint, transport_error const& error) {
    if (!endpoint.settings->jump) throw;
    throw transport_error(error.state(), error.stage(), "via " + endpoint.settings->jump->label + ": " + error.what());
}

}  // namespace

ssh_connection::ssh_connection(std::unique_ptr<pump> below, endpoint const& endpoint, std::span<char> scratch,
                               std::function<void()> unbound)
    : pump_(std::move(below)),
      endpoint_(endpoint),
      scratch_(scratch),
      unbound_(std::move(unbound)),
      alive_(*pump_, endpoint),
      alive_timer_(*pump_, [this](auto now) { return alive_.on_timer(now); }) {}

asio::awaitable<std::unique_ptr<ssh_command>> ssh_connection::open_once(step const& step) {
    co_await pump_->settled();
    bool const lends_agent = unbound_ != nullptr;
    if (lends_agent && !agent_)
        agent_.emplace(co_await asio::this_coro::executor, *pump_, endpoint_.settings->forward_agent_socket, unbound_);
    auto made = std::make_unique<ssh_command>(*pump_, endpoint_, scratch_, agent_ ? &*agent_ : nullptr);
    session_requests const wanted{step.tty.value_or(endpoint_.settings->tty) == tty_request::yes, lends_agent,
                                  endpoint_.settings->environment, step.environment};
    co_await made->open(wanted);
    co_return made;
}

asio::awaitable<std::unique_ptr<ssh_command>> ssh_connection::open_command(step const& step) {
    for (auto pause = first_pause; used_ && pause <= longest_pause; pause *= 2) {
        try {
            co_return co_await open_once(step);
        } catch (channel_refused const&) {
            static_cast<void>(pause);  // perhaps only by now
        }
        co_await coro::sleep_for(pause);
    }
    co_return co_await open_once(step);
}

asio::awaitable<std::unique_ptr<command>> ssh_connection::start(step const& step,
                                                                std::function<void()> const& sending) {
    auto request = request_text(step);
    if (auto const fault = length_fault(step, request); !fault.empty())
        throw transport_error(final_state::unreachable, stage::config, fault);
    std::unique_ptr<ssh_command> made;
    try {
        made = co_await open_command(step);
    } catch (transport_error const& error) {
        throw_by_way(endpoint_, error);
    }
    used_ = true;
    sending();
    made->send(step, std::move(request));
    co_return made;
}

asio::awaitable<void> ssh_connection::close() {
    libssh2_session_disconnect_ex(pump_->session(), SSH_DISCONNECT_BY_APPLICATION, "done", "");
    try {
        co_await coro::with_timeout(goodbye_limit, pump_->flush());
    } catch (coro::timed_out const&) {
        co_return;  // the peer does not read: it will see the end of the connection instead
    }
}

}  // namespace muster::ssh
