// SPDX-License-Identifier: MIT
// Results in words for people. Text of a peer is sanitised in all of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <muster/report.hpp>

namespace muster::output {

/// A state as in "117 ok, 2 timed out".
std::string_view words(final_state state) noexcept;

/// A stage as in "web1: host key: ...".
std::string_view words(stage stage) noexcept;

/// Why a host did not end `ok`, as it stands behind its name: "command: exit status 3", "auth: permission denied".
/// Empty when it is `ok` and there is nothing to say; a warning when it is `ok` and has one.
std::string explain(host_result const& result);

/// The same without the stage "command", which goes without saying where the cause follows.
std::string without_stage(std::string text);

/// Only how the command ended is to be said, which may be followed by the time that it took.
bool is_command_end(host_result const& result) noexcept;

/// "350 ms", "4.2 s", "42 s", "3 min 20 s", "2 h 5 min".
std::string in_words(std::chrono::nanoseconds duration);

/// How many pushes of all hosts have put something new in place, and how many have found it there already.
struct push_counts {
    std::uint64_t changed = 0;
    std::uint64_t same = 0;
};
push_counts pushes_of(report const& results) noexcept;

/// "pushed: 2 changed, 1 the same"; empty: nothing was pushed.
std::string pushes_in_words(report const& results);

/// "512 B", "1.2 MB", "960 GB".
std::string size_in_words(std::uint64_t bytes);

/// "1 host", "35 hosts".
std::string hosts_in_words(std::size_t count);

/// Nothing proves that its command, or what muster itself ran there, has ended.
bool may_still_run(host_result const& host);

}  // namespace muster::output
