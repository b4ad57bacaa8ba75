// SPDX-License-Identifier: MIT
// How fast output goes through a sink: lines of 80 bytes from 100 hosts to /dev/null, in MB of input a second.
#include <fcntl.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "output/record/json_sink.hpp"
#include "output/views/line_sink.hpp"

using namespace muster;

namespace {

constexpr std::size_t hosts = 100;
constexpr std::size_t per_host = 10'000'000;
constexpr std::size_t read_size = 32'768;

/// Waits as the engine would: after `full`, until resume.
class gate {
  public:
    void open() {
        std::lock_guard const lock(mutex_);
        open_ = true;
        opened_.notify_one();
    }

    void wait() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return open_; });
        open_ = false;
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool open_ = false;
};

std::vector<host_result> some_hosts() {
    std::vector<host_result> all(hosts);
    for (std::size_t i = 0; i < hosts; ++i) all[i].host = "host" + std::to_string(i);
    return all;
}

/// One read of a channel: lines, the last one cut.
std::string one_read() {
    std::string bytes;
    while (bytes.size() < read_size) bytes += std::string(79, 'x') + '\n';
    bytes.resize(read_size);
    return bytes;
}

double megabytes_a_second(output::writer& to, sink& shown) {
    auto const all = some_hosts();
    auto const bytes = one_read();
    gate room;
    auto const begin = std::chrono::steady_clock::now();
    shown.tell(events::run_started{all, [&room] { room.open(); }});
    for (std::size_t done = 0; done < per_host; done += read_size) {
        for (std::size_t host = 0; host < hosts; ++host) {
            if (shown.tell(events::output{host, stream::out, bytes}) == flow::full) room.wait();
        }
    }
    for (std::size_t host = 0; host < hosts; ++host) shown.tell(events::host_ended{host, all[host]});
    to.close();
    std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(hosts * per_host) / 1e6 / taken.count();
}

void measure(char const* name, std::function<double(output::writer&, output::writer::target)> const& run) {
    output::writer to;
    auto* const target =
        to.add(::open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null", output::writer::ownership::owned);
    std::printf("%-24s %7.0f MB/s\n", name, run(to, target));
}

double live(output::writer& to, output::writer::target target, output::line_style style) {
    output::line_sink shown(to, {target, style}, {target, style});
    return megabytes_a_second(to, shown);
}

}  // namespace

int main() {
    measure("lines", [](auto& to, auto* target) { return live(to, target, {}); });
    measure("lines, terminal", [](auto& to, auto* target) {
        return live(to, target, {.align = true, .colour = true, .text = output::controls::dropped});
    });
    measure("json", [](auto& to, auto* target) {
        output::json_sink shown(to, target);
        return megabytes_a_second(to, shown);
    });
}
