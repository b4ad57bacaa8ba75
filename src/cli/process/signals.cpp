// SPDX-License-Identifier: MIT
// Takes the signals on the loop and turns them into a stop.
#include "cli/process/signals.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <muster/coro/runner.hpp>

#include "cli/process/process.hpp"
#include "cli/process/start_limit.hpp"

namespace muster::cli {

namespace {

using namespace std::chrono_literals;

void change_mask(int how) noexcept {
    sigset_t ending;
    sigemptyset(&ending);
    for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1}) sigaddset(&ending, signal);
    ::pthread_sigmask(how, &ending, nullptr);
}

bool is_ignored(int signal) {
    struct sigaction current {};
    return ::sigaction(signal, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
}

/// As pdsh has it.
bool only_asks(int signal, signal_state& state) {
    if (signal != SIGINT || !state.asks_twice || state.received != 0) return false;
    auto const now = std::chrono::steady_clock::now();
    auto const before = std::exchange(state.asked, now);
    return !before || now - *before >= std::chrono::seconds(1);
}

void obey(int signal, coro::task<report>& fleet, signal_state& state) {
    if (state.received == 0) {
        state.received = signal;
        fleet.cancel();
    } else {
        state.abort.set();
    }
}

constexpr std::chrono::milliseconds longest_echo = 1s, longest_key_echo = 50ms;
constexpr std::chrono::milliseconds silent_wait = 1s;

}  // namespace

bool is_echo(int signal, std::chrono::steady_clock::time_point now, signal_state& state) noexcept {
    bool const is_key = signal == SIGINT || signal == SIGQUIT;
    if (signal == state.last && now - state.last_at < (is_key ? longest_key_echo : longest_echo)) return true;
    state.last = signal;
    state.last_at = now;
    return false;
}

std::string_view keys_to_abort(signal_state const& state) noexcept {
    if (state.received == SIGINT) return "Ctrl-C again";
    if (state.received != 0) return "Ctrl-C";
    return state.asks_twice ? "Ctrl-C three times" : "Ctrl-C twice";
}

sigset_t ending_signals() noexcept {
    sigset_t ending;
    sigemptyset(&ending);
    for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
        if (!is_ignored(signal)) sigaddset(&ending, signal);
    return ending;
}

void hold_signals() noexcept {
    change_mask(SIG_BLOCK);
}

int take_ending_signal() noexcept {
    auto const ending = ending_signals();
    timespec const at_once{};
    return std::max(0, ::sigtimedwait(&ending, nullptr, &at_once));
}

asio::awaitable<void> watch_signals(coro::task<report> fleet, signal_state& state, signal_actions actions) {
    asio::signal_set signals(co_await asio::this_coro::executor, SIGUSR1, SIGCONT);
    for (int const number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP})
        if (!is_ignored(number)) signals.add(number);
    change_mask(SIG_UNBLOCK);
    for (;;) {
        int const signal = co_await signals.async_wait(asio::use_awaitable);
        if (signal == SIGUSR1) {
            actions.who_runs();
        } else if (signal == SIGTSTP) {
            actions.leave();
            ::kill(::getpid(), SIGSTOP);
        } else if (signal == SIGCONT) {
            actions.come_back();
        } else if (is_echo(signal, std::chrono::steady_clock::now(), state)) {
            continue;
        } else if (only_asks(signal, state)) {
            actions.ask_again();
        } else {
            obey(signal, fleet, state);
        }
    }
}

void run_until_signal(asio::awaitable<void> main, std::string const& what) {
    int received = 0;
    bool passed = false;
    coro::runner loop;
    auto* const limit = start_limit::current();
    start_limit::on_loop const looked_at(limit);
    asio::steady_timer clock(loop.context());
    if (auto const end = limit != nullptr ? limit->end() : std::nullopt) {
        clock.expires_at(*end);
        clock.async_wait([&](asio::error_code const& error) {
            if (error) return;
            passed = true;
            loop.cancel();
        });
    }
    asio::steady_timer patience(loop.context(), silent_wait);
    if (!what.empty())
        patience.async_wait([&](asio::error_code const& error) {
            if (!error) say("waiting for " + what);
        });
    asio::signal_set signals(loop.context());
    for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
        if (!is_ignored(signal)) signals.add(signal);
    signals.async_wait([&](asio::error_code const& error, int signal) {
        if (error) return;
        received = signal;
        loop.cancel();
    });
    try {
        loop.run(std::move(main));
    } catch (...) {
        if (received == 0 && !passed) throw;
    }
    if (received != 0) die_of(received);
    if (passed) limit->pass();
}

}  // namespace muster::cli
