// SPDX-License-Identifier: MIT
// What ends the program before its first host begins.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "process/unique_fd.hpp"

namespace muster::cli {

/// When this process began: limits on the run count from there. To be called first of all.
void note_beginning() noexcept;

/// Ends the program while no host has begun: when the limit on the run passes, and at a signal that is held
/// (hold_signals). There is nothing to stop by then, and what makes a million hosts ready has no loop that could look
/// at a clock; so a thread does it, whatever the program is busy with. One at a time.
class start_limit {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Zero: no limit.
    explicit start_limit(std::chrono::nanoseconds total);
    /// Removes the empty file, where no host has begun.
    ~start_limit();
    start_limit(start_limit const&) = delete;
    start_limit& operator=(start_limit const&) = delete;

    /// Null: there is none.
    static start_limit* current() noexcept;

    /// From when the limit counts: the program's beginning, and later by as long as the user was asked.
    time_point begun() const;
    /// Nothing: there is no limit.
    std::optional<time_point> end() const;

    /// These signals are held from here on. Where many hosts are to be made ready, the thread takes them.
    void take_signals(sigset_t const& held, std::size_t hosts);
    bool takes_signals() const noexcept { return static_cast<bool>(signals_); }
    /// A file that says nothing as long as it is empty.
    void remove_if_empty(std::string path);

    /// A host may begin, or the user is asked: from here on the run's own loop looks at the clock and takes the
    /// signals.
    void over();

    /// Says that the limit has passed, and ends the program with exit status 1.
    [[noreturn]] void pass() const;

    /// The user is asked: the clock stands.
    class standing {
      public:
        explicit standing(start_limit& of);
        ~standing();
        standing(standing const&) = delete;
        standing& operator=(standing const&) = delete;

      private:
        start_limit& of_;
        time_point since_;
    };

    /// A loop looks at the clock: it has programs to end before it calls pass().
    class on_loop {
      public:
        explicit on_loop(start_limit* of) : of_(of) { set(true); }
        ~on_loop() { set(false); }
        on_loop(on_loop const&) = delete;
        on_loop& operator=(on_loop const&) = delete;

      private:
        void set(bool on);
        start_limit* of_;
    };

  private:
    void start();
    void watch();
    void wake() const;
    std::optional<time_point> end_now() const;
    [[noreturn]] void die(int signal) const;
    void remove_file() const;

    std::chrono::nanoseconds total_;
    time_point begun_;
    std::string file_;
    unsigned waits_ = 0;  // of the clock, and loops that look at it
    bool over_ = false;
    mutable std::mutex mutex_;
    unique_fd signals_;
    unique_fd changed_;
    std::thread thread_;
};

}  // namespace muster::cli
