// SPDX-License-Identifier: MIT
// Keys that the user presses while a run goes on.
#pragma once

#include <termios.h>

#include <functional>
#include <optional>

#include <asio/awaitable.hpp>

namespace muster::cli {

/// Standard input without echo, and key by key. The mode that it had comes back with `off` or the end.
class key_mode {
  public:
    key_mode() = default;
    key_mode(key_mode const&) = delete;
    key_mode& operator=(key_mode const&) = delete;
    ~key_mode() { off(); }

    /// From now on, but for the time that the terminal is lent, and not in the background, where it is another job's.
    void on() noexcept;
    void off() noexcept;
    /// Another reader has the terminal: the shell, or a question for a password.
    void lend(bool away) noexcept;
    bool is_on() const noexcept { return before_.has_value(); }

  private:
    void set() noexcept;
    void reset() noexcept;

    std::optional<termios> before_;
    bool wanted_ = false;
    bool lent_ = false;
};

struct key_actions {
    std::function<void()> begin;     ///< keys are read from now on
    std::function<void()> who_runs;  ///< Enter, s
    std::function<void()> failures;  ///< f
    std::function<void()> help;      ///< ?
};

/// Standard input is a terminal, and no pager or filter reads our output beside us.
bool can_read_keys() noexcept;

/// Reads keys until it is cancelled, while `mode` is on, from the third second on: what was typed before is the
/// shell's.
asio::awaitable<void> watch_keys(key_mode& mode, key_actions actions);

}  // namespace muster::cli
