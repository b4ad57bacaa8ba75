// SPDX-License-Identifier: MIT
// The transport for many runs: counts connections, and checks what the one for a run may believe.
#include <muster/ssh.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include <muster/coro/errors.hpp>
#include <muster/coro/semaphore.hpp>

#include "ssh/login/login_hooks.hpp"
#include "ssh/ssh_transport.hpp"

namespace muster {

namespace {

using permit = coro::semaphore::permit;

/// At most so many at a time; 0: no limit.
class places {
  public:
    explicit places(std::size_t most) {
        if (most > 0) free_.emplace(most);
    }

    asio::awaitable<permit> take(coro::deadline& clock) {
        if (!free_) co_return permit();
        auto const standing = clock.pause();
        co_return co_await free_->acquire();
    }

  private:
    std::optional<coro::semaphore> free_;
};

/// Gives its place back when it has ended.
class counted_connection final : public connection {
  public:
    /// `count` keeps alive what `below` refers to.
    counted_connection(std::unique_ptr<connection> below, permit place, std::shared_ptr<std::size_t> count)
        : place_(std::move(place)), count_(std::move(count)), below_(std::move(below)) {
        ++*count_;
    }
    ~counted_connection() override { --*count_; }

    asio::awaitable<std::unique_ptr<command>> start(step const& step, std::function<void()> const& sending) override {
        return below_->start(step, sending);
    }
    asio::awaitable<void> close() override { return below_->close(); }

  private:
    permit place_;
    std::shared_ptr<std::size_t> count_;
    std::unique_ptr<connection> below_;
};

/// Says meanwhile that connections are held.
class held_guard {
  public:
    explicit held_guard(bool& held) : held_(held) { held_ = true; }
    ~held_guard() { held_ = false; }
    held_guard(held_guard const&) = delete;
    held_guard& operator=(held_guard const&) = delete;

  private:
    bool& held_;
};

bool needs_hold(endpoint const& host) {
    return host.settings->jump != nullptr || !host.settings->proxy_command.empty();
}

}  // namespace

struct ssh_client::state {
    state(asio::any_io_executor loop, login_hooks const& hooks, ssh_limits const& limits)
        : connecting(limits.connecting),
          connected(limits.connections),
          below(std::move(loop), ssh::login_options_of(hooks), limits.jump_timeout) {}

    void require_thread() {
        std::thread::id first;
        auto const here = std::this_thread::get_id();
        if (!thread.compare_exchange_strong(first, here) && first != here)
            throw coro::wrong_loop("an ssh_client is used by several threads; let one thread run its context");
    }

    std::atomic<std::thread::id> thread;
    bool held = false;
    places connecting;
    places connected;
    std::size_t count = 0;
    ssh::ssh_transport below;
};

ssh_client::ssh_client(asio::any_io_executor loop, login_hooks hooks, ssh_limits limits)
    : state_(std::make_shared<state>(std::move(loop), hooks, limits)) {}

ssh_client::~ssh_client() {
    state_->below.stop_questions();
}

asio::awaitable<void> ssh_client::hold(asio::awaitable<void> body) {
    auto const kept = state_;
    kept->require_thread();
    auto whole = kept->below.hold(std::move(body));
    held_guard const held(kept->held);
    co_await std::move(whole);
}

asio::awaitable<std::unique_ptr<connection>> ssh_client::connect(endpoint const& host, connect_progress& progress) {
    auto const kept = state_;
    kept->require_thread();
    auto place = co_await kept->connected.take(progress.clock);
    auto const connecting = co_await kept->connecting.take(progress.clock);
    auto below = co_await kept->below.connect(host, progress);
    std::shared_ptr<std::size_t> const count(kept, &kept->count);
    co_return std::make_unique<counted_connection>(std::move(below), std::move(place), count);
}

namespace {
/// A run that went to another thread after its begin: that is the caller's mistake, and no error of the run.
void rethrow_wrong_loop(run_error const& failed) {
    for (auto const& cause : failed.causes().flatten()) try {
            std::rethrow_exception(cause);
        } catch (coro::wrong_loop const&) {
            throw;
        } catch (...) {
            continue;
        }
}
}  // namespace

asio::awaitable<report> ssh_client::serve(std::vector<endpoint> const& endpoints, asio::awaitable<report> run) {
    auto const kept = state_;
    kept->require_thread();
    if (!kept->held && std::ranges::any_of(endpoints, needs_hold))
        throw std::logic_error("endpoints with a jump host or a ProxyCommand need ssh_client::hold() around the run");
    try {
        co_return co_await kept->below.serve(endpoints, std::move(run));
    } catch (run_error const& failed) {
        rethrow_wrong_loop(failed);
        throw;
    }
}

void ssh_client::begin_batch() {
    state_->below.begin_batch();
}

std::size_t ssh_client::connections() const noexcept {
    return state_->count;
}

}  // namespace muster
