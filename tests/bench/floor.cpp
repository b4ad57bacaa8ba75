// SPDX-License-Identifier: MIT
// The floor: what no SSH client can go below. For each host one TCP connection with as many bytes in as many segments
// as `true` takes, and the public-key work: an X25519 key pair and its secret, an Ed25519 signature verified, one made.
//
//   bench_floor PORT FANOUT < ADDRESSES     the client
//   bench_floor serve                       its server: prints "ready PORT", ends with its standard input
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// What client and server say in turn, in bytes, as strace showed it of a session with the load server: identification
/// and KEXINIT, the key exchange, the service, the key offered and signed with, the channel, the command, its end.
struct exchange {
    std::size_t client;
    std::size_t server;
};
constexpr std::size_t greeting = 12;  // the server's identification string comes first
constexpr std::array<exchange, 8> exchanges = {
    {{936, 448}, {48, 436}, {60, 44}, {140, 100}, {228, 28}, {52, 44}, {52, 160}, {116, 0}}};
constexpr std::size_t key_exchange = 1;  // its index
constexpr std::size_t signature = 4;
constexpr std::size_t last = exchanges.size() - 1;

[[noreturn]] void fail(char const* what) {
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

void check(bool good, char const* what) {
    if (!good) throw std::runtime_error(std::string("libcrypto: ") + what);
}

using key_pointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using context_pointer = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

key_pointer new_key(char const* type) {
    key_pointer key(EVP_PKEY_Q_keygen(nullptr, nullptr, type), &EVP_PKEY_free);
    check(key != nullptr, type);
    return key;
}

/// The server's half, made once: the client's work with it is the same for each host.
class public_key_work {
  public:
    void begin() {
        EVP_PKEY* made = nullptr;
        check(EVP_PKEY_keygen(generation_.get(), &made) == 1, "X25519");
        own_.reset(made);
    }

    void finish() {
        auto const derivation = context_pointer(EVP_PKEY_CTX_new(own_.get(), nullptr), &EVP_PKEY_CTX_free);
        std::array<unsigned char, 32> secret;
        std::size_t size = secret.size();
        check(EVP_PKEY_derive_init(derivation.get()) == 1, "derive");
        check(EVP_PKEY_derive_set_peer(derivation.get(), peer_.get()) == 1, "derive");
        check(EVP_PKEY_derive(derivation.get(), secret.data(), &size) == 1, "derive");
        auto const context = new_context();
        check(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, host_key_.get()) == 1, "verify");
        check(EVP_DigestVerify(context.get(), signature_.data(), signature_.size(), hash_.data(), hash_.size()) == 1,
              "verify");
    }

    void sign() {
        auto const context = new_context();
        std::array<unsigned char, 64> made;
        std::size_t size = made.size();
        check(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, host_key_.get()) == 1, "sign");
        check(EVP_DigestSign(context.get(), made.data(), &size, hash_.data(), hash_.size()) == 1, "sign");
        signature_ = made;
    }

  private:
    static std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> new_context() {
        return {EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    }

    static context_pointer new_generation() {
        context_pointer made(EVP_PKEY_CTX_new_from_name(nullptr, "X25519", nullptr), &EVP_PKEY_CTX_free);
        check(EVP_PKEY_keygen_init(made.get()) == 1, "X25519");
        return made;
    }

    context_pointer generation_ = new_generation();
    key_pointer peer_ = new_key("X25519");
    key_pointer host_key_ = new_key("ED25519");
    std::array<unsigned char, 32> hash_{};
    std::array<unsigned char, 64> signature_{};
    key_pointer own_{nullptr, &EVP_PKEY_free};
};

/// One end of a connection that keeps to the table.
class talk {
  public:
    explicit talk(int socket) : socket_(socket) {
        int const on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    ~talk() { ::close(socket_); }
    talk(talk const&) = delete;
    talk& operator=(talk const&) = delete;

    void say(std::size_t size) const {
        static std::array<char, 1024> const bytes{};
        if (size != 0 && ::send(socket_, bytes.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) fail("send");
    }

    /// True: `size` bytes are here since the last time that it was.
    bool hear(std::size_t size) {
        static std::array<char, 4096> bytes;
        while (heard_ < size) {
            auto const got = ::recv(socket_, bytes.data(), size - heard_, 0);
            if (got == 0) throw std::runtime_error("the other side has gone");
            if (got < 0 && errno == EAGAIN) return false;
            if (got < 0) fail("recv");
            heard_ += static_cast<std::size_t>(got);
        }
        heard_ = 0;
        return true;
    }

  private:
    int socket_;
    std::size_t heard_ = 0;
};

int new_socket() {
    int const made = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) fail("socket");
    return made;
}

sockaddr_in address(in_addr host, unsigned short port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr = host;
    made.sin_port = htons(port);
    return made;
}

/// A connection of either side in an epoll set, which owns it until it is over.
class party {
  public:
    virtual ~party() = default;
    /// True: it is over.
    virtual bool advance() = 0;
};

void watch(int poll, int socket, party* whose, std::uint32_t what) {
    epoll_event interest{what, {whose}};
    if (::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &interest) != 0) fail("epoll_ctl");
}

