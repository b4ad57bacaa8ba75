// SPDX-License-Identifier: MIT
// The run's connections to ssh-agent.
#include "ssh/login/agent.hpp"

#include "ssh/connection/session_bind.hpp"
#include "ssh/login/agent_protocol.hpp"

#include <muster/coro/alarm.hpp>
#include <muster/coro/errors.hpp>
#include <muster/coro/semaphore.hpp>
#include <muster/coro/time.hpp>

#include <asio/buffer.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace muster::ssh {

namespace {

using asio::local::stream_protocol;
using namespace std::chrono_literals;

constexpr auto between_lists = 1s;

/// An agent whose queue is full is asked again after it.
constexpr auto before_next_connect = 20ms;

coro::awaitable<void> connect(stream_protocol::socket& socket, std::string const& path) {
    stream_protocol::endpoint const address(path);
    for (;;) {
        asio::error_code error;
        co_await socket.async_connect(address, asio::redirect_error(asio::use_awaitable, error));
        if (!error) co_return;
        if (error != asio::error::try_again) throw asio::system_error(error);
        socket.close(error);
        co_await coro::sleep_for(before_next_connect);
    }
}

/// One message there, one back.
coro::awaitable<bytes> exchange(stream_protocol::socket& socket, bytes const& request) {
    auto const message = wire_writer().string(request).take();
    co_await asio::async_write(socket, asio::buffer(message), asio::use_awaitable);
    std::array<unsigned char, 4> length{};
    co_await asio::async_read(socket, asio::buffer(length), asio::use_awaitable);
    auto const size = wire_reader(length).u32();
    if (size == 0 || size > longest_agent_message) throw wire_error("has a length that can't be true");
    bytes answer(size);
    co_await asio::async_read(socket, asio::buffer(answer), asio::use_awaitable);
    co_return answer;
}

}  // namespace

struct agent::state {
    state(coro::executor const& on, std::string path, agent_limits within, agent_listeners listeners)
        : name(std::move(path)), limits(within), loop(on), told(std::move(listeners)) {
        if (name.empty()) give_up("no ssh-agent");
    }

    /// The limit of one request. It begins anew with each answer of the agent to any request: the user confirms one
    /// after the other.
    class patience {
      public:
        patience(state& of, coro::duration limit) : state_(of), limit_(limit), end_(of.loop, limit) {
            state_.waiting.push_back(this);
        }
        ~patience() { std::erase(state_.waiting, this); }
        patience(patience const&) = delete;
        patience& operator=(patience const&) = delete;

        coro::deadline& end() noexcept { return end_; }
        void begin_anew() { end_.restart(limit_); }

      private:
        state& state_;
        coro::duration limit_;
        coro::deadline end_;
    };

    void give_up(std::string reason) {
        usable = false;
        error_message = std::move(reason);
    }

    void heard() {
        for (auto* const patience : waiting) patience->begin_anew();
    }

    coro::awaitable<bytes> ask_once(bytes const& bind, bytes const& request);
    coro::awaitable<bytes> ask(bytes const& bind, bytes const& request, coro::duration limit);
    coro::awaitable<void> list();

    std::string name;
    agent_limits limits;
    coro::executor loop;
    agent_listeners told;
    coro::semaphore listing{1};
    coro::semaphore places{most_connections};
    std::vector<patience*> waiting;
    std::vector<public_key> keys;
    bool listed = false;
    coro::time_point listed_at{};
    bool usable = true;
    std::string error_message;
};

coro::awaitable<bytes> agent::state::ask_once(bytes const& bind, bytes const& request) {
    stream_protocol::socket socket(loop);
    co_await connect(socket, name);
    if (!bind.empty()) {
        auto const answer = co_await exchange(socket, bind);
        heard();
        if (!says_bound(answer) && told.unbound) told.unbound();
    }
    auto answer = co_await exchange(socket, request);
    heard();
    co_return answer;
}

