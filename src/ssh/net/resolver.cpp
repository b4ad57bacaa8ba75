// SPDX-License-Identifier: MIT
// Threads call getaddrinfo(3); a call that hangs is left to its thread, and another thread takes the next.
#include "ssh/net/resolver.hpp"

#include <netdb.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <asio/ip/address.hpp>
#include <asio/this_coro.hpp>

#include <muster/coro/remote_event.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/outcome.hpp>

namespace muster::ssh {

namespace {

using addresses = std::vector<asio::ip::tcp::endpoint>;

struct free_addresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

struct answer {
    int code = 0;   // of getaddrinfo
    int error = 0;  // errno, for EAI_SYSTEM
    addresses found;
};

answer look_up(std::string const& name, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    answer result;
    result.code = ::getaddrinfo(name.c_str(), nullptr, &hints, &list);
    result.error = errno;
    if (result.code != 0) return result;
    std::unique_ptr<addrinfo, free_addresses> const owner(list);
    for (auto const* addrinfo = list; addrinfo != nullptr; addrinfo = addrinfo->ai_next) {
        asio::ip::tcp::endpoint address;
        address.resize(addrinfo->ai_addrlen);
        std::memcpy(address.data(), addrinfo->ai_addr, addrinfo->ai_addrlen);
        address.port(port);
        result.found.push_back(address);
    }
    return result;
}

[[noreturn]] void throw_failure(std::string const& name, answer const& failed) {
    std::string const why = failed.code == EAI_NONAME   ? "no such host"
                            : failed.code == EAI_SYSTEM ? std::generic_category().message(failed.error)
                                                        : ::gai_strerror(failed.code);
    throw transport_error(final_state::unreachable, stage::resolve, "cannot look up " + name + ": " + why);
}

}  // namespace

/// A look-up that a coroutine waits for, or has forgotten: the functions then do nothing.
struct resolver::request {
    enum class progress { waiting, running, ended };

    std::string name;
    std::uint16_t port = 0;
    std::function<void()> begun;
    std::function<void()> done;
    answer result;  // complete when `done` is called

    // With the lock held:
    progress at = progress::waiting;
    bool forgotten = false;
};

struct resolver::shared_state {
    std::mutex lock;
    std::condition_variable work;
    std::deque<std::shared_ptr<request>> queue;
    std::size_t idle = 0;
    std::size_t threads = 0;  // without those left behind
    std::size_t most_threads = 0;
    std::size_t left_behind = 0;
    bool closed = false;

    std::shared_ptr<request> next() {
        std::unique_lock held(lock);
        ++idle;
        for (;;) {
            work.wait(held, [this] { return closed || !queue.empty(); });
            if (closed) return nullptr;
            auto request = std::move(queue.front());
            queue.pop_front();
            if (request->forgotten) continue;
            --idle;
            request->at = request::progress::running;
            return request;
        }
    }

    bool is_wanted(request const& request) {
        std::scoped_lock const held(lock);
        return !request.forgotten;
    }

    /// False for a thread that was left behind: another one has its place.
    bool finish(request& request) {
        std::scoped_lock const held(lock);
        request.at = request::progress::ended;
        if (request.forgotten) --left_behind;
        return !request.forgotten;
    }

    void serve() {
        while (auto const request = next()) {
            request->begun();
            request->result = look_up(request->name, request->port);
            if (request->result.code == EAI_AGAIN && is_wanted(*request))
                request->result = look_up(request->name, request->port);
            if (!finish(*request)) return;
            request->done();
        }
    }
};

/// Forgets a request that no connection waits for.
class resolver::waiting_for {
  public:
    waiting_for(resolver& names, request& request) : names_(names), one_(request) {}
    ~waiting_for() { names_.forget(one_); }
    waiting_for(waiting_for const&) = delete;
    waiting_for& operator=(waiting_for const&) = delete;

  private:
    resolver& names_;
    request& one_;
};

resolver::resolver(std::size_t threads) : shared_(std::make_shared<shared_state>()) {
    shared_->most_threads = threads;
}

resolver::~resolver() {
    std::scoped_lock const held(shared_->lock);
    shared_->closed = true;
    shared_->queue.clear();
    shared_->work.notify_all();
}

/// With the lock held. Throws std::system_error.
void resolver::start_thread() {
    std::thread([state = shared_] { state->serve(); }).detach();
    ++shared_->threads;
}

/// One thread is enough to go on with, none is a failure of this machine.
void resolver::enqueue(std::shared_ptr<request> const& request) {
    std::scoped_lock const held(shared_->lock);
    shared_->queue.push_back(request);
    if (shared_->queue.size() <= shared_->idle || shared_->threads >= shared_->most_threads) {
        shared_->work.notify_one();
        return;
    }
    try {
        start_thread();
    } catch (std::system_error const& error) {
        if (shared_->threads != 0) return;
        shared_->queue.pop_back();
        throw transport_error(final_state::unreachable, stage::local,
                              std::string("cannot start a thread for name look-ups: ") + error.what());
    }
}

/// A thread that still hangs in the look-up is left behind, so that those who wait for a thread do not wait for it.
void resolver::forget(request& request) noexcept {
    std::scoped_lock const held(shared_->lock);
    if (request.at == request::progress::ended) return;
    if (request.at == request::progress::running) {
        if (shared_->left_behind == most_left_behind) return;
        try {
            if (shared_->queue.size() > shared_->idle) start_thread();
        } catch (std::system_error const&) {
            return;  // they wait for it after all
        }
        --shared_->threads;
        ++shared_->left_behind;
    }
    request.forgotten = true;
}

asio::awaitable<addresses> resolver::resolve(std::string const& name, std::uint16_t port, coro::deadline& clock) {
    asio::error_code not_numeric;
    auto const numeric = asio::ip::make_address(name, not_numeric);
    if (!not_numeric) co_return addresses{asio::ip::tcp::endpoint(numeric, port)};

    auto const loop = co_await asio::this_coro::executor;
    coro::remote_event begun(loop);
    coro::remote_event done(loop);
    auto const asked = std::make_shared<request>();
    asked->name = name;
    asked->port = port;
    asked->begun = begun.setter();
    asked->done = done.setter();
    enqueue(asked);
    waiting_for const interest(*this, *asked);
    {
        auto const standing = clock.pause();
        co_await begun.wait();
    }
    co_await done.wait();
    if (asked->result.code != 0) throw_failure(name, asked->result);
    co_return std::move(asked->result.found);
}

}  // namespace muster::ssh
