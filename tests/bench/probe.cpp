// SPDX-License-Identifier: MIT
// The yardstick: the least that a program on libssh2 can do to run a command on many hosts. One loop over epoll,
// libssh2's own reading and writing and its default cipher, the key parsed once; it checks no host key, limits no time,
// shows nothing.
//
//   bench_probe KEY USER PORT FANOUT COMMAND < ADDRESSES
//
// Prints how many hosts succeeded and how many bytes they sent. Fan-out 0: all.
#include <arpa/inet.h>
#include <fcntl.h>
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ssh/keys/private_key.hpp"

namespace {

using muster::ssh::byte_view;
using muster::ssh::private_key;

/// What all connections share.
struct run {
    private_key key;
    std::string user;
    unsigned short port;
    std::string command;
    int poll = ::epoll_create1(EPOLL_CLOEXEC);
    std::size_t succeeded = 0;
    std::size_t bytes = 0;
};

int sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* size, unsigned char const* data,
         std::size_t data_size, void** key) {
    auto const made = static_cast<private_key const*>(*key)->sign(byte_view(data, data_size), "ssh-ed25519");
    *signature = static_cast<unsigned char*>(std::malloc(made.size()));
    std::memcpy(*signature, made.data(), made.size());
    *size = made.size();
    return 0;
}

class connection {
  public:
    connection(run& all, std::string const& address) : all_(all), key_(&all.key) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket_ < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
        int const on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(all.port);
        ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
        ::connect(socket_, reinterpret_cast<sockaddr const*>(&where), sizeof where);
        epoll_event interest{EPOLLOUT, {this}};
        ::epoll_ctl(all.poll, EPOLL_CTL_ADD, socket_, &interest);
    }
    ~connection() {
        if (session_ != nullptr) libssh2_session_free(session_);
        ::close(socket_);
    }
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    /// Goes on as far as it can. True: it is over.
    bool advance() {
        if (session_ == nullptr) begin();
        while (state_ != state::over) {
            int const code = step();
            if (code == LIBSSH2_ERROR_EAGAIN) {
                wait();
                return false;
            }
            if (code != 0) {
                char* words = nullptr;
                libssh2_session_last_error(session_, &words, nullptr, 0);
                std::cerr << "probe: failed at step " << static_cast<int>(state_) << ": " << words << '\n';
                return true;
            }
            state_ = static_cast<state>(static_cast<int>(state_) + 1);
        }
        if (libssh2_channel_get_exit_status(channel_) == 0) ++all_.succeeded;
        libssh2_session_disconnect(session_, "done");
        return true;
    }

  private:
    enum class state { handshake, login, open, exec, read, close, over };

    void begin() {
        session_ = libssh2_session_init();
        libssh2_session_set_blocking(session_, 0);
        libssh2_session_method_pref(session_, LIBSSH2_METHOD_KEX, "curve25519-sha256");
        libssh2_session_method_pref(session_, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519");
    }

    int step() {
        switch (state_) {
            case state::handshake:
                return libssh2_session_handshake(session_, socket_);
            case state::login: {
                auto const blob = all_.key.public_blob();
                return libssh2_userauth_publickey(session_, all_.user.c_str(), blob.data(), blob.size(), &sign, &key_);
            }
            case state::open:
                channel_ = libssh2_channel_open_session(session_);
                return channel_ != nullptr ? 0 : libssh2_session_last_errno(session_);
            case state::exec:
                return libssh2_channel_exec(channel_, all_.command.c_str());
            case state::read:
                return read();
            case state::close:
                return libssh2_channel_wait_closed(channel_);
            case state::over:
                break;
        }
        return 0;
    }

    int read() {
        static std::array<char, 64 * 1024> into;
        for (;;) {
            auto const got = libssh2_channel_read(channel_, into.data(), into.size());
            if (got > 0) all_.bytes += static_cast<std::size_t>(got);
            if (got < 0) return static_cast<int>(got);
            if (got == 0) return libssh2_channel_eof(channel_) != 0 ? 0 : LIBSSH2_ERROR_EAGAIN;
        }
    }

    void wait() {
        bool const writes = (libssh2_session_block_directions(session_) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
        std::uint32_t const wanted = writes ? EPOLLIN | EPOLLOUT : EPOLLIN;
        if (wanted == waits_for_) return;
        waits_for_ = wanted;
        epoll_event interest{wanted, {this}};
        ::epoll_ctl(all_.poll, EPOLL_CTL_MOD, socket_, &interest);
    }

    run& all_;
    void* key_;
    int socket_ = -1;
    std::uint32_t waits_for_ = EPOLLOUT;
    LIBSSH2_SESSION* session_ = nullptr;
    LIBSSH2_CHANNEL* channel_ = nullptr;  // freed with the session
    state state_ = state::handshake;
};

void loop(run& all, std::vector<std::string> const& addresses, std::size_t fanout) {
    std::size_t next = 0;
    std::size_t open = 0;
    std::array<epoll_event, 256> ready;
    for (;;) {
        for (; open < fanout && next < addresses.size(); ++open) (new connection(all, addresses[next++]));
        if (open == 0) return;
        int const count = ::epoll_wait(all.poll, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            std::unique_ptr<connection> item(static_cast<connection*>(ready[static_cast<std::size_t>(i)].data.ptr));
            if (item->advance()) {
                --open;
            } else {
                (void)item.release();  // belongs to epoll until it is over
            }
        }
    }
}

void allow_descriptors() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int main(int count, char** words) {
    if (count != 6) {
        std::cerr << "usage: bench_probe KEY USER PORT FANOUT COMMAND < ADDRESSES\n";
        return 2;
    }
    allow_descriptors();
    libssh2_init(0);
    run all{private_key::read(words[1]), words[2], static_cast<unsigned short>(std::stoi(words[3])), words[5]};
    std::vector<std::string> addresses;
    for (std::string line; std::getline(std::cin, line);) addresses.push_back(line);
    auto const fanout = std::stoul(words[4]);
    loop(all, addresses, fanout == 0 ? addresses.size() : fanout);
    std::cout << all.succeeded << " ok, " << all.bytes << " bytes\n";
    return all.succeeded == addresses.size() ? 0 : 1;
}
