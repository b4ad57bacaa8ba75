// SPDX-License-Identifier: MIT
// Tries the addresses of a name in turn, a little later each, until one connects.
#include "ssh/net/tcp_connect.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <vector>

#include <asio/ip/udp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <muster/coro/nursery.hpp>
#include <muster/coro/time.hpp>

namespace muster::ssh {

namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto head_start = 250ms;  // RFC 8305 section 5, "Connection Attempt Delay"

/// Ten seconds of silence start the probes, which end a dead peer's connection in about a minute even while nothing is
/// sent.
void tune(tcp::socket& socket, bool keepalive) {
    socket.set_option(tcp::no_delay(true));
    if (!keepalive) return;
    socket.set_option(asio::socket_base::keep_alive(true));
    auto const set = [&](int option, int value) {
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
    };
    set(TCP_KEEPIDLE, 15);
    set(TCP_KEEPINTVL, 15);
    set(TCP_KEEPCNT, 3);
    set(TCP_USER_TIMEOUT, 45'000);
}

using address_list = std::vector<tcp::endpoint>;

/// The port is left to connect(): only then is a local address that lacks one told apart from one that is not ours.
asio::error_code open_at(tcp::socket& socket, tcp::endpoint const& from) {
    asio::error_code error;
    socket.open(from.protocol(), error);
    if (error) return error;
    int const yes = 1;
    ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    socket.bind(from, error);
    return error;
}

/// What connect() says when it finds no port, it also says when this machine has no address from which there is a way
/// to the peer's, as for IPv6 that is switched off. Then UDP, which has ports of its own, finds none either.
bool has_no_way_to(tcp::endpoint const& to, asio::any_io_executor const& loop) {
    asio::ip::udp::endpoint const peer(to.address(), to.port());
    asio::ip::udp::socket probe(loop);
    asio::error_code error;
    probe.open(peer.protocol(), error);
    if (!error) probe.connect(peer, error);  // sends nothing
    return error.value() == EADDRNOTAVAIL;
}

asio::awaitable<asio::error_code> connect_one(tcp::socket& socket, tcp::endpoint const& to,
                                              address_list const& locals) {
    asio::error_code error;
    auto const from = std::ranges::find(locals, to.protocol(), &tcp::endpoint::protocol);
    if (from != locals.end()) error = open_at(socket, *from);
    if (!error) co_await socket.async_connect(to, asio::redirect_error(asio::use_awaitable, error));
    bool const no_way = error.value() == EADDRNOTAVAIL && has_no_way_to(to, socket.get_executor());
    if (no_way) error = asio::error::network_unreachable;
    co_return error;
}

/// Attempts that overlap. The first that succeeds keeps its socket and ends the others.
class connection_race {
  public:
    connection_race(address_list const& addresses, address_list const& locals, tcp::socket& winner)
        : addresses_(addresses), locals_(locals), winner_(winner) {}

    asio::awaitable<void> run() {
        co_await coro::open_nursery([this](coro::nursery& lanes) -> asio::awaitable<void> {
            start_next(lanes);
            co_return;
        });
    }

    asio::error_code error() const { return error_; }

  private:
    void start_next(coro::nursery& lanes) {
        if (started_ == addresses_.size() || won_) return;
        lanes.start(attempt(lanes, started_++));
    }

    asio::awaitable<void> attempt(coro::nursery& lanes, std::size_t index) {
        if (index + 1 < addresses_.size()) lanes.start(start_later(lanes, index + 1), coro::daemon);
        tcp::socket socket(winner_.get_executor());
        auto const error = co_await connect_one(socket, addresses_[index], locals_);
        if (!error && !won_) {
            won_ = true;
            winner_ = std::move(socket);
            lanes.cancel();
        } else if (error && error != asio::error::operation_aborted) {
            if (!error_ || error_ == asio::error::network_unreachable) error_ = error;
            if (started_ == index + 1) start_next(lanes);
        }
    }

    asio::awaitable<void> start_later(coro::nursery& lanes, std::size_t index) {
        co_await coro::sleep_for(head_start);
        if (started_ == index) start_next(lanes);
    }

    address_list const& addresses_;
    address_list const& locals_;
    tcp::socket& winner_;
    std::size_t started_ = 0;
    bool won_ = false;
    asio::error_code error_;  // of the address that was tried first, of those to which there is a way
};

/// What other connections give back when they end.
std::string shortage_words(int error) {
    switch (error) {
        case EMFILE:
            return "; lower --fanout or raise `ulimit -n`";
        case ENFILE:
            return "; lower --fanout or raise fs.file-max";
        case EADDRNOTAVAIL:
        case EAGAIN:
            return "; lower --fanout or widen net.ipv4.ip_local_port_range";
        case ENOBUFS:
        case ENOMEM:
            return "; lower --fanout";
        default:
            return {};
    }
}

[[noreturn]] void throw_connect_failure(asio::error_code const& error, tcp::endpoint const& to) {
    auto const way_out = shortage_words(error.value());
    if (!way_out.empty()) throw local_resources_exhausted(error.message() + way_out);
    throw transport_error(final_state::unreachable, stage::connect,
                          error.message() + ", port " + std::to_string(to.port()));
}

asio::awaitable<tcp::socket> connect_first(address_list const& addresses, address_list const& locals) {
    tcp::socket winner(co_await asio::this_coro::executor);
    asio::error_code error;
    if (addresses.size() == 1) {
        error = co_await connect_one(winner, addresses.front(), locals);
    } else {
        connection_race race(addresses, locals, winner);
        co_await race.run();
        if (!winner.is_open()) error = race.error() ? race.error() : asio::error::host_unreachable;
    }
    if (error == asio::error::operation_aborted) throw asio::system_error(error);
    if (error) throw_connect_failure(error, addresses.front());
    co_return winner;
}

bool is_wanted(address_family family, tcp::endpoint const& address) {
    return family == address_family::any || address.address().is_v6() == (family == address_family::ipv6);
}

asio::awaitable<address_list> addresses_of(std::string const& name, endpoint const& endpoint, resolver& names,
                                           connect_progress& progress) {
    progress.enter(stage::resolve);
    auto found = co_await names.resolve(name, endpoint.port, progress.clock);
    std::erase_if(found, [&](auto const& address) { return !is_wanted(endpoint.settings->family, address); });
    if (found.empty())
        throw transport_error(final_state::unreachable, stage::resolve,
                              name + " has no address of the wanted family (-4, -6 or AddressFamily)");
    co_return found;
}

[[noreturn]] void throw_bind_failure(endpoint const& endpoint, std::string const& reason) {
    throw transport_error(final_state::unreachable, stage::connect,
                          "BindAddress " + endpoint.settings->bind_address + ": " + reason);
}

/// Where the connection may come from; empty: from anywhere. Takes those from the addresses that can't be reached so.
asio::awaitable<address_list> local_addresses(endpoint const& endpoint, address_list& addresses, resolver& names,
                                              connect_progress& progress) {
    if (endpoint.settings->bind_address.empty()) co_return address_list();
    auto const loop = co_await asio::this_coro::executor;
    auto found = co_await addresses_of(endpoint.settings->bind_address, endpoint, names, progress);
    for (auto& address : found) address.port(0);
    std::erase_if(found, [&](auto const& address) {
        tcp::socket probe(loop);
        return open_at(probe, address).value() == EADDRNOTAVAIL;
    });
    if (found.empty()) throw_bind_failure(endpoint, "this machine has no such address");
    std::erase_if(addresses, [&](auto const& to) {
        return std::ranges::find(found, to.protocol(), &tcp::endpoint::protocol) == found.end();
    });
    if (addresses.empty()) throw_bind_failure(endpoint, endpoint.address + " has no address of the same family");
    co_return found;
}

}  // namespace

asio::awaitable<tcp::socket> connect_tcp(endpoint const& endpoint, resolver& names, connect_progress& progress) {
    progress.enter(stage::resolve);
    auto addresses = co_await addresses_of(endpoint.address, endpoint, names, progress);
    auto const locals = co_await local_addresses(endpoint, addresses, names, progress);
    progress.enter(stage::connect);
    auto socket = co_await connect_first(addresses, locals);
    tune(socket, endpoint.settings->tcp_keepalive);
    asio::error_code gone;
    auto const peer = socket.remote_endpoint(gone);
    if (!gone) progress.address = peer.address().to_string();
    co_return socket;
}

}  // namespace muster::ssh
