// SPDX-License-Identifier: MIT
// Keeps the report in the making, tells the sink, and stops the run early.
#include "engine/host/run_state.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <muster/coro/time.hpp>
#include <muster/rollout_hooks.hpp>

namespace muster {

namespace {

/// What a run tells full sinks at most while it stops, of all hosts together and of each: its last words, and no flood.
/// More is dropped, and the results say so.
constexpr std::size_t overflow_limit = 8u << 20u;
constexpr std::size_t overflow_of_host = 32u << 10u;

host_result fresh_result(endpoint const& host) {
    host_result result;
    result.host = host.label;
    bool const proxied = !host.settings->proxy_command.empty();
    if (!proxied) result.address = host.address;
    if (proxied) result.via = "proxy";
    result.port = host.port;
    result.user = host.user;
    return result;
}

void keep(host_result& result, output_piece const& piece, std::size_t limit) {
    if (limit == 0) return;
    auto& kept = piece.from == stream::out ? result.out : result.err;
    std::size_t const room = limit - std::min(limit, kept.size());
    kept.edit().append(piece.bytes.substr(0, room));
    if (piece.bytes.size() > room) result.truncated = true;
}

rollout::questions questions_of(rollout_options const& plan) {
    if (!plan.hooks) return {};
    auto const& hooks = *plan.hooks;
    return {hooks.gate != nullptr, hooks.approve != nullptr, hooks.halted != nullptr};
}

/// By the stop of the run.
bool was_kept_from_its_end(host_result const& host) {
    return host.state == final_state::stopped || host.state == final_state::not_started ||
           (host.state == final_state::timed_out && host.stage == stage::total);
}

bool has_failed(host_result const& host) {
    return host.state != final_state::ok && host.state != final_state::not_started;
}

}  // namespace

run_state::run_state(asio::any_io_executor loop, run_arguments const& args)
    : loop_(loop),
      args_(args),
      room_(loop),
      connecting_(args.options.connect_limit == 0 ? args.endpoints.size() : args.options.connect_limit),
      random_(std::random_device{}()),
      begun_(now()),
      host_begun_(args.endpoints.size(), begun_),
      command_out_(args.endpoints.size(), false),
      host_exited_(args.endpoints.size(), false),
      host_ended_(args.endpoints.size(), false),
      start_told_(args.endpoints.size(), false),
      taken_out_(args.endpoints.size(), false),
      printing_(args.endpoints.size(), stage::command),
      plan_(args.endpoints.size(), args.options, questions_of(args.options.rollout)),
      input_failed_(loop) {
    report_.hosts.reserve(args.endpoints.size());
    for (auto const& host : args.endpoints) report_.hosts.push_back(fresh_result(host));
    if (plan_.batch_at() != nullptr) report_.batches = last_batch();
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
void run_state::tell(event const& event) {
    try {
        if (args_.sink.tell(event) == flow::full) room_.reset();
    } catch (...) {
        fault(std::current_exception());
    }
}

void run_state::begins(std::size_t host) {
    host_begun_[host] = now();
    result(host).started = std::chrono::system_clock::now();
}

void run_state::started(std::size_t host) {
    bool const again = host_ended_[host];
    if (again) take_back(host);
    begins(host);
    start_told_[host] = true;
    tell(events::host_started{host, again});
}

void run_state::take_back(std::size_t host) {
    auto before = fresh_result(args_.endpoints[host]);
    swap_all_but_name(result(host), before);
    result(host).repeats = before.repeats + 1;
    auto const begun_at = first_step(host);
    second_tries_.insert_or_assign(host, second_try(std::move(before), args_.job_of(host), begun_at));
    for (auto* const known : {&command_out_, &host_exited_, &host_ended_, &taken_out_}) (*known)[host] = false;
}

std::size_t run_state::first_step(std::size_t host) const {
    if (auto const again = second_tries_.find(host); again != second_tries_.end()) return again->second.first_step();
    auto const& job = args_.job_of(host);
    auto const first = job.begins_at ? job.begins_at(host) : 0;
    if (first > job.steps.size() && !job.body)
        throw std::invalid_argument(report_.hosts[host].host + ": begins_at names the step with index " +
                                    std::to_string(first) + ", of a job with " + std::to_string(job.steps.size()));
    return first;
}

void run_state::tries_again(events::host_retried const& failed) {
    tell(failed);
}

void run_state::command_sent(std::size_t host) {
    if (!command_out_[host]) tell(events::command_sent{host});
    printing_[host] = stage::command;
    if (!faults_.empty()) return;  // nothing is sent that could not be recorded: the run was cancelled just now
    result(host).command = command_fate::unknown;
    result(host).stage = stage::command;
    result(host).status.reset();
    result(host).signal.clear();
    if (!command_out_[host]) ++running_;
    command_out_[host] = true;
}

void run_state::step_started(std::size_t host, stage stage) {
    printing_[host] = stage;
    tell(events::step_started{host, stage});
}

void run_state::output(std::size_t host, output_piece const& piece) {
    keep(result(host), piece, args_.options.keep_output);
    if (auto& steps = result(host).steps; !steps.empty()) {
        auto& last = steps.edit().back();
        (piece.from == stream::out ? last.out_bytes : last.err_bytes) += piece.bytes.size();
    }
    tell(events::output{host, piece.from, piece.bytes, printing_[host]});
}

void run_state::last_output(std::size_t host, output_piece const& piece) {
    if (!room_.is_set()) {
        auto& of_host = overflow_of_[host];
        if (overflow_ + piece.bytes.size() > overflow_limit || of_host + piece.bytes.size() > overflow_of_host) {
            result(host).truncated = true;
            return;
        }
        overflow_ += piece.bytes.size();
        of_host += piece.bytes.size();
    }
    output(host, piece);
}

void run_state::exited(std::size_t host) {
    host_exited_[host] = true;
    plan_.judge(host, result(host));
}

void run_state::lingers(std::size_t host, std::chrono::nanoseconds most) {
    tell(events::host_lingers{host, most});
}

void run_state::ended(std::size_t host) {
    if (!start_told_[host]) tell(events::host_started{host});  // it has ended in the preflight
    plan_.judge(host, result(host));
    conclude(host);
}

void run_state::conclude(std::size_t host) {
    auto& of = result(host);
    if (was_kept_from_its_end(of)) of.stop = report_.cause;
    of.duration = of.attempts == 0 ? std::chrono::nanoseconds{} : now() - host_begun_[host];
    if (auto const again = second_tries_.find(host); again != second_tries_.end()) again->second.complete(of);
    host_ended_[host] = true;
    if (command_out_[host]) --running_;
    tell(events::host_ended{host, of});
}

void run_state::stop(stop_cause cause, std::optional<std::size_t> culprit, std::string reason) {
    if (cause == stop_cause::total) total_passed_ = true;
    if (report_.cause != stop_cause::none) return;
    report_.cause = cause;
    report_.culprit = culprit;
    report_.reason = std::move(reason);
    if (auto const* const where = plan_.batch_at(); where != nullptr && cause != stop_cause::preflight)
        report_.batch = where->number;
    stopping_.set();
    plan_.stop();
    if (end_told_) return;
    tell(events::stopping{cause, running_, culprit, ends_soon(), report_.batch, report_.batches, report_.reason});
}

bool run_state::ends_soon() const {
    if (ends_now_) return false;
    if (report_.cause == stop_cause::failure) return args_.options.halt.when != halt_when::now;
    return report_.cause == stop_cause::outside && ends_soon_;
}

void run_state::halt_at(std::size_t host) {
    if (!halts()) return;
    stop(stop_cause::failure, host);
    if (args_.options.halt.when == halt_when::now && cancel_workers_) cancel_workers_();
}

void run_state::halt_from_outside(halt_when when) {
    bool const is_now = when == halt_when::now;
    if (report_.cause == stop_cause::none) {
        ends_soon_ = !is_now;
        stop(stop_cause::outside);
    } else if (!ends_soon()) {
        return;
    }
    ends_now_ = is_now;
    if (is_now && cancel_workers_) cancel_workers_();
}

void run_state::preflight_ended(std::size_t reached, std::size_t wanted) {
    tell(events::preflight_ended{reached, wanted});
    if (reached < wanted) stop(stop_cause::preflight);
}

void run_state::batch_started(std::size_t batch) {
    tell(events::batch_started{plan_.batches()[batch], last_batch()});
}

void run_state::soaking(std::size_t batch, std::chrono::nanoseconds length) {
    tell(events::soaking{plan_.batches()[batch], last_batch(), length});
}

void run_state::question_asked(events::question kind, std::size_t batch) {
    auto const limit =
        kind == events::question::gate ? args_.options.rollout.hooks->gate_limit : std::chrono::nanoseconds();
    tell(events::question_asked{kind, plan_.batches()[batch], last_batch(), limit});
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
        about.number, last_batch(), about.done, args_.options.rollout.done + all, args_.options.rollout.done, 0, all};
    facts.results.resize(about.done.size());
    for (auto const index : about.hosts) {
        facts.hosts.push_back(report_.hosts[index].host);
        facts.results.push_back(&report_.hosts[index]);
    }
    for (auto const index : plan_.may_run_again()) facts.may_run_again.push_back(report_.hosts[index].host);
    facts.can_go_on = plan_.can_go_on();
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
    for (std::size_t host = 0; host < report_.hosts.size(); ++host) {
        if (!host_ended_[host]) conclude(host);
    }
    report_.duration = now() - begun_;
    end_told_ = true;
    tell(events::run_ended{report_});
    if (!faults_.empty()) throw run_error(std::move(report_), coro::exception_group(std::move(faults_)));
    return std::move(report_);
}

}  // namespace muster
