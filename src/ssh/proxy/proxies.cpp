// SPDX-License-Identifier: MIT
// Starts ProxyCommands, and ends those that are left with the run.
#include "ssh/proxy/proxies.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <muster/outcome.hpp>

#include "ssh/net/socket_stream.hpp"
#include "ssh/proxy/passed_socket.hpp"
#include "ssh/proxy/proxy_stream.hpp"

namespace muster::ssh {

namespace {

/// What the program has left behind may be at work for the socket, as long as that is used.
class passed_stream final : public socket_stream {
  public:
    passed_stream(asio::generic::stream_protocol::socket socket, proxy_use from)
        : socket_stream(std::move(socket)), from_(std::move(from)) {}

    std::string remark() const override { return from_->last_line(); }

  private:
    proxy_use from_;
};

/// A limit that passes while the socket is awaited says what the program has said by then.
class note_of_program {
  public:
    note_of_program(proxy const& program, connect_progress& progress) : program_(program), progress_(progress) {}
    note_of_program(note_of_program const&) = delete;
    note_of_program& operator=(note_of_program const&) = delete;
    ~note_of_program() {
        auto last = program_.last_line();
        progress_.note = last.empty() ? "ProxyCommand has passed no connection" : std::move(last);
    }

  private:
    proxy const& program_;
    connect_progress& progress_;
};

asio::awaitable<asio::generic::stream_protocol::socket> noted_socket(proxy& from, connect_progress& progress) {
    note_of_program const note(from, progress);
    co_return co_await passed_socket(from);
}

[[noreturn]] void throw_not_started(std::system_error const& error) {
    auto const words = std::string("ProxyCommand can't be started: ") + error.what();
    switch (error.code().value()) {
        case EAGAIN:
            throw local_resources_exhausted(words + "; lower --fanout or raise `ulimit -u`");
        case EMFILE:
        case ENFILE:
            throw local_resources_exhausted(words + "; lower --fanout or raise `ulimit -n`");
        case ENOMEM:
            throw local_resources_exhausted(words + "; lower --fanout");
        default:
            throw transport_error(final_state::unreachable, stage::connect, words + " (the shell is that of SHELL)");
    }
}

}  // namespace

asio::awaitable<void> proxies::run() {
    auto body = [this](coro::nursery& lives) -> asio::awaitable<void> {
        lives_ = &lives;
        begun_.set();
        co_await over_.wait();
        lives_ = nullptr;
        for (auto* const proxy : living_) proxy->let_go();
    };
    co_await coro::open_nursery(body);
}

asio::awaitable<void> proxies::keep(std::shared_ptr<proxy> proxy) {
    living_.insert(proxy.get());
    co_await proxy->live(seen_);
    living_.erase(proxy.get());
    reaper_.add(proxy->release());
}

std::shared_ptr<proxy> proxies::started(endpoint const& endpoint) {
    proxy::listener heard;
    if (heard_) heard = [this, host = endpoint.label](std::string_view line) { heard_(host, std::string(line)); };
    try {
        return std::make_shared<proxy>(loop_, endpoint.settings->proxy_command,
                                       endpoint.settings->proxy_use_fdpass ? proxy::way::passed : proxy::way::streams,
                                       std::move(heard));
    } catch (std::system_error const& error) {
        throw_not_started(error);
    }
}

asio::awaitable<std::unique_ptr<byte_stream>> proxies::connect(endpoint const& endpoint, connect_progress& progress) {
    co_await begun_.wait();
    if (lives_ == nullptr) throw transport_error(final_state::unreachable, stage::connect, "the run is over");
    auto const proxy = started(endpoint);
    proxy_use used(proxy);
    lives_->start(keep(proxy));
    if (!endpoint.settings->proxy_use_fdpass) co_return std::make_unique<proxy_stream>(std::move(used));
    auto socket = co_await noted_socket(*proxy, progress);
    progress.note.clear();
    co_return std::make_unique<passed_stream>(std::move(socket), std::move(used));
}

}  // namespace muster::ssh
