// SPDX-License-Identifier: MIT
// The signals that a user sends to a running fan-out.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>

#include <muster/coro/event.hpp>
#include <muster/coro/task.hpp>
#include <muster/report.hpp>

namespace muster::cli {

/// What came of the signals; lives longer than the watcher.
struct signal_state {
    bool asks_twice = false;  ///< a SIGINT that no other has preceded by less than a second only calls `ask_again`
    std::optional<std::chrono::steady_clock::time_point> asked = {};  ///< the last such
    int received = 0;  ///< the first of SIGINT, SIGTERM, SIGHUP, SIGQUIT; 0: none
    int last = 0;      ///< of these, that was no echo
    std::chrono::steady_clock::time_point last_at = {};
    coro::event abort = {};  ///< set by the second: the stop is cut short
};

/// timeout(1) sends a signal to the program and then to its process group, a shell that is hung up passes SIGHUP on:
/// the same signal twice, on a busy machine apart. A key comes once for each press, and no hand presses it twice in 50
/// ms. Remembers a signal that is no echo.
bool is_echo(int signal, std::chrono::steady_clock::time_point now, signal_state& state) noexcept;

/// The keys that set `abort` once the run is being stopped: "Ctrl-C again" only after a Ctrl-C.
std::string_view keys_to_abort(signal_state const& state) noexcept;

/// Those that end a run and are not ignored.
sigset_t ending_signals() noexcept;

/// Keeps the signals that end a run waiting until watch_signals takes them: a first one in between would end the
/// program and leave commands behind. Call it before threads start.
void hold_signals() noexcept;

/// One of ending_signals() that is held and has come; 0: none.
int take_ending_signal() noexcept;

/// What signals ask for besides an end.
struct signal_actions {
    std::function<void()> who_runs;   ///< SIGUSR1
    std::function<void()> ask_again;  ///< see signal_state::asks_twice
    std::function<void()> leave;      ///< before SIGTSTP stops this process: the terminal is given back
    std::function<void()> come_back;  ///< SIGCONT
};

/// Watches until it is cancelled: the first SIGINT, SIGTERM, SIGHUP or SIGQUIT cancels the run, a second one sets
/// `abort`, but not the echo of one. Signals that were ignored at the start (nohup, a background job of a script) stay
/// ignored.
asio::awaitable<void> watch_signals(coro::task<report> fleet, signal_state& state, signal_actions actions);

/// Runs `main` on a loop of its own, before there is a run. SIGINT, SIGTERM, SIGHUP and SIGQUIT cancel it, wait for its
/// end and then end the program as they would have done without it. A wait of more than a second is told: "waiting for
/// `what`", unless that is empty. Blocks.
void run_until_signal(asio::awaitable<void> main, std::string const& what);

}  // namespace muster::cli
