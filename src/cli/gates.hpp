// SPDX-License-Identifier: MIT
// What decides between batches: a program of this machine, and a person at the terminal.
#pragma once

#include <memory>

#include <muster/rollout_hooks.hpp>

#include "cli/arguments.hpp"
#include "cli/display.hpp"

namespace muster::cli {

/// Throws target_error when --approve has no terminal to ask at. Call it before anything is connected.
void check_terminal(arguments const& args);

/// For --gate, --approve and --halt ask. Both must live as long as the run.
std::shared_ptr<rollout_hooks const> hooks_for(arguments const& args, display& display);

}  // namespace muster::cli
