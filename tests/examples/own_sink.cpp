// SPDX-License-Identifier: MIT
// A sink that takes its time: while it is full, the hosts' writers are held back and nothing queues: own_sink HOSTS
// COMMAND
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <iostream>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <variant>

#include <muster/muster.hpp>

namespace {

/// Gives the bytes to a slow thread, at most a mebibyte ahead of it.
class slow_counter final : public muster::sink {
  public:
    muster::flow tell(muster::event const& event) override {
        std::lock_guard const lock(mutex_);
        if (auto const* const run = std::get_if<muster::events::run_started>(&event)) resume_ = run->resume;
        if (auto const* const piece = std::get_if<muster::events::output>(&event)) waiting_ += piece->bytes.size();
        most_ = std::max(most_, waiting_);
        changed_.notify_all();
        return full_ = waiting_ > limit, full_ ? muster::flow::full : muster::flow::go_on;
    }

    std::size_t counted() const { return counted_; }
    bool stayed_small() const { return most_ < 2 * limit; }
    void finish() { thread_ = {}; }  // when all is counted

  private:
    static constexpr std::size_t limit = std::size_t{1} << 20;

    void count(std::stop_token const& over) {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, over, [this] { return waiting_ > 0; });
            if (waiting_ == 0) return;
            counted_ += std::exchange(waiting_, 0);
            auto const resume = std::exchange(full_, false) ? resume_ : nullptr;
            lock.unlock();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));  // slow, as a database may be
            if (resume) resume();
        }
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::function<void()> resume_;
    std::size_t waiting_ = 0;
    std::size_t counted_ = 0;
    std::size_t most_ = 0;
    bool full_ = false;
    std::jthread thread_{[this](std::stop_token const& over) { count(over); }};
};

}  // namespace

int main(int count, char** words) {
    if (count != 3) return 2;
    slow_counter counter;
    auto const results = muster::run(muster::parse_hosts(words[1]), {words[2]}, {}, counter);
    counter.finish();
    std::cout << counter.counted() << " bytes, " << (counter.stayed_small() ? "never much ahead" : "piled up") << "\n";
    return muster::exit_code(results);
}
