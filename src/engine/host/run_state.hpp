// SPDX-License-Identifier: MIT
// What the hosts of one run share: the arguments, the report in the making, the way to the sink, and the decision to
// stop.
#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/thread_pool.hpp>

#include <muster/coro/event.hpp>
#include <muster/coro/remote_event.hpp>
#include <muster/coro/semaphore.hpp>
#include <muster/endpoint.hpp>
#include <muster/event.hpp>
#include <muster/job.hpp>
#include <muster/options.hpp>
#include <muster/report.hpp>
#include <muster/sink.hpp>
#include <muster/transport.hpp>

#include "engine/host/password_gate.hpp"
#include "engine/host/second_try.hpp"
#include "engine/rollout/rollout.hpp"

namespace muster {

/// The arguments of a run; must outlive it.
struct run_arguments {
    std::vector<endpoint> const& endpoints;
    std::span<job const> jobs;  ///< one of all hosts, or one for each
    muster::options const& options;
    muster::sink& sink;
    muster::transport& transport;
    coro::event* abort;  ///< set by the caller to cut a stop short; null: never
    /// From when total_timeout counts, read when the first host may begin; null: from the making of a run_state.
    std::chrono::steady_clock::time_point const* begun = nullptr;

    job const& job_of(std::size_t host) const { return jobs.size() == 1 ? jobs.front() : jobs[host]; }
};

/// Lives on the loop's thread, as long as the fan-out. Nothing here waits, and nothing throws a sink's error: it is
/// kept, and stops the run.
class run_state {
  public:
    run_state(asio::any_io_executor loop, run_arguments const& args);

    run_arguments const& args() const { return args_; }
    host_result& result(std::size_t host) { return report_.hosts[host]; }
    /// Set while no sink is full.
    coro::remote_event& room() { return room_; }
    /// Of those who waited for room.
    coro::semaphore& turns_to_read() { return turns_to_read_; }

    /// Which host starts when.
    rollout& plan() { return plan_; }
    /// A place for each connection that is not yet logged in.
    coro::semaphore& connecting() { return connecting_; }
    /// Sessions that are open.
    std::size_t sessions() const { return sessions_; }
    /// Ends the run when that can't be had to its end: no command shall take what it got for all there is.
    void watch(std::shared_ptr<command_input> const& input);
    /// Set when one of those has failed; then input_failure() says why.
    coro::remote_event& input_failed() { return input_failed_; }
    std::string input_failure() const;
    /// Threads for what must not block the loop.
    asio::thread_pool& threads();
    /// Who may send the password that sudo asks for.
    password_gate& passwords() { return passwords_; }
    /// A word that no other program knows: 128 random bits in hexadecimal digits.
    std::string mark();
    /// From 0 to 1, to spread what would happen at once.
    double chance() { return std::uniform_real_distribution<>()(random_); }
    std::chrono::steady_clock::time_point now() const;
    std::chrono::steady_clock::time_point begun() const noexcept {
        return args_.begun != nullptr ? *args_.begun : begun_;
    }

    // --- a host's life, in this order
    /// Its clock runs; no sink is told yet.
    void begins(std::size_t host);
    /// Also of one that has ended, and runs again.
    void started(std::size_t host);
    /// The place in its job's steps.
    std::size_t first_step(std::size_t host) const;
    void tries_again(events::host_retried const& failed);
    void session_opened() { ++sessions_; }
    void session_closed() { --sessions_; }
    /// Another command of the host begins.
    void next_command(std::size_t host) { host_exited_[host] = false; }
    void command_sent(std::size_t host);
    void step_started(std::size_t host, stage stage);
    void step_done(std::size_t host, stage stage) { tell(events::step_done{host, stage}); }
    void output(std::size_t host, output_piece const& piece);
    /// Output during a stop, when no host waits for a sink that is full: what exceeds a bound is dropped then.
    void last_output(std::size_t host, output_piece const& piece);
    /// The command has exited by itself, and the result says how. That stands, whatever cuts its streams short.
    void exited(std::size_t host);
    bool has_exited(std::size_t host) const { return host_exited_[host]; }
    /// What it left in the background goes on printing.
    void lingers(std::size_t host, std::chrono::nanoseconds most);
    /// The result is final.
    void ended(std::size_t host);
    bool has_ended(std::size_t host) const { return host_ended_[host]; }

