// SPDX-License-Identifier: MIT
// The coroutine layer alone, without SSH: five jobs, two at a time, each with a limit: coroutines
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <muster/coro/coro.hpp>

namespace {

namespace coro = muster::coro;
using namespace std::chrono_literals;

coro::awaitable<int> square(int number) {
    co_await coro::sleep_for(number == 4 ? coro::duration(1h) : coro::duration(10ms));
    if (number == 2) throw std::runtime_error("2 is not to be had");
    co_return number* number;
}

coro::awaitable<void> compute() {
    std::vector<coro::awaitable<int>> works;
    for (int number = 1; number <= 5; ++number) works.push_back(coro::with_timeout(200ms, square, number));
    auto const tasks = co_await coro::gather(std::move(works), 2);
    for (auto const& task : tasks) {
        if (auto const error = task.exception())
            std::cout << "failed: " << coro::describe(error) << "\n";
        else
            std::cout << task.result() << "\n";
    }
}

}  // namespace

int main() {
    coro::run(compute);
}
