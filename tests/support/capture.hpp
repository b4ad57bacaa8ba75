// SPDX-License-Identifier: MIT
// What the tests of the output layer write to, and a run's events told by hand.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <muster/sink.hpp>

namespace muster::output::test {

/// A file in memory.
class captured {
  public:
    captured() : descriptor_(::memfd_create("captured", MFD_CLOEXEC)) {}
    captured(captured const&) = delete;
    captured& operator=(captured const&) = delete;
    ~captured() { ::close(descriptor_); }

    int descriptor() const noexcept { return descriptor_; }

    std::string text() const {
        struct stat about {};
        ::fstat(descriptor_, &about);
        std::string all(static_cast<std::size_t>(about.st_size), '\0');
        auto const size = ::pread(descriptor_, all.data(), all.size(), 0);
        all.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return all;
    }

  private:
    int descriptor_;
};

/// A pipe whose reader reads when told to.
class pipe_pair {
  public:
    pipe_pair() {
        if (::pipe2(ends_, O_CLOEXEC) != 0) throw std::bad_alloc();
    }
    pipe_pair(pipe_pair const&) = delete;
    pipe_pair& operator=(pipe_pair const&) = delete;
    ~pipe_pair() {
        close_reader();
        close_writer();
    }

    int writer() const noexcept { return ends_[1]; }

    /// Waits until something can be read.
    void wait_for_bytes() const {
        pollfd ready{ends_[0], POLLIN, 0};
        while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
        }
    }

    /// Blocks for at least one byte; empty at the end.
    std::string read_some() const {
        std::string piece(65536, '\0');
        auto const size = ::read(ends_[0], piece.data(), piece.size());
        piece.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return piece;
    }

    void close_reader() { close(ends_[0]); }
    void close_writer() { close(ends_[1]); }

  private:
    static void close(int& descriptor) {
        if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
    }

    int ends_[2] = {-1, -1};
};

/// Tells a sink a run: the hosts exist from the start, their results are filled in by the test.
class told_run {
  public:
    explicit told_run(
        sink& listener, std::vector<std::string> const& hosts, std::function<void()> resume = [] {})
        : listener_(listener) {
        for (auto const& name : hosts) {
            auto& result = results.hosts.emplace_back();
            result.host = name;
            result.address = "127.0.0.1";
            result.port = 22;
            result.user = "deploy";
        }
        listener_.tell(events::run_started{results.hosts, std::move(resume)});
    }

    flow out(std::size_t host, std::string_view bytes) {
        return listener_.tell(events::output{host, stream::out, bytes});
    }
    flow err(std::size_t host, std::string_view bytes) {
        return listener_.tell(events::output{host, stream::err, bytes});
    }
    void started(std::size_t host, bool again = false) { listener_.tell(events::host_started{host, again}); }
    void sent(std::size_t host) { listener_.tell(events::command_sent{host}); }

    flow ended(std::size_t host, final_state state = final_state::ok, std::string error = {}) {
        auto& result = results.hosts[host];
        result.state = state;
        result.error = std::move(error);
        if (result.stage == stage::none) result.stage = stage::command;
        result.command = state == final_state::not_started ? command_fate::not_sent : command_fate::ended;
        result.attempts = 1;
        return listener_.tell(events::host_ended{host, result});
    }

    void failed(std::size_t host, std::uint32_t status) {
        results.hosts[host].status = status;
        ended(host, final_state::failed);
    }

    void over() { listener_.tell(events::run_ended{results}); }

    report results;

  private:
    sink& listener_;
};

}  // namespace muster::output::test
