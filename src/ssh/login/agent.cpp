// SPDX-License-Identifier: MIT
// The run's one connection to ssh-agent.
#include "ssh/login/agent.hpp"

#include "ssh/login/agent_protocol.hpp"

#include <muster/coro/errors.hpp>
#include <muster/coro/semaphore.hpp>

#include <asio/buffer.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/system_error.hpp>
#include <asio/write.hpp>

#include <array>
#include <utility>

namespace muster::ssh {

namespace {

using asio::local::stream_protocol;

/// Closes the socket unless the exchange came to its end: what is left of an answer must not be taken for the next one.
class exchange_guard {
  public:
    explicit exchange_guard(stream_protocol::socket& socket) : socket_(&socket) {}
    ~exchange_guard() {
        asio::error_code ignored;
        if (socket_ != nullptr) socket_->close(ignored);
    }
    exchange_guard(exchange_guard const&) = delete;
    exchange_guard& operator=(exchange_guard const&) = delete;

    void done() noexcept { socket_ = nullptr; }

  private:
    stream_protocol::socket* socket_;
};

}  // namespace

struct agent::state {
    state(coro::executor const& on, std::string path, agent_limits within)
        : name(std::move(path)), limits(within), socket(on) {
        if (name.empty()) give_up("no ssh-agent");
    }

    void give_up(std::string reason) {
        usable = false;
        trouble = std::move(reason);
    }

    coro::awaitable<bytes> exchange(bytes const& request);
    coro::awaitable<bytes> ask_once(bytes const& request);
    coro::awaitable<bytes> ask(bytes const& request, coro::duration limit);
    coro::awaitable<void> list();

    std::string name;
    agent_limits limits;
    stream_protocol::socket socket;
    coro::semaphore place{1};
    std::vector<public_key> keys;
    bool listed = false;
    bool usable = true;
    std::string trouble;
};

/// One message there, one back, over the open connection.
coro::awaitable<bytes> agent::state::exchange(bytes const& request) {
    exchange_guard guard(socket);
    auto const message = wire_writer().string(request).take();
    co_await asio::async_write(socket, asio::buffer(message), asio::use_awaitable);

    std::array<unsigned char, 4> length{};
    co_await asio::async_read(socket, asio::buffer(length), asio::use_awaitable);
    auto const size = wire_reader(length).u32();
    if (size == 0 || size > longest_agent_message) throw wire_error("has a length that can't be true");
    bytes answer(size);
    co_await asio::async_read(socket, asio::buffer(answer), asio::use_awaitable);
    guard.done();
    co_return answer;
}

coro::awaitable<bytes> agent::state::ask_once(bytes const& request) {
    if (!socket.is_open()) {
        exchange_guard guard(socket);
        stream_protocol::endpoint const address(name);
        co_await socket.async_connect(address, asio::use_awaitable);
        guard.done();
    }
    co_return co_await exchange(request);
}

/// Asks within the limit, again over a new connection when the old one is gone. Throws agent_error, after which the
/// agent is not usable.
coro::awaitable<bytes> agent::state::ask(bytes const& request, coro::duration limit) {
    if (!usable) throw agent_error(agent_fault::unusable, trouble);
    bool again = socket.is_open();  // it may have ended since it was last used
    for (;;) {
        try {
            co_return co_await coro::with_timeout(limit, ask_once(request));
        } catch (coro::timed_out const&) {
            give_up("ssh-agent does not answer");
        } catch (wire_error const& error) {
            give_up(std::string("the answer of ssh-agent ") + error.what());
        } catch (asio::system_error const& error) {
            if (coro::is_cancellation(error)) throw;
            if (!std::exchange(again, false)) give_up("no ssh-agent at " + name + ": " + error.code().message());
        }
        if (!usable) throw agent_error(agent_fault::unusable, trouble);
    }
}

coro::awaitable<void> agent::state::list() {
    try {
        auto const request = list_request();
        auto const answer = co_await ask(request, limits.list);
        keys = parse_list(answer);
    } catch (agent_error const&) {
    } catch (wire_error const& error) {
        give_up(std::string("the answer of ssh-agent ") + error.what());
    }
    listed = true;
}

agent::agent(coro::executor on, std::string socket, agent_limits limits)
    : state_(std::make_unique<state>(on, std::move(socket), limits)) {}

agent::~agent() = default;

coro::awaitable<std::vector<public_key>> agent::identities(coro::deadline& clock) {
    auto& self = *state_;
    if (!self.listed) {
        auto const standing = clock.pause();
        auto const place = co_await self.place.acquire();
        if (!self.listed) co_await self.list();
    }
    co_return self.keys;
}

coro::awaitable<bytes> agent::sign(bytes blob, bytes data, std::string algorithm, coro::deadline& clock) {
    auto& self = *state_;
    auto const standing = clock.pause();
    auto const place = co_await self.place.acquire();
    auto const request = sign_request(blob, data, algorithm);
    auto const answer = co_await self.ask(request, self.limits.signature);
    try {
        co_return parse_signature(answer, algorithm);
    } catch (agent_refusal const& error) {
        throw agent_error(agent_fault::refused, error.what());
    } catch (wire_error const& error) {
        self.give_up(std::string("the answer of ssh-agent ") + error.what());
        throw agent_error(agent_fault::unusable, self.trouble);
    }
}

std::string const& agent::trouble() const noexcept {
    return state_->trouble;
}

}  // namespace muster::ssh
