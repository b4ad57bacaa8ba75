// SPDX-License-Identifier: MIT
// A stream that waits for more acknowledges what has come.
#include "ssh/net/socket_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

using asio::ip::tcp;

namespace {

/// A connection over loopback, with the acknowledgements of our side put off.
struct connected {
    connected() {
        tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
        tcp::socket ours(loop);
        ours.connect(acceptor.local_endpoint());
        peer = acceptor.accept();
        descriptor = ours.native_handle();
        int const no = 0;
        REQUIRE(::setsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &no, sizeof no) == 0);
        stream = std::make_unique<muster::ssh::socket_stream>(std::move(ours));
    }

    void receive(std::string const& sent) {
        asio::write(peer, asio::buffer(sent));
        std::array<char, 100'000> room{};
        for (std::size_t got = 0; got < sent.size();) {
            auto const more = stream->receive(room.data(), room.size());
            if (more > 0) got += static_cast<std::size_t>(more);
        }
    }

    bool acknowledges_at_once() const {
        int on = 0;
        socklen_t size = sizeof on;
        REQUIRE(::getsockopt(descriptor, IPPROTO_TCP, TCP_QUICKACK, &on, &size) == 0);
        return on != 0;
    }

    /// Until there is something to read.
    bool acknowledges_while_it_waits() {
        asio::co_spawn(loop, stream->readable(), asio::detached);
        loop.poll();
        bool const answer = acknowledges_at_once();
        asio::write(peer, asio::buffer(std::string("x")));
        loop.restart();
        loop.run();
        return answer;
    }

    asio::io_context loop;
    tcp::socket peer{loop};
    int descriptor = -1;
    std::unique_ptr<muster::ssh::socket_stream> stream;
};

}  // namespace

TEST_CASE("what has come is acknowledged before more is waited for") {
    connected one;
    one.receive("little");
    CHECK_FALSE(one.acknowledges_at_once());
    CHECK(one.acknowledges_while_it_waits());
}

TEST_CASE("what was answered needs no acknowledgement of its own") {
    connected one;
    one.receive("little");
    CHECK(one.stream->send("answer", 6) == 6);
    CHECK_FALSE(one.acknowledges_while_it_waits());
}
