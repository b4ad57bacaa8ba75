// SPDX-License-Identifier: MIT
// Keys that the user presses while a run goes on.
#pragma once

#include <termios.h>

#include <functional>
#include <optional>

#include <asio/awaitable.hpp>

namespace muster::cli {

/// Standard input without echo, and key by key. The mode that it had comes back with `off` or the end. Nothing changes
/// while the terminal is lent, in the background, where it is another job's, and while another program reads keys.
class key_mode {
  public:
    key_mode() = default;
    key_mode(key_mode const&) = delete;
    key_mode& operator=(key_mode const&) = delete;
    ~key_mode() { off(); }

    /// No echo, which would move the cursor away from the block: lines are kept for who reads next. False: not now.
    bool quiet() noexcept;
    /// Each key can be read, if `quiet` and if nothing has been typed: bytes that are read can't be put back.
    bool read_keys() noexcept;
    bool reads_keys() const noexcept { return reads_keys_; }
    /// Lines again, without echo.
    void read_lines() noexcept;
    void off() noexcept;
    /// Another reader has the terminal: the shell, or a question for a password.
    void lend(bool away) noexcept;

  private:
    std::optional<termios> before_;
    bool reads_keys_ = false;
    bool lent_ = false;
};

/// Bytes that whoever reads standard input gets; without the line that is being typed unless keys are read.
bool has_typed() noexcept;

struct key_actions {
    std::function<bool()> is_pinned;        ///< the block is on the terminal
    std::function<void(bool on)> announce;  ///< has the block name the keys
    std::function<bool()> is_announced;     ///< it does, on the terminal
    std::function<void()> who_runs;         ///< Enter, s
    std::function<void()> failures;         ///< f
    std::function<void()> help;             ///< ?
};

/// Standard input is a terminal, and no pager or filter reads our output beside us.
bool can_read_keys() noexcept;

/// Reads keys until it is cancelled, from the third second on and only while the block names them: what was typed
/// before is the shell's, and while that waits no key is read. Without a block the terminal stays as it is.
asio::awaitable<void> watch_keys(key_mode& mode, key_actions actions);

}  // namespace muster::cli
