// SPDX-License-Identifier: MIT
// Runs one of the programs that print hosts, on a loop of its own.
#include "cli/process/run_program.hpp"

#include <chrono>
#include <system_error>

#include <fmt/format.h>

#include <asio/awaitable.hpp>

#include "cli/process/signals.hpp"
#include "hosts/sources/group_source.hpp"
#include "output/terminal/sanitise.hpp"
#include "process/run.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

constexpr auto time_limit = std::chrono::seconds(30);
constexpr std::size_t output_limit = std::size_t{256} << 20;

std::string reason_of(process::run_result const& result) {
    if (result.timed_out) return fmt::format("gave no answer within {} s", time_limit.count());
    if (result.truncated) return fmt::format("printed more than {} MiB", output_limit >> 20);
    if (!result.end.signal.empty()) return "was ended by SIG" + result.end.signal;
    return fmt::format("ended with status {}", result.end.status.value_or(255));
}

std::string last_line(std::string const& text) {
    auto const end = text.find_last_not_of("\n\r ");
    if (end == std::string::npos) return {};
    auto const begin = text.rfind('\n', end);
    return ": " + output::sanitised(text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin), 200);
}

}  // namespace

std::string run_host_program(std::string const& command, std::string const& folder, std::string const& what) {
    auto const shown = output::sanitised(command, 200);
    process::run_limits limits(time_limit);
    limits.output = output_limit;
    try {
        auto const text =
            folder.empty() ? command : fmt::format("cd {} || exit\n{}", shell::portable_word(folder), command);
        process::run_result result;
        auto const work = [&]() -> asio::awaitable<void> {
            result = co_await process::run(process::command::shell(text), {}, limits);
        };
        run_until_signal(work(), what.empty() ? what : fmt::format("{}, {} s at most", what, time_limit.count()));
        if (result.end.succeeded() && !result.timed_out && !result.truncated) return std::move(result.out);
        auto const how = reason_of(result);
        throw hosts::program_error(fmt::format("{}: {}{}", shown, how, last_line(result.err)), how, result.err);
    } catch (std::system_error const& error) {
        throw hosts::lookup_error(fmt::format("{}: {}", shown, error.code().message()));
    }
}

}  // namespace muster::cli