    /// So many hosts can be used, and so many must be; stops the run where there are fewer.
    void preflight_ended(std::size_t reached, std::size_t wanted);

    // --- between hosts, with a batch's place in plan().batches()
    void start_delayed(std::chrono::nanoseconds length) { tell(events::start_delayed{length}); }
    void batch_started(std::size_t batch);
    void soaking(std::size_t batch, std::chrono::nanoseconds length);
    void question_asked(events::question kind, std::size_t batch);
    void question_answered(events::question_answered const& answered) { tell(answered); }
    void batch_ended(std::size_t batch, bool passed);
    /// Tells the end of the batch in which the run was stopped.
    void end_open_batch();
    batch_report report_on(std::size_t batch) const;
    /// Its number.
    std::size_t last_batch() const;

    // --- stopping early
    /// Says why the run ends before every host had its turn; the first cause stays.
    void stop(stop_cause cause, std::optional<std::size_t> culprit = {}, std::string reason = {});
    stop_cause cause() const { return report_.cause; }
    /// Set when there is one.
    coro::event& stopping() { return stopping_; }
    /// It is a stop that lets hosts that have begun come to their end.
    bool ends_soon() const;
    /// The host has been taken out of its service: a stop that ends soon lets it go all the way, to come back.
    void taken_out(std::size_t host) { taken_out_[host] = true; }
    bool is_taken_out(std::size_t host) const { return taken_out_[host]; }
    /// Its command may still be sent.
    bool may_begin(std::size_t host) const {
        return report_.cause == stop_cause::none || (taken_out_[host] && ends_soon());
    }
    /// The limit on the run has passed, perhaps after another cause.
    bool total_passed() const { return total_passed_; }
    /// The failures so far reach the halt policy's threshold, and nothing has stopped the run yet.
    bool halts() const { return plan_.halts(); }
    /// Keeps an error that is no host's outcome, and stops everything.
    void fault(std::exception_ptr error);
    /// Acts as the halt policy says when this host's failure, of which the rest is still to come, reaches the
    /// threshold.
    void halt_at(std::size_t host);
    /// Ends the run as something outside wants it.
    void halt_from_outside(halt_when when);
    /// How everything is stopped at once; set while there are workers.
    void on_stop(std::function<void()> cancel_workers) { cancel_workers_ = std::move(cancel_workers); }

    /// Completes the report with the hosts that had no turn, tells the sink the end, and hands the report over. Throws
    /// run_error if there were faults.
    report finish();

  private:
    void tell(event const& event);
    void conclude(std::size_t host);
    void take_back(std::size_t host);

    asio::any_io_executor loop_;
    run_arguments args_;
    report report_;
    coro::remote_event room_;
    coro::semaphore turns_to_read_{1};
    coro::semaphore connecting_;
    std::size_t sessions_ = 0;
    std::minstd_rand random_;
    std::chrono::steady_clock::time_point begun_;
    std::vector<std::chrono::steady_clock::time_point> host_begun_;
    std::vector<bool> command_out_;
    std::vector<bool> host_exited_;
    std::vector<bool> host_ended_;
    std::vector<bool> start_told_;
    std::vector<bool> taken_out_;
    std::vector<stage> printing_;  // the step whose output comes
    std::unordered_map<std::size_t, second_try> second_tries_;
    rollout plan_;
    std::size_t running_ = 0;  // commands sent and not yet ended
    bool total_passed_ = false;
    bool ends_soon_ = false;  // from outside: running commands may finish
    bool ends_now_ = false;   // from outside, whatever stopped the run before
    bool end_told_ = false;
    coro::event stopping_;
    std::vector<std::exception_ptr> faults_;
    std::function<void()> cancel_workers_;
    password_gate passwords_;
    coro::remote_event input_failed_;
    std::unordered_map<command_input const*, std::weak_ptr<command_input>> watched_;
    std::optional<asio::thread_pool> threads_;
    std::size_t overflow_ = 0;                        // bytes told to a full sink since the stop began
    std::map<std::size_t, std::size_t> overflow_of_;  // likewise, of each host
};

}  // namespace muster
