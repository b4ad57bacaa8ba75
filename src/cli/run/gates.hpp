// SPDX-License-Identifier: MIT
// What decides between batches: a program of this machine, and a person at the terminal.
#pragma once

#include <functional>
#include <memory>

#include <muster/rollout_hooks.hpp>

#include "cli/options/arguments.hpp"
#include "cli/process/signals.hpp"
#include "cli/run/display.hpp"

namespace muster::cli {

/// Throws target_error when --approve has no terminal to ask at. Call it before anything is connected.
void check_terminal(arguments const& args);

/// Called with true before a question, which then has the terminal to itself, and with false after it.
using terminal_lender = std::function<void(bool away)>;

/// For --gate, --approve, --halt ask, --before, --after and --stop-file. Arguments and display must live as long as the
/// run, and so must the signals, whose abort ends these programs at once.
std::shared_ptr<rollout_hooks const> hooks_for(arguments const& args, display& display, signal_state& signals,
                                               terminal_lender const& lend);

}  // namespace muster::cli
