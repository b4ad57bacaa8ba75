// SPDX-License-Identifier: MIT
// The few words that the engine puts into a host's error.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <muster/outcome.hpp>

namespace muster {

/// "10 s", "0.5 s".
std::string seconds_words(std::chrono::nanoseconds limit);

/// What was waited for when the connect deadline passed: "no SSH banner within 10 s".
std::string connect_timeout_words(stage at, std::chrono::nanoseconds limit);

/// Joins two remarks with a semicolon.
void append_words(std::string& text, std::string_view more);

}  // namespace muster
