// SPDX-License-Identifier: MIT
// Questions at the terminal while a run goes on.
#pragma once

#include <optional>
#include <string>

#include <asio/awaitable.hpp>

namespace muster::cli {

/// This process has a terminal, whatever its standard streams are.
bool has_terminal();

/// Shows the prompt on /dev/tty and reads a line from it. Nothing: there is no terminal, or it was closed. Cancellation
/// ends it at once.
asio::awaitable<std::optional<std::string>> ask_line(std::string prompt);

/// Shows a text on /dev/tty.
void show_on_terminal(std::string const& text);

}  // namespace muster::cli
