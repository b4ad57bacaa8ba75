// SPDX-License-Identifier: MIT
// A semaphore for the most there can be, of which those that may not be used are kept back.
#include "ssh/jump/login_places.hpp"

#include <algorithm>
#include <utility>

namespace muster::ssh {

struct login_places::state {
    state() {
        kept_back.reserve(most);
        while (kept_back.size() < most - fewest) kept_back.push_back(*permits.try_acquire());
    }

    void grow() noexcept {
        if (turned_away || kept_back.empty()) return;
        kept_back.pop_back();
        ++allowed;
    }

    void shrink() noexcept {
        turned_away = true;
        allowed = fewest;
    }

    /// A place that there are too many of is no one's any more.
    void give_back(coro::semaphore::permit permit) noexcept {
        if (most - kept_back.size() > allowed) kept_back.push_back(std::move(permit));
    }

    coro::semaphore permits{most};
    std::vector<coro::semaphore::permit> kept_back;
    std::size_t allowed = fewest;
    bool turned_away = false;
};

login_places::login_places() : state_(std::make_shared<state>()) {}

asio::awaitable<login_places::place> login_places::acquire() {
    auto const state = state_;
    auto permit = co_await state->permits.acquire();
    co_return place(state, std::move(permit));
}

void login_places::begin_anew() noexcept {
    state_->turned_away = false;
}

void login_places::place::release() noexcept {
    if (permit_) state_->give_back(std::move(permit_));
}

void login_places::place::succeeded() noexcept {
    state_->grow();
}

void login_places::place::turned_away() noexcept {
    state_->shrink();
}

}  // namespace muster::ssh
