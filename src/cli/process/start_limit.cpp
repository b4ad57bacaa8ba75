// SPDX-License-Identifier: MIT
// A thread that waits for signals, for the limit, or to be no longer needed.
#include "cli/process/start_limit.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include <muster/error.hpp>

#include "cli/process/process.hpp"

namespace muster::cli {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t many_hosts = 20'000;  // fewer are made ready in a moment

steady::time_point process_begun = steady::now();
start_limit* current_limit = nullptr;

/// Milliseconds for poll(2), rounded up.
int patience(std::optional<steady::time_point> end) {
    if (!end) return -1;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(*end - steady::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

}  // namespace

void note_beginning() noexcept {
    process_begun = steady::now();
}

start_limit* start_limit::current() noexcept {
    return current_limit;
}

start_limit::start_limit(std::chrono::nanoseconds total) : total_(total), begun_(process_begun) {
    current_limit = this;
    if (total_ > std::chrono::nanoseconds(0)) start();
}

start_limit::~start_limit() {
    if (!over_) remove_file();
    over();
}

/// No signal is for the thread: as long as they are not held, they end the program by themselves.
void start_limit::start() {
    changed_ = unique_fd(::eventfd(0, EFD_CLOEXEC));
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { watch(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void start_limit::take_signals(sigset_t const& held, std::size_t hosts) {
    if (hosts < many_hosts) return;
    {
        std::lock_guard const lock(mutex_);
        if (over_) return;
        signals_ = unique_fd(::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    if (thread_.joinable()) {
        wake();
    } else {
        start();
    }
}

void start_limit::remove_if_empty(std::string path) {
    std::lock_guard const lock(mutex_);
    file_ = std::move(path);
}

start_limit::time_point start_limit::begun() const {
    std::lock_guard const lock(mutex_);
    return begun_;
}

std::optional<start_limit::time_point> start_limit::end() const {
    std::lock_guard const lock(mutex_);
    return end_now();
}

std::optional<start_limit::time_point> start_limit::end_now() const {
    if (total_ == std::chrono::nanoseconds(0)) return std::nullopt;
    return begun_ + total_;
}

void start_limit::over() {
    {
        std::lock_guard const lock(mutex_);
        over_ = true;
    }
    current_limit = nullptr;
    if (!thread_.joinable()) return;
    wake();
    thread_.join();
}

void start_limit::wake() const {
    std::uint64_t const one = 1;
    static_cast<void>(!::write(changed_.get(), &one, sizeof one));
}

/// What it decides, it does under the lock: either a host has begun, or the program ends.
void start_limit::watch() {
    for (;;) {
        std::array<pollfd, 2> waits{{{changed_.get(), POLLIN, 0}, {-1, POLLIN, 0}}};
        int longest = -1;
        {
            std::lock_guard const lock(mutex_);
            if (over_) return;
            waits[1].fd = signals_.get();
            if (waits_ == 0) longest = patience(end_now());
        }
        ::poll(waits.data(), waits.size(), longest);
        std::uint64_t changes = 0;
        if ((waits[0].revents & POLLIN) != 0) static_cast<void>(!::read(changed_.get(), &changes, sizeof changes));
        std::lock_guard const lock(mutex_);
        if (over_) return;
        signalfd_siginfo got{};
        if ((waits[1].revents & POLLIN) != 0 && ::read(signals_.get(), &got, sizeof got) > 0)
            die(static_cast<int>(got.ssi_signo));
        if (auto const end = end_now(); waits_ == 0 && end && steady::now() >= *end) pass();
    }
}

void start_limit::remove_file() const {
    struct stat about {};
    if (file_.empty() || ::lstat(file_.c_str(), &about) != 0) return;
    if (S_ISREG(about.st_mode) && about.st_size == 0) ::unlink(file_.c_str());
}

void start_limit::die(int signal) const {
    remove_file();
    say("stopped before the first host began: nothing was started");
    die_of(signal);
}

void start_limit::pass() const {
    remove_file();
    say(fmt::format("time limit reached: --total-timeout {:g}s passed before the first host began, nothing was started",
                    std::chrono::duration<double>(total_).count()));
    ::_exit(static_cast<int>(exit_status::failed));
}

start_limit::standing::standing(start_limit& of) : of_(of), since_(steady::now()) {
    std::lock_guard const lock(of_.mutex_);
    ++of_.waits_;
}

start_limit::standing::~standing() {
    {
        std::lock_guard const lock(of_.mutex_);
        --of_.waits_;
        of_.begun_ += steady::now() - since_;
    }
    if (of_.thread_.joinable()) of_.wake();
}

void start_limit::on_loop::set(bool on) {
    if (of_ == nullptr) return;
    {
        std::lock_guard const lock(of_->mutex_);
        on ? ++of_->waits_ : --of_->waits_;
    }
    if (of_->thread_.joinable()) of_->wake();
}

}  // namespace muster::cli
