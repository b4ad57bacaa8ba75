// SPDX-License-Identifier: MIT
// Keeps the report in the making, tells the sink, and stops the run early.
#include "engine/run_state.hpp"

#include <algorithm>
#include <utility>

#include <muster/coro/time.hpp>
#include <muster/rollout_hooks.hpp>

namespace muster {

namespace {

/// What a run tells full sinks at most, of all hosts together, while it stops: more is dropped, and the results say so.
constexpr std::size_t overflow_limit = 8u << 20u;

host_result fresh_result(endpoint const& where) {
    host_result result;
    result.host = where.label;
    bool const proxied = !where.proxy_command.empty();
    if (!proxied) result.address = where.address;
    if (proxied) result.via = "proxy";
    result.port = where.port;
    result.user = where.user;
    return result;
}

void keep(host_result& result, output_piece const& piece, std::size_t limit) {
    if (limit == 0) return;
    auto& kept = piece.from == stream::out ? result.out : result.err;
    std::size_t const room = limit - std::min(limit, kept.size());
    kept.append(piece.bytes.substr(0, room));
    if (piece.bytes.size() > room) result.truncated = true;
}

rollout::questions questions_of(rollout_options const& plan) {
    if (!plan.hooks) return {};
    auto const& hooks = *plan.hooks;
    return {hooks.gate != nullptr, hooks.approve != nullptr, hooks.halted != nullptr};
}

bool has_failed(host_result const& host) {
    return host.state != final_state::ok && host.state != final_state::not_started;
}

}  // namespace

run_state::run_state(asio::any_io_executor loop, run_arguments const& given)
    : loop_(loop),
      given_(given),
      room_(loop),
      connecting_(given.how.connect_limit == 0 ? given.where.size() : given.how.connect_limit),
      random_(std::random_device{}()),
      begun_(now()),
      host_begun_(given.where.size(), begun_),
      command_out_(given.where.size(), false),
      host_exited_(given.where.size(), false),
      host_ended_(given.where.size(), false),
      plan_(given.where.size(), given.how, questions_of(given.how.rollout)),
      input_failed_(loop) {
    report_.hosts.reserve(given.where.size());
    for (auto const& one : given.where) report_.hosts.push_back(fresh_result(one));
    room_.set();
    tell(events::run_started{report_.hosts, room_.setter(), plan_.batches()});
}

std::chrono::steady_clock::time_point run_state::now() const {
    return coro::now(loop_);
}

void run_state::watch(std::shared_ptr<command_input> const& input) {
    auto const [place, fresh] = watched_.try_emplace(input.get(), input);
    if (!fresh && !place->second.expired()) return;
    place->second = input;
    input->on_failure(input_failed_.setter());
}

std::string run_state::input_failure() const {
    for (auto const& [address, one] : watched_) {
        auto const input = one.lock();
        if (input && !input->failure().empty()) return input->failure();
    }
    return "the input can't be read";
}

std::string run_state::mark() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string word;
    while (word.size() < 32)
        for (auto bits = random(); bits != 0 && word.size() < 32; bits /= 16) word += digits[bits % 16];
    return word;
}

asio::thread_pool& run_state::threads() {
    constexpr std::size_t several = 2;
    if (!threads_) threads_.emplace(several);
    return *threads_;
}

/// A sink's error is no host's: it stops the run, but no host's life is torn by it.
void run_state::tell(event const& what) {
    try {
        if (given_.told.tell(what) == flow::full) room_.reset();
    } catch (...) {
        fault(std::current_exception());
    }
}

void run_state::started(std::size_t index) {
    host_begun_[index] = now();
    result(index).started = std::chrono::system_clock::now();
    tell(events::host_started{index});
}

void run_state::tries_again(std::size_t index, stage at, std::string_view reason, std::chrono::nanoseconds pause) {
    tell(events::host_retried{index, at, reason, pause});
}

void run_state::command_sent(std::size_t index) {
    if (!command_out_[index]) tell(events::command_sent{index});
    if (!faults_.empty()) return;  // nothing is sent that could not be recorded: the run was cancelled just now
    result(index).command = command_fate::unknown;
    result(index).at = stage::command;
    result(index).status.reset();
    result(index).signal.clear();
    if (!command_out_[index]) ++running_;
    command_out_[index] = true;
}

void run_state::output(std::size_t index, output_piece const& piece) {
    keep(result(index), piece, given_.how.keep_output);
    tell(events::output{index, piece.from, piece.bytes});
}

