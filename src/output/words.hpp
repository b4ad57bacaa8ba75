// SPDX-License-Identifier: MIT
// Results in words for people. Text of a peer is sanitised in all of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <muster/report.hpp>

namespace muster::output {

/// A state as in "117 ok, 2 timed out".
std::string_view words(final_state state) noexcept;

/// A stage as in "web1: host key: ...".
std::string_view words(stage at) noexcept;

/// Why a host did not end `ok`, as it stands behind its name: "command: exit status 3", "auth: permission denied".
/// Empty when it is `ok` and there is nothing to say; a warning when it is `ok` and has one.
std::string explain(host_result const& result);

/// The same without the stage "command", which goes without saying where the cause follows.
std::string without_stage(std::string text);

/// "350 ms", "4.2 s", "42 s", "3 min 20 s", "2 h 5 min".
std::string in_words(std::chrono::nanoseconds duration);

/// "1 host", "35 hosts".
std::string hosts_in_words(std::size_t count);

}  // namespace muster::output
