// SPDX-License-Identifier: MIT
// A run that another thread cancels after a second; what was printed until then is kept: cancel HOSTS COMMAND
#include <chrono>
#include <future>
#include <iostream>
#include <stop_token>
#include <thread>

#include <muster/muster.hpp>

int main(int count, char** words) {
    if (count != 3) return 2;
    std::stop_source stop;
    auto const impatient = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        stop.request_stop();
    });
    muster::null_sink sink;
    auto const results = muster::run(muster::parse_hosts(words[1]), {words[2]}, {}, sink, stop.get_token());
    for (auto const& host : results.hosts) {
        std::cout << host.host << " " << to_string(host.state) << ", command " << to_string(host.command) << ", "
                  << host.out.size() << " bytes\n";
    }
    return results.cause == muster::stop_cause::cancelled ? 0 : 1;
}
