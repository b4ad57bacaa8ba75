// SPDX-License-Identifier: MIT
// See ssh_transport.hpp.
#include "ssh/ssh_transport.hpp"

#include <openssl/crypto.h>

#include <utility>

#include <muster/coro/to_thread.hpp>

#include "ssh/authenticate.hpp"
#include "ssh/connect.hpp"
#include "ssh/host_key.hpp"
#include "ssh/session.hpp"

namespace muster::ssh {

namespace {

/// libssh2's global state, for as long as the program runs: it may be used by several fleets.
void start_libssh2() {
    static int const failed = libssh2_init(0);
    if (failed != 0) throw std::runtime_error("libssh2 can't be started");
}

}  // namespace

ssh_transport::ssh_transport(asio::any_io_executor loop) : loop_(std::move(loop)) {
    start_libssh2();
}

asio::awaitable<void> ssh_transport::prepare(std::vector<endpoint> const& where) {
    auto read_files = [&](std::stop_token) { return std::make_unique<credentials>(where); };
    credentials_ = co_await coro::to_thread(threads_, read_files);
}

std::vector<std::string> ssh_transport::warnings() const {
    return credentials_->warnings();
}

agent& ssh_transport::agent_at(std::string const& socket) {
    return agents_.try_emplace(socket, loop_, socket).first->second;
}

asio::awaitable<std::unique_ptr<link>> ssh_transport::verified_link(endpoint const& where, connect_progress& progress,
                                                                    std::vector<std::string> const& host_key_types,
                                                                    bool asked_already) {
    auto const offered = algorithms_of(where, host_key_types, asked_already);
    auto socket = co_await connect_tcp(where, names_, progress);
    auto connection = std::make_unique<link>(std::move(socket));
    co_await handshake(*connection, offered, progress);
    co_await verify_host_key(*connection, where, credentials_->known_hosts_of(where), credentials_->revoked_for(where),
                             threads_, asked_already);
    co_return connection;
}

asio::awaitable<std::unique_ptr<link>> ssh_transport::open_link(endpoint const& where, connect_progress& progress) {
    host_key_name const looked_up(where);
    auto types = credentials_->known_hosts_of(where).key_types(looked_up.name, looked_up.port);
    try {
        co_return co_await verified_link(where, progress, types, false);
    } catch (ask_for_known_types const& ask) {
        types = ask.types;
    }
    co_return co_await verified_link(where, progress, types, true);
}

asio::awaitable<std::unique_ptr<session>> ssh_transport::connect(endpoint const& where, connect_progress& progress) {
    auto connection = co_await open_link(where, progress);
    progress.at = stage::auth;
    co_await authenticate(*connection, where, *credentials_, agent_at(where.agent_socket), progress.clock);
    connection->lift_login_limit();
    progress.at = stage::session;
    auto ready = std::make_unique<ssh_session>(std::move(connection), scratch_);
    co_await ready->open(where);
    co_return ready;
}

std::string library_versions() {
#ifdef MUSTER_LIBSSH2_PACKAGE  // the Debian package whose patched source the private build was made from
    std::string const package = std::string(" (") + MUSTER_LIBSSH2_PACKAGE + ")";
#else
    std::string const package;
#endif
    return std::string("libssh2 ") + libssh2_version(0) + package + ", " + OpenSSL_version(OPENSSL_VERSION);
}

}  // namespace muster::ssh
