// SPDX-License-Identifier: MIT
// The pump over a byte stream that is a string.
#include "ssh/connection/pump.hpp"

#include <libssh2.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <muster/coro/runner.hpp>

namespace {

using namespace muster;

/// What the peer sends is known from the start; what it gets is kept.
class string_stream final : public ssh::byte_stream {
  public:
    string_stream(std::string from_peer, std::string& to_peer, std::size_t piece)
        : from_peer_(std::move(from_peer)), to_peer_(to_peer), piece_(piece) {}

    ssize_t send(void const* bytes, std::size_t size) override {
        to_peer_.append(static_cast<char const*>(bytes), size);
        return static_cast<ssize_t>(size);
    }
    ssize_t receive(void* bytes, std::size_t size) override {
        auto const count = std::min({size, piece_, from_peer_.size() - position_});
        std::memcpy(bytes, from_peer_.data() + position_, count);
        position_ += count;
        return static_cast<ssize_t>(count);
    }
    asio::awaitable<void> readable() override { co_return; }
    asio::awaitable<void> writable() override { co_return; }
    void interrupt() override {}

  private:
    std::string from_peer_;
    std::string& to_peer_;
    std::size_t piece_;
    std::size_t position_ = 0;
};

struct ended {
    long code;
    bool greeted;
    std::string error_message;
    std::string sent;
};

ended shake_hands(std::string from_peer, std::size_t piece) {
    ended end;
    ssh::pump connection(std::make_unique<string_stream>(std::move(from_peer), end.sent, piece));
    auto const all = [&]() -> asio::awaitable<void> {
        end.code = co_await connection.drive([&] { return libssh2_session_handshake(connection.session(), 0); });
    };
    coro::run(all());
    end.greeted = connection.greeted();
    end.error_message = connection.error_message();
    return end;
}

}  // namespace

TEST_CASE("the pump: our identification string goes out first, and the end of the stream is told") {
    for (std::size_t const piece : {std::size_t{1}, std::size_t{100'000}}) {
        auto const end = shake_hands("SSH-2.0-string\r\n", piece);
        CHECK(end.code < 0);
        CHECK(end.greeted);
        CHECK(end.sent.starts_with("SSH-2.0-"));
        CHECK(end.error_message == "the server closed the connection");
    }
}

TEST_CASE("the pump: an endless greeting is cut, in whatever pieces it comes") {
    for (std::size_t const piece : {std::size_t{1000}, std::size_t{100'000}}) {
        auto const end = shake_hands(std::string(200'000, 'x'), piece);
        CHECK(end.code < 0);
        CHECK_FALSE(end.greeted);
        CHECK(end.error_message.find("no SSH- line in the first 64 KiB") != std::string::npos);
    }
}

TEST_CASE("the pump: a packet that can't be one ends the connection") {
    auto const end = shake_hands("SSH-2.0-string\r\n" + std::string(64, '\xff'), 7);
    CHECK(end.code < 0);
    CHECK(end.greeted);
    CHECK_FALSE(end.error_message.empty());
}