/// Asks within the limit, over a connection of its own. Throws agent_error, after which the agent is not usable.
coro::awaitable<bytes> agent::state::ask(bytes const& bind, bytes const& request, coro::duration limit) {
    if (!usable) throw agent_error(agent_fault::unusable, error_message);
    try {
        patience within(*this, limit);
        auto work = ask_once(bind, request);
        co_return co_await coro::with_deadline(within.end(), std::move(work));
    } catch (coro::timed_out const&) {
        give_up("ssh-agent does not answer");
    } catch (wire_error const& error) {
        give_up(std::string("the answer of ssh-agent ") + error.what());
    } catch (asio::system_error const& error) {
        if (coro::is_cancellation(error)) throw;
        give_up("no ssh-agent at " + name + ": " + error.code().message());
    }
    throw agent_error(agent_fault::unusable, error_message);
}

coro::awaitable<void> agent::state::list() {
    try {
        auto const request = list_request();
        auto const answer = co_await ask({}, request, limits.list);
        keys = parse_list(answer);
    } catch (agent_error const&) {
    } catch (wire_error const& error) {
        give_up(std::string("the answer of ssh-agent ") + error.what());
    }
    listed = true;
    listed_at = coro::now(loop);
}

agent::agent(coro::executor on, std::string socket, agent_limits limits, agent_listeners listeners)
    : state_(std::make_unique<state>(on, std::move(socket), limits, std::move(listeners))) {}

agent::~agent() = default;

coro::awaitable<std::vector<public_key>> agent::identities(coro::deadline& clock) {
    auto& self = *state_;
    if (!self.listed) {
        auto const standing = clock.pause();
        auto const place = co_await self.listing.acquire();
        if (!self.listed) co_await self.list();
    }
    co_return self.keys;
}

coro::awaitable<std::vector<public_key>> agent::identities_for(bytes bind, coro::deadline& clock) {
    auto& self = *state_;
    auto all = co_await identities(clock);
    if (all.empty() || bind.empty()) co_return all;
    auto const standing = clock.pause();
    auto const place = co_await self.places.acquire();
    try {
        auto const request = list_request();
        auto const answer = co_await self.ask(bind, request, self.limits.list);
        co_return parse_list(answer);
    } catch (agent_error const&) {
    } catch (wire_error const& error) {
        self.give_up(std::string("the answer of ssh-agent ") + error.what());
    }
    co_return std::vector<public_key>();
}

bool agent::holds_keys() const noexcept {
    return !state_->keys.empty();
}

coro::awaitable<bool> agent::list_again(coro::deadline& clock) {
    auto& self = *state_;
    auto const standing = clock.pause();
    auto const place = co_await self.listing.acquire();
    bool const is_new = !self.listed || coro::now(self.loop) - self.listed_at < between_lists;
    if (is_new || !self.usable) co_return false;
    auto const before = self.keys;
    co_await self.list();
    co_return !std::ranges::equal(before, self.keys, {}, &public_key::blob, &public_key::blob);
}

coro::awaitable<bytes> agent::sign(signature_request wanted, coro::deadline& clock) {
    auto& self = *state_;
    auto const standing = clock.pause();
    auto const place = co_await self.places.acquire();
    auto const request = sign_request(wanted.key, wanted.data, wanted.algorithm);
    coro::alarm slow(self.loop, [&self, &wanted] {
        if (self.told.slow) self.told.slow(wanted.host);
    });
    slow.arm(coro::now(self.loop) + self.limits.quiet);
    auto const answer = co_await self.ask(wanted.bind, request, self.limits.signature);
    try {
        co_return parse_signature(answer, wanted.algorithm);
    } catch (agent_refusal const& error) {
        throw agent_error(agent_fault::refused, error.what());
    } catch (wire_error const& error) {
        self.give_up(std::string("the answer of ssh-agent ") + error.what());
        throw agent_error(agent_fault::unusable, self.error_message);
    }
}

std::string const& agent::error_message() const noexcept {
    return state_->error_message;
}

}  // namespace muster::ssh
