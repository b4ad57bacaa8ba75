// SPDX-License-Identifier: MIT
// See connect.hpp.
#include "ssh/connect.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>
#include <vector>

#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <muster/coro/nursery.hpp>
#include <muster/coro/time.hpp>

#include "ssh/key_exchange_offer.hpp"

namespace muster::ssh {

namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto head_start = 250ms;  // RFC 8305 section 5, "Connection Attempt Delay"

/// Ten seconds of silence start the probes, which end a dead peer's connection in about a minute even while nothing is
/// sent.
void tune(tcp::socket& socket) {
    socket.set_option(tcp::no_delay(true));
    socket.set_option(asio::socket_base::keep_alive(true));
    auto const set = [&](int option, int value) {
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
    };
    set(TCP_KEEPIDLE, 15);
    set(TCP_KEEPINTVL, 15);
    set(TCP_KEEPCNT, 3);
    set(TCP_USER_TIMEOUT, 45'000);
}

/// Attempts that overlap. The first that succeeds keeps its socket and ends the others.
class connection_race {
  public:
    connection_race(std::vector<tcp::endpoint> const& addresses, tcp::socket& winner)
        : addresses_(addresses), winner_(winner) {}

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
        asio::error_code error;
        co_await socket.async_connect(addresses_[index], asio::redirect_error(asio::use_awaitable, error));
        if (!error && !won_) {
            won_ = true;
            winner_ = std::move(socket);
            lanes.cancel();
        } else if (error && error != asio::error::operation_aborted) {
            if (!error_) error_ = error;
            if (started_ == index + 1) start_next(lanes);
        }
    }

    asio::awaitable<void> start_later(coro::nursery& lanes, std::size_t index) {
        co_await coro::sleep_for(head_start);
        if (started_ == index) start_next(lanes);
    }

    std::vector<tcp::endpoint> const& addresses_;
    tcp::socket& winner_;
    std::size_t started_ = 0;
    bool won_ = false;
    asio::error_code error_;  // of the address that was tried first
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

[[noreturn]] void throw_connect_failure(asio::error_code const& error) {
    auto const way_out = shortage_words(error.value());
    if (!way_out.empty()) throw shortage(error.message() + way_out);
    throw transport_error(final_state::unreachable, stage::connect, error.message());
}

asio::awaitable<tcp::socket> connect_first(std::vector<tcp::endpoint> const& addresses) {
    tcp::socket winner(co_await asio::this_coro::executor);
    asio::error_code error;
    if (addresses.size() == 1) {
        co_await winner.async_connect(addresses.front(), asio::redirect_error(asio::use_awaitable, error));
    } else {
        connection_race race(addresses, winner);
        co_await race.run();
        if (!winner.is_open()) error = race.error() ? race.error() : asio::error::host_unreachable;
    }
    if (error == asio::error::operation_aborted) throw asio::system_error(error);
    if (error) throw_connect_failure(error);
    co_return winner;
}

// curve25519 first: DH group exchange would keep the loop busy for 20 ms. chacha20 first: fastest on bulk output.
constexpr auto kex_algorithms =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
    "diffie-hellman-group-exchange-sha256";
constexpr auto ciphers =
    "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com";

/// Why the peer's identification string has not come, or was none.
std::string no_banner_words(link const& connection) {
    auto const said = connection.said();
    if (connection.refused()) return connection.trouble();
    if (said.empty()) {
        return "closed before the banner (the server may limit connections: MaxStartups): " + connection.trouble();
    }
    bool const busy = said.find("MaxStartups") != std::string::npos || said.starts_with("Not allowed at this time");
    return (busy ? "the server limits its connections, said: " : "not an SSH server, said: ") + said;
}

std::string no_keys_words(link const& connection, std::string const& host_key_algorithms) {
    auto const trouble = connection.trouble();
    if (connection.refused()) return trouble;
    auto const disagreement =
        no_common_algorithm(connection.first_packet(), {kex_algorithms, host_key_algorithms, ciphers});
    if (!disagreement.empty()) return disagreement;
    if (!trouble.empty()) return "closed during the key exchange: " + trouble;
    char* words = nullptr;
    libssh2_session_last_error(connection.session(), &words, nullptr, 0);
    return std::string("key exchange failed: ") + (words != nullptr ? words : "unknown reason");
}

void prefer(LIBSSH2_SESSION* session, int method, char const* names) {
    if (libssh2_session_method_pref(session, method, names) != 0) {
        throw std::logic_error(std::string("libssh2 knows none of these algorithms: ") + names);
    }
}

}  // namespace

asio::awaitable<tcp::socket> connect_tcp(endpoint const& where, resolver& names, connect_progress& progress) {
    progress.at = stage::resolve;
    auto const addresses = co_await names.resolve(where.address, where.port, progress.clock);
    progress.at = stage::connect;
    auto socket = co_await connect_first(addresses);
    tune(socket);
    co_return socket;
}

asio::awaitable<void> handshake(link& connection, std::string const& host_key_algorithms, connect_progress& progress) {
    auto* const session = connection.session();
    prefer(session, LIBSSH2_METHOD_KEX, kex_algorithms);
    prefer(session, LIBSSH2_METHOD_HOSTKEY, host_key_algorithms.c_str());
    prefer(session, LIBSSH2_METHOD_CRYPT_CS, ciphers);
    prefer(session, LIBSSH2_METHOD_CRYPT_SC, ciphers);

    progress.at = stage::banner;
    int const socket = connection.native_handle();
    long const code = co_await connection.drive([&] {
        int const answer = libssh2_session_handshake(session, socket);
        if (connection.greeted()) progress.at = stage::handshake;
        return answer;
    });
    if (code == 0) {
        connection.forget_first_packet();
    } else if (!connection.greeted()) {
        throw transport_error(final_state::unreachable, stage::banner, no_banner_words(connection));
    } else {
        auto const reason = no_keys_words(connection, host_key_algorithms);
        throw transport_error(final_state::unreachable, stage::handshake, reason);
    }
}

}  // namespace muster::ssh
