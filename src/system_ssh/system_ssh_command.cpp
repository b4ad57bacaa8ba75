// SPDX-License-Identifier: MIT
// Reads the ssh's output and end, and tells an end of ssh from one of the command.
#include "system_ssh/system_ssh_command.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <muster/coro/time.hpp>
#include <muster/coro/timeout.hpp>

#include "process/pipe.hpp"
#include "ssh/bytes/plain_text.hpp"

namespace muster::system_ssh {

namespace {

/// ssh(1): an error of its own.
constexpr std::uint32_t error_of_ssh = 255;

constexpr int beats = 4;  // of a lease, before it would expire
constexpr std::size_t longest_line = 1024;
constexpr std::size_t longest_reason = 256;

/// How ssh begins when it is the connection that has ended, and not the command. With 255 it also tells that a signal
/// has ended the command.
bool is_of_ssh(std::string_view line) {
    constexpr std::string_view beginnings[] = {"Connection ",   "client_loop: ", "Timeout, ",    "Received disconnect ",
                                               "Disconnected ", "Read from ",    "Write failed", "ssh_",
                                               "packet_",       "ssh: ",         "kex_",         "Bad packet ",
                                               "Corrupted "};
    return std::ranges::any_of(beginnings, [&](auto beginning) { return line.starts_with(beginning); });
}

}  // namespace

void system_ssh_command::start(process::command const& ssh, step const& step) {
    if (!step.lease) return ssh_.start(ssh, step.input);
    auto ends = process::open_pipe();
    process::make_non_blocking(ends.writer);
    lease_ = std::move(ends.writer);
    hold_lease(*step.lease);
    ssh_.start(ssh, nullptr, ends.reader.get());
}

void system_ssh_command::hold_lease(lease_terms const& terms) {
    beat_ = std::chrono::nanoseconds(terms.expires) / beats;
    next_beat_ = clock::now() + beat_;
}

/// A pipe without room has more than one line under way.
void system_ssh_command::tell_lease(char line) {
    char const text[] = {line, '\n'};
    process::write_quietly(lease_.get(), std::string_view(text, sizeof text));
}

asio::awaitable<command_event> system_ssh_command::read() {
    for (;;) {
        if (!lease_) {
            auto event = co_await ssh_.read();
            co_return told(std::move(event));
        }
        auto event = co_await read_until_beat();
        if (event) co_return told(std::move(*event));
    }
}

asio::awaitable<std::optional<command_event>> system_ssh_command::read_until_beat() {
    auto const now = clock::now();
    if (now >= next_beat_) {
        tell_lease('b');
        next_beat_ = now + beat_;
    }
    co_return co_await coro::move_on_after(next_beat_ - now, ssh_.read());
}

command_event system_ssh_command::told(command_event event) {
    if (auto const* const piece = std::get_if<output_piece>(&event); piece != nullptr && piece->from == stream::err)
        hear(piece->bytes);
    auto const* const end = std::get_if<command_end>(&event);
    // An ssh that was ended before its login has exited; its command has not.
    bool const is_over = end != nullptr || std::holds_alternative<command_exited>(event);
    if (auto const why = is_over && refusal_ ? refusal_(ssh_.id()) : std::string(); !why.empty())
        throw transport_error(final_state::auth, stage::auth, why);
    if (end == nullptr) return event;
    auto const known = as_told(*end);
    if (known.is_known() || stopped_) return known;
    auto const& last = line_.empty() ? last_line_ : line_;
    if (!leases_signal_.empty() && end->status == error_of_ssh && !is_of_ssh(last))
        return command_end{{}, leases_signal_, true};
    auto const how = end->status ? std::to_string(*end->status) : "SIG" + end->signal;
    auto const reason = last.empty() ? fmt::format("ended with {} and said nothing", how)
                                     : fmt::format("{} ({})", ssh::plain_text(last, longest_reason), how);
    throw transport_error(final_state::no_status, stage::command,
                          fmt::format("ssh: {}; whether the command ran, and how it ended, is not known", reason));
}

void system_ssh_command::hear(std::string_view bytes) {
    for (char const byte : bytes) {
        if (byte != '\n' && byte != '\r') {
            if (line_.size() < longest_line) line_ += byte;
        } else if (!line_.empty()) {
            last_line_ = std::exchange(line_, {});
        }
    }
}

command_end system_ssh_command::as_told(command_end end) const {
    bool const says_nothing = end.status == error_of_ssh || end.signalled();
    return says_nothing ? command_end{} : end;
}

command_end system_ssh_command::end_so_far() const {
    return as_told(ssh_.end_so_far());
}

asio::awaitable<void> system_ssh_command::stop(stop_signal signal) {
    if (lease_) {
        tell_lease(signal == stop_signal::term ? 't' : 'k');
        leases_signal_ = signal == stop_signal::term ? "TERM" : "KILL";
        co_return;
    }
    stopped_ = true;
    co_await ssh_.stop(signal);
}

}  // namespace muster::system_ssh
