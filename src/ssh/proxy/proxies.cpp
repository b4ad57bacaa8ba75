// SPDX-License-Identifier: MIT
// See proxies.hpp.
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

  private:
    proxy_use from_;
};

[[noreturn]] void throw_not_started(std::system_error const& error) {
    auto const words = std::string("ProxyCommand can't be started: ") + error.what();
    switch (error.code().value()) {
        case EAGAIN:
            throw shortage(words + "; lower --fanout or raise `ulimit -u`");
        case EMFILE:
        case ENFILE:
            throw shortage(words + "; lower --fanout or raise `ulimit -n`");
        case ENOMEM:
            throw shortage(words + "; lower --fanout");
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
        for (auto* const one : living_) one->let_go();
    };
    co_await coro::open_nursery(body);
}

asio::awaitable<void> proxies::keep(std::shared_ptr<proxy> one) {
    living_.insert(one.get());
    co_await one->live(seen_);
    living_.erase(one.get());
    reaper_.add(one->release());
}

std::shared_ptr<proxy> proxies::started(endpoint const& where) {
    proxy::listener heard;
    if (heard_) heard = [this, host = where.label](std::string_view line) { heard_(host, std::string(line)); };
    try {
        return std::make_shared<proxy>(loop_, where.proxy_command,
                                       where.proxy_use_fdpass ? proxy::way::passed : proxy::way::streams,
                                       std::move(heard));
    } catch (std::system_error const& error) {
        throw_not_started(error);
    }
}

asio::awaitable<std::unique_ptr<byte_stream>> proxies::connect(endpoint const& where) {
    co_await begun_.wait();
    if (lives_ == nullptr) throw transport_error(final_state::unreachable, stage::connect, "the run is over");
    auto const one = started(where);
    proxy_use used(one);
    lives_->start(keep(one));
    if (!where.proxy_use_fdpass) co_return std::make_unique<proxy_stream>(std::move(used));
    auto socket = co_await passed_socket(*one);
    co_return std::make_unique<passed_stream>(std::move(socket), std::move(used));
}

}  // namespace muster::ssh
