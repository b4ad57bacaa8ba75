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
[[noreturn]] void throw_by_way(endpoint const& where, transport_error const& error) {
    if (!where.jump) throw;
    throw transport_error(error.state(), error.at(), "via " + where.jump->label + ": " + error.what());
}

}  // namespace

ssh_connection::ssh_connection(std::unique_ptr<link> below, endpoint const& where, std::span<char> scratch,
                               std::function<void()> unbound)
    : link_(std::move(below)),
      where_(where),
      scratch_(scratch),
      unbound_(std::move(unbound)),
      alive_(*link_, where),
      alive_timer_(*link_, [this](auto now) { return alive_.beat(now); }) {}

asio::awaitable<std::unique_ptr<ssh_command>> ssh_connection::open_once(step const& what) {
    co_await link_->settled();
    bool const lends_agent = !where_.forward_agent_socket.empty();
    if (lends_agent && !agent_)
        agent_.emplace(co_await asio::this_coro::executor, *link_, where_.forward_agent_socket, unbound_);
    auto made = std::make_unique<ssh_command>(*link_, where_, scratch_, agent_ ? &*agent_ : nullptr);
    session_requests const wanted{what.tty.value_or(where_.tty) == tty_request::yes, lends_agent, where_.environment,
                                  what.environment};
    co_await made->open(wanted);
    co_return made;
}

asio::awaitable<std::unique_ptr<ssh_command>> ssh_connection::open_command(step const& what) {
    for (auto pause = first_pause; used_ && pause <= longest_pause; pause *= 2) {
        try {
            co_return co_await open_once(what);
        } catch (channel_refused const&) {
            static_cast<void>(pause);  // perhaps only by now
        }
        co_await coro::sleep_for(pause);
    }
    co_return co_await open_once(what);
}

asio::awaitable<std::unique_ptr<command>> ssh_connection::start(step const& what,
                                                                std::function<void()> const& sending) {
    auto request = request_text(what);
    if (auto const fault = length_fault(what, request); !fault.empty())
        throw transport_error(final_state::unreachable, stage::config, fault);
    std::unique_ptr<ssh_command> made;
    try {
        made = co_await open_command(what);
    } catch (transport_error const& error) {
        throw_by_way(where_, error);
    }
    used_ = true;
    sending();
    made->send(what, std::move(request));
    co_return made;
}

asio::awaitable<void> ssh_connection::close() {
    libssh2_session_disconnect_ex(link_->session(), SSH_DISCONNECT_BY_APPLICATION, "done", "");
    try {
        co_await coro::with_timeout(goodbye_limit, link_->flush());
    } catch (coro::timed_out const&) {
        co_return;  // the peer does not read: it will see the end of the connection instead
    }
}

}  // namespace muster::ssh