void run_state::last_output(std::size_t index, output_piece const& piece) {
    if (!room_.is_set()) {
        if (overflow_ + piece.bytes.size() > overflow_limit) {
            result(index).truncated = true;
            return;
        }
        overflow_ += piece.bytes.size();
    }
    output(index, piece);
}

void run_state::exited(std::size_t index) {
    host_exited_[index] = true;
    plan_.judge(index, result(index));
}

void run_state::lingers(std::size_t index, std::chrono::nanoseconds most) {
    tell(events::host_lingers{index, most});
}

void run_state::ended(std::size_t index) {
    plan_.judge(index, result(index));
    conclude(index);
}

void run_state::conclude(std::size_t index) {
    auto& host = result(index);
    host.duration = host.attempts == 0 ? std::chrono::nanoseconds{} : now() - host_begun_[index];
    host_ended_[index] = true;
    if (command_out_[index]) --running_;
    tell(events::host_ended{index, host});
}

void run_state::stop(stop_cause cause, std::optional<std::size_t> culprit) {
    if (cause == stop_cause::total) total_passed_ = true;
    if (report_.cause != stop_cause::none) return;
    report_.cause = cause;
    report_.culprit = culprit;
    plan_.stop();
    if (end_told_) return;
    bool const soon = cause == stop_cause::failure && given_.how.halt.when != halt_when::now;
    tell(events::stopping{cause, running_, culprit, soon});
}

void run_state::halt_at(std::size_t index) {
    if (!halts()) return;
    stop(stop_cause::failure, index);
    if (given_.how.halt.when == halt_when::now && cancel_workers_) cancel_workers_();
}

void run_state::batch_started(std::size_t batch) {
    tell(events::batch_started{plan_.batches()[batch], last_batch()});
}

void run_state::soaking(std::size_t batch, std::chrono::nanoseconds length) {
    tell(events::soaking{plan_.batches()[batch], last_batch(), length});
}

void run_state::question_asked(events::question kind, std::size_t batch) {
    tell(events::question_asked{kind, plan_.batches()[batch], last_batch()});
}

void run_state::question_answered(events::question kind, std::size_t batch, verdict const& answer,
                                  std::chrono::nanoseconds waited) {
    tell(events::question_answered{kind, plan_.batches()[batch], last_batch(), answer, waited});
}

void run_state::batch_ended(std::size_t batch, bool passed) {
    auto const& hosts = plan_.batches()[batch];
    std::size_t ok = hosts.done.size();
    std::size_t failed = 0;
    for (auto const index : hosts.hosts) {
        if (!host_ended_[index]) continue;
        if (result(index).state == final_state::ok) ++ok;
        if (has_failed(result(index))) ++failed;
    }
    tell(events::batch_ended{hosts, last_batch(), passed, ok, failed});
}

void run_state::end_open_batch() {
    if (auto const* const open = plan_.open_batch())
        batch_ended(static_cast<std::size_t>(open - plan_.batches().data()), false);
}

batch_report run_state::report_on(std::size_t batch) const {
    auto const& about = plan_.batches()[batch];
    auto const all = report_.hosts.size();
    batch_report facts{
        about.number, last_batch(), about.done, given_.how.rollout.done + all, given_.how.rollout.done, 0, all};
    for (auto const index : about.hosts) facts.hosts.push_back(report_.hosts[index].host);
    for (std::size_t index = 0; index < all; ++index) {
        if (!host_ended_[index]) continue;
        --facts.left;
        ++(report_.hosts[index].state == final_state::ok ? facts.ok : facts.failed);
    }
    return facts;
}

std::size_t run_state::last_batch() const {
    return plan_.batches().empty() ? 0 : plan_.batches().back().number;
}

void run_state::fault(std::exception_ptr error) {
    faults_.push_back(std::move(error));
    stop(stop_cause::fault);
    if (cancel_workers_) cancel_workers_();
}

report run_state::finish() {
    for (std::size_t index = 0; index < report_.hosts.size(); ++index) {
        if (!host_ended_[index]) conclude(index);
    }
    report_.duration = now() - begun_;
    end_told_ = true;
    tell(events::run_ended{report_});
    if (!faults_.empty()) throw run_error(std::move(report_), coro::exception_group(std::move(faults_)));
    return std::move(report_);
}

}  // namespace muster
