// SPDX-License-Identifier: MIT
// Makes a connection that starts an ssh for each step.
#include "system_ssh/system_ssh_transport.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include <asio/this_coro.hpp>

#include "local/exec_command.hpp"
#include "ssh/session/request_text.hpp"
#include "system_ssh/system_ssh_command.hpp"

namespace muster::system_ssh {

namespace {

/// Stands for a host; each step connects anew.
class system_ssh_connection final : public connection {
  public:
    system_ssh_connection(ssh_settings const& settings, endpoint const& endpoint, long limit,
                          local::shared_state shared, coro::semaphore::permit login)
        : settings_(settings), endpoint_(endpoint), limit_(limit), shared_(shared), login_(std::move(login)) {}

    asio::awaitable<std::unique_ptr<command>> start(step const& step, std::function<void()> const& sending) override {
        auto const loop = co_await asio::this_coro::executor;
        reserved_.release();
        auto made = prepared(loop);
        auto words = ssh_words(settings_, endpoint_, step, limit_);
        if (auto const wrong = ssh::length_fault(step, words.back()); !wrong.empty())
            throw transport_error(final_state::refused, stage::session, wrong);
        process::command ssh(std::move(words));
        if (settings_.answers) ssh.environment = settings_.answers->environment;
        sending();
        try {
            made->start(ssh, step, login_limit());
        } catch (std::system_error const& error) {
            throw transport_error(final_state::refused, stage::local, local::explained(error));
        }
        co_return made;
    }

    asio::awaitable<void> close() override { co_return; }

  private:
    std::unique_ptr<system_ssh_command> prepared(asio::any_io_executor const& loop) {
        try {
            auto made = std::make_unique<system_ssh_command>(loop, shared_, !shares_connections(settings_));
            made->hold_until_sent(std::move(login_));
            if (settings_.answers) made->set_refusal(settings_.answers->refusal);
            return made;
        } catch (std::system_error const& error) {
            throw transport_error(final_state::unreachable, stage::local, local::explained(error));
        }
    }

    /// None while the user may be asked, nor where ssh does not tell how far it is.
    std::chrono::seconds login_limit() const {
        bool const tells = !asks_questions(settings_) && !shares_connections(settings_);
        return std::chrono::seconds(tells ? limit_ : 0);
    }

    ssh_settings const& settings_;
    endpoint const& endpoint_;
    long limit_;
    local::shared_state shared_;
    coro::semaphore::permit login_;  // of the first step; the later ones are few at once
    local::reserved_descriptors reserved_;
};

/// The host's own time stands meanwhile.
asio::awaitable<coro::semaphore::permit> take_turn(coro::semaphore& logins, coro::deadline& clock) {
    auto const standing = clock.pause();
    co_return co_await logins.acquire();
}

}  // namespace

asio::awaitable<std::unique_ptr<connection>> system_ssh_transport::connect(endpoint const& endpoint,
                                                                           connect_progress& progress) {
    progress.enter(stage::local);
    constexpr std::chrono::seconds longest_of_ssh(std::numeric_limits<int>::max());
    auto const limit = std::min(
        std::chrono::ceil<std::chrono::seconds>(endpoint.settings->connect_timeout.value_or(limit_)), longest_of_ssh);
    auto login = co_await take_turn(logins_, progress.clock);
    co_return std::make_unique<system_ssh_connection>(settings_, endpoint, limit.count(),
                                                      local::shared_state{groups_, reaper_}, std::move(login));
}

}  // namespace muster::system_ssh