class client : public party {
  public:
    client(int poll, int socket, public_key_work& work) : talk_(socket), work_(work) {
        watch(poll, socket, this, EPOLLIN);
    }

    bool advance() override {
        while (talk_.hear(next_ == 0 ? greeting : exchanges[next_ - 1].server)) {
            if (next_ == key_exchange) work_.begin();
            if (next_ == key_exchange + 1) work_.finish();
            if (next_ == signature) work_.sign();
            talk_.say(exchanges[next_].client);
            if (next_++ == last) return true;
        }
        return false;
    }

  private:
    talk talk_;
    public_key_work& work_;
    std::size_t next_ = 0;
};

class server : public party {
  public:
    server(int poll, int socket) : talk_(socket) {
        talk_.say(greeting);
        watch(poll, socket, this, EPOLLIN);
    }

    bool advance() override {
        while (talk_.hear(exchanges[next_].client)) {
            talk_.say(exchanges[next_].server);
            if (next_++ == last) return true;
        }
        return false;
    }

  private:
    talk talk_;
    std::size_t next_ = 0;
};

/// Waits once and lets everybody go on; how many were over by it.
std::size_t turn(int poll) {
    std::array<epoll_event, 256> ready;
    int const count = ::epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), -1);
    std::size_t over = 0;
    for (int i = 0; i < count; ++i) {
        std::unique_ptr<party> whose(static_cast<party*>(ready[static_cast<std::size_t>(i)].data.ptr));
        if (whose->advance()) {
            ++over;
        } else {
            (void)whose.release();  // belongs to epoll until it is over
        }
    }
    return over;
}

class listener : public party {
  public:
    explicit listener(int poll) : poll_(poll), socket_(new_socket()) {
        auto own = address({htonl(INADDR_ANY)}, 0);
        socklen_t size = sizeof own;
        auto* const name = reinterpret_cast<sockaddr*>(&own);
        if (::bind(socket_, name, size) != 0 || ::listen(socket_, 4096) != 0) fail("listen");
        ::getsockname(socket_, name, &size);
        std::cout << "ready " << ntohs(own.sin_port) << std::endl;
        watch(poll, socket_, this, EPOLLIN);
    }
    ~listener() override { ::close(socket_); }

    bool advance() override {
        for (;;) {
            sockaddr_in other{};
            socklen_t size = sizeof other;
            int const made =
                ::accept4(socket_, reinterpret_cast<sockaddr*>(&other), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (made < 0) return false;
            if (ntohl(other.sin_addr.s_addr) >> 24 != 127) {
                ::close(made);  // nobody from outside
            } else {
                (void)new server(poll_, made);
            }
        }
    }

  private:
    int poll_;
    int socket_;
};

class end_of_input : public party {
  public:
    explicit end_of_input(int poll) { watch(poll, 0, this, EPOLLIN); }
    bool advance() override {
        std::array<char, 256> order;
        if (::read(0, order.data(), order.size()) > 0) return false;
        std::cout << "{}" << std::endl;
        ::_exit(0);
    }
};

void serve(int poll) {
    (void)new listener(poll);
    (void)new end_of_input(poll);
    for (;;) turn(poll);
}

int run(int poll, unsigned short port, std::size_t fanout) {
    std::vector<std::string> hosts;
    for (std::string line; std::getline(std::cin, line);) hosts.push_back(line);
    public_key_work work;
    work.sign();
    std::size_t done = 0;
    for (std::size_t begun = 0; done < hosts.size(); done += turn(poll)) {
        for (; begun < hosts.size() && (fanout == 0 || begun - done < fanout); ++begun) {
            in_addr host{};
            ::inet_pton(AF_INET, hosts[begun].c_str(), &host);
            auto const there = address(host, port);
            int const made = new_socket();
            if (::connect(made, reinterpret_cast<sockaddr const*>(&there), sizeof there) != 0 && errno != EINPROGRESS)
                fail("connect");
            (void)new client(poll, made, work);
        }
    }
    std::cout << done << " ok\n";
    return 0;
}

}  // namespace

int main(int count, char** words) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    int const poll = ::epoll_create1(EPOLL_CLOEXEC);
    if (count == 2 && std::string(words[1]) == "serve") serve(poll);
    if (count != 3) {
        std::cerr << "usage: bench_floor PORT FANOUT < ADDRESSES, or bench_floor serve\n";
        return 2;
    }
    return run(poll, static_cast<unsigned short>(std::stoi(words[1])), std::stoul(words[2]));
}
