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

constexpr std::chrono::seconds limit_of_ssh{1};  // after which its own ConnectTimeout has ended it, with its words

constexpr int beats = 4;  // of a lease, before it would expire

/// Between two lines that renew it.
std::chrono::milliseconds beat_of(lease_terms const& lease) {
    constexpr std::chrono::milliseconds longest = std::chrono::years(1);
    return lease.expires < longest ? std::chrono::milliseconds(lease.expires) / beats : longest;
}
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

void system_ssh_command::start(process::command const& ssh, step const& step, std::chrono::seconds login_limit) {
    login_limit_ = login_limit;
    if (login_limit > login_limit.zero()) login_by_ = clock::now() + login_limit + limit_of_ssh;
    if (shell::may_be_refused(ssh.argv.back())) login_shell_.emplace();
    if (!step.lease) return ssh_.start(ssh, step.input);
    auto ends = process::open_pipe();
    process::make_non_blocking(ends.writer);
    lease_ = std::move(ends.writer);
    hold_lease(*step.lease);
    ssh_.start(ssh, nullptr, ends.reader.get());
}

void system_ssh_command::hold_lease(lease_terms const& terms) {
    beat_ = beat_of(terms);
    next_beat_ = clock::now() + beat_;
}

/// A pipe without room has more than one line under way.
void system_ssh_command::tell_lease(char line) {
    char const text[] = {line, '\n'};
    process::write_quietly(lease_.get(), std::string_view(text, sizeof text));
}

/// When it is time.
void system_ssh_command::renew_lease(clock::time_point now) {
    if (now < next_beat_) return;
    tell_lease('b');
    next_beat_ = now + beat_;
}

asio::awaitable<command_event> system_ssh_command::read() {
    for (;;) {
        auto event = std::exchange(held_, {});
        if (!event) event = co_await read_until_due();
        if (event) event = told(std::move(*event));
        if (event) co_return std::move(*event);
    }
}

/// ssh itself answers its server. Under a lease its input is the lease's.
asio::awaitable<void> system_ssh_command::idle() {
    if (!lease_) co_return co_await ssh_.idle();
    for (;;) {
        renew_lease(clock::now());
        co_await coro::sleep_until(next_beat_);
    }
}

/// Empty: something was due.
asio::awaitable<std::optional<command_event>> system_ssh_command::read_until_due() {
    auto const now = clock::now();
    renew_lease(now);
    co_await end_if_late(now);
    auto const due = std::min(next_beat_, login_by_);
    if (due == clock::time_point::max()) co_return co_await ssh_.read();
    co_return co_await coro::move_on_after(due - now, ssh_.read());
}

asio::awaitable<void> system_ssh_command::end_if_late(clock::time_point now) {
    bool const is_sent = log_.progress() >= request_progress::sent;
    is_late_ = is_late_ || (now >= login_by_ && !is_sent);
    if (!is_sent && now < login_by_) co_return;
    login_by_ = clock::time_point::max();
    if (!is_sent) co_await ssh_.stop(stop_signal::kill);
}

/// Empty: nothing to tell yet.
std::optional<command_event> system_ssh_command::told(command_event event) {
    if (auto* const piece = std::get_if<output_piece>(&event)) {
        if (piece->from == stream::err) piece->bytes = log_.take(piece->bytes);
        if (log_.progress() >= request_progress::sent) login_.release();
        if (piece->from == stream::out && login_shell_) piece->bytes = login_shell_->take(piece->bytes);
        return piece->bytes.empty() ? std::nullopt : std::optional(event);
    }
    auto const* const end = std::get_if<command_end>(&event);
    if (end == nullptr && !std::holds_alternative<command_exited>(event)) return event;
    if (auto const rest = log_.take_rest(); !rest.empty()) {
        held_ = std::move(event);
        return output_piece{stream::err, rest};
    }
    return told_end(ssh_.end_so_far(), std::move(event));
}

/// Of an ssh that has exited; so it has before it sent the command, for which no other end comes.
command_event system_ssh_command::told_end(command_end const& record, command_event event) const {
    if (login_shell_ && login_shell_->is_refused(record.status))
        throw transport_error(final_state::refused, stage::session, std::string(shell::refusal_words));
    auto* const end = std::get_if<command_end>(&event);
    auto const told = as_told(record);
    bool const is_known = told.is_known();
    if (end != nullptr && login_shell_ && !login_shell_->has_begun() && told.status && !stopped_ &&
        leases_signal_.empty())
        throw transport_error(final_state::refused, stage::session, shell::never_begun_words(*told.status));
    if (auto const why = is_known || stopped_ ? std::string() : refusal(); !why.empty())
        throw transport_error(final_state::auth, stage::auth, why);
    if (!is_known && is_late_ && log_.tells_not_sent())
        throw transport_error(final_state::timed_out, stage::connect,
                              fmt::format("ssh has not logged in within {} s", login_limit_.count()));
    if (!is_known && !stopped_ && log_.tells_not_sent()) throw log_.failure(reason_for(record));
    if (end == nullptr) return event;
    *end = as_told(*end);
    end->never_sent = !is_known && log_.tells_not_sent();
    if (is_known || stopped_) return event;
    if (!leases_signal_.empty() && record.status == error_of_ssh && !is_of_ssh(log_.reason()))
        return command_end{{}, leases_signal_, true};
    throw transport_error(
        final_state::no_status, stage::command,
        fmt::format("{}; whether the command ran, and how it ended, is not known", reason_for(record)));
}

/// That of another ssh proves nothing once the command may have been sent: it was not on the way there.
std::string system_ssh_command::refusal() const {
    auto const refused = refusal_ ? refusal_(ssh_.id()) : question_refusal();
    return refused.of_another && !log_.tells_not_sent() ? std::string() : refused.reason;
}

std::string system_ssh_command::reason_for(command_end const& record) const {
    auto const how = record.status ? std::to_string(*record.status) : "SIG" + record.signal;
    if (log_.reason().empty()) return fmt::format("ssh: ended with {} and said nothing", how);
    auto const reason = ssh::plain_text(log_.reason(), longest_reason);
    return fmt::format("{}{} ({})", reason.starts_with("ssh: ") ? "" : "ssh: ", reason, how);
}

command_end system_ssh_command::as_told(command_end end) const {
    bool const says_nothing = end.status == error_of_ssh || end.signalled();
    return says_nothing ? command_end{} : end;
}

command_end system_ssh_command::end_so_far() const {
    auto end = as_told(ssh_.end_so_far());
    end.never_sent = !end.is_known() && log_.tells_not_sent();
    return end;
}

asio::awaitable<void> system_ssh_command::stop(stop_signal signal) {
    if (lease_ && log_.progress() >= request_progress::sent) {
        tell_lease(signal == stop_signal::term ? 't' : 'k');
        leases_signal_ = signal == stop_signal::term ? "TERM" : "KILL";
        co_return;
    }
    stopped_ = true;
    co_await ssh_.stop(signal);
}

}  // namespace muster::system_ssh
