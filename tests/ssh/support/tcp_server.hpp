// SPDX-License-Identifier: MIT
// TCP servers that misbehave, each on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <muster/endpoint.hpp>

namespace muster::test {

/// A connection, in the hands of a server's script. Every call blocks, and fails once the server is being destroyed.
class peer {
  public:
    explicit peer(int socket) : socket_(socket) {}

    /// False when the other side is gone.
    bool send(std::string_view bytes) const;
    /// At most `most` bytes; empty when the other side is gone.
    std::string receive(std::size_t most = 4096) const;
    /// Reads, and drops what comes, until the other side is gone.
    void receive_all() const;
    /// Passes on what this side and a server say to each other until one of them ends, or `change`, which may alter
    /// what the server says, answers false.
    void relay_to(endpoint const& server, std::function<bool(std::string&)> const& change) const;
    /// The close will be a reset (RST), after which the other side can't read any more.
    void reset_at_close() const;

  private:
    int socket_;
};

/// Listens on a port of 127.0.0.1; serves one connection after the other, each of which is closed after its script.
class tcp_server {
  public:
    using script = std::function<void(peer const&)>;

    explicit tcp_server(script serve);
    ~tcp_server();
    tcp_server(tcp_server const&) = delete;
    tcp_server& operator=(tcp_server const&) = delete;

    std::uint16_t port() const noexcept { return port_; }

  private:
    void accept_all();

    script serve_;
    int listener_;
    std::uint16_t port_;
    std::mutex lock_;
    int current_ = -1;
    bool closing_ = false;
    std::thread thread_;
};

/// A listening socket that nobody accepts from, whose queue of connections is full: further ones get no answer.
class full_queue {
  public:
    full_queue();
    ~full_queue();
    full_queue(full_queue const&) = delete;
    full_queue& operator=(full_queue const&) = delete;

    std::uint16_t port() const noexcept { return port_; }

  private:
    int listener_;
    std::uint16_t port_;
    int fillers_[4];
};

/// A port of 127.0.0.1 on which nobody listens while this object lives.
class closed_port {
  public:
    closed_port();
    ~closed_port();
    closed_port(closed_port const&) = delete;
    closed_port& operator=(closed_port const&) = delete;

    std::uint16_t port() const noexcept { return port_; }

  private:
    int socket_;
    std::uint16_t port_;
};

/// `like` with another label and port on 127.0.0.1.
endpoint at_port(endpoint like, std::string label, std::uint16_t port);

}  // namespace muster::test
