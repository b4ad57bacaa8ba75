// SPDX-License-Identifier: MIT
// The agent: OpenSSH's own, and one that hangs, refuses, lies or goes away.
#include "ssh/login/agent.hpp"

#include "ssh/keys/private_key.hpp"
#include "ssh/login/agent_protocol.hpp"
#include "support/coro.hpp"
#include "support/sandbox.hpp"

#include <muster/coro/nursery.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/time.hpp>

#include <asio/buffer.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

using namespace muster::ssh;
using namespace std::chrono_literals;
using asio::local::stream_protocol;
using Catch::Matchers::ContainsSubstring;
using muster::test::background_program;
using muster::test::run_program;
using muster::test::sandbox;
namespace coro = muster::coro;

namespace {

bytes framed(bytes const& message) {
    return wire_writer().string(message).take();
}

bytes data(std::size_t size = 3) {
    return bytes(size, 'd');
}

bytes some_key(char mark) {
    return wire_writer().string("ssh-ed25519").string(std::string(32, mark)).take();
}

bytes list_answer() {
    return framed(
        wire_writer().u8(12).u32(2).string(some_key('a')).string("first").string(some_key('b')).string("").take());
}

bytes signature_answer(std::string_view algorithm, std::string_view signature) {
    auto const inner = wire_writer().string(algorithm).string(signature).take();
    return framed(wire_writer().u8(14).string(inner).take());
}

bytes refusal() {
    return framed({5});
}

/// Answers one request after the other, on whatever connection, with what it was given; at the end it hangs. Nothing in
/// place of an answer closes the connection. A request to bind the connection has an answer of its own.
class fake_agent {
  public:
    fake_agent(asio::io_context& on, std::string const& path, std::vector<std::optional<bytes>> answers)
        : acceptor_(on, stream_protocol::endpoint(path)), answers_(std::move(answers)) {}

    coro::awaitable<void> serve() {
        co_await coro::open_nursery([this](coro::nursery& lanes) -> coro::awaitable<void> {
            for (;;) {
                auto connection = co_await acceptor_.async_accept(asio::use_awaitable);
                ++connections;
                lanes.start(answer_all(std::move(connection)), coro::daemon);
            }
        });
    }

    /// The request that has waited longest.
    coro::awaitable<void> answer_late(bytes answer) {
        REQUIRE_FALSE(unanswered_.empty());
        auto* const connection = unanswered_.front();
        unanswered_.erase(unanswered_.begin());
        co_await asio::async_write(*connection, asio::buffer(answer), asio::use_awaitable);
    }

    unsigned connections = 0;
    unsigned open = 0;
    unsigned most_open = 0;
    std::vector<bytes> requests;
    std::vector<bytes> binds;
    bytes bind_answer = {6};

  private:
    coro::awaitable<void> answer_all(stream_protocol::socket connection) {
        most_open = std::max(most_open, ++open);
        co_await answer_each(connection);
        --open;
    }

    coro::awaitable<void> answer_each(stream_protocol::socket& connection) {
        for (;;) {
            auto request = co_await next_request(connection);
            if (!request) co_return;
            if (request->front() == 27) {
                binds.push_back(std::move(*request));
                co_await asio::async_write(connection, asio::buffer(framed(bind_answer)), asio::use_awaitable);
                continue;
            }
            requests.push_back(std::move(*request));
            auto const index = requests.size() - 1;
            if (index >= answers_.size()) {
                unanswered_.push_back(&connection);
                continue;
            }
            if (!answers_[index]) co_return;
            co_await asio::async_write(connection, asio::buffer(*answers_[index]), asio::use_awaitable);
        }
    }

    static coro::awaitable<std::optional<bytes>> next_request(stream_protocol::socket& connection) {
        std::array<unsigned char, 4> length{};
        asio::error_code error;
        co_await asio::async_read(connection, asio::buffer(length), asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return std::nullopt;
        bytes request(wire_reader(length).u32());
        co_await asio::async_read(connection, asio::buffer(request), asio::use_awaitable);
        co_return request;
    }

    stream_protocol::acceptor acceptor_;
    std::vector<std::optional<bytes>> answers_;
    std::vector<stream_protocol::socket*> unanswered_;
};

/// A virtual loop with a fake agent, and a client of it whose connect clock has one second.
struct stage {
    explicit stage(std::vector<std::optional<bytes>> answers)
        : fake(loop.context(), box.file("agent"), std::move(answers)),
          client(loop.executor(), box.file("agent"), {},
                 {[this] { ++unbound; }, [this](std::string const& host) { slow.push_back(host); }}),
          clock(loop.executor(), 1s) {}

    void play(std::function<coro::awaitable<void>()> act) {
        auto const scene = [&]() -> coro::awaitable<void> {
            co_await coro::open_nursery([&](coro::nursery& actors) -> coro::awaitable<void> {
                actors.start(fake.serve(), coro::daemon);
                co_await act();
                actors.cancel();
            });
        };
        loop.run(scene());
    }

    coro::awaitable<std::optional<agent_fault>> fault_of_sign(std::string algorithm = "ssh-ed25519") {
        try {
            signature_request wanted{some_key('a'), data(), algorithm, {}, "web1"};
            co_await client.sign(std::move(wanted), clock);
        } catch (agent_error const& error) {
            what = error.what();
            co_return error.fault();
        }
        co_return std::nullopt;
    }

    sandbox box;
    support::virtual_loop loop;
    fake_agent fake;
    agent client;
    coro::deadline clock;
    unsigned unbound = 0;
    std::vector<std::string> slow;
    std::string what;
};

bool is_ready(std::string const& socket) {
    return run_program({"env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-l"}).status != 2;
}

void wait_until_ready(std::string const& socket) {
    auto const give_up = std::chrono::steady_clock::now() + 20s;
    while (!is_ready(socket)) REQUIRE(std::chrono::steady_clock::now() < give_up);
}

coro::awaitable<void> sign_with_all(agent& client, coro::deadline& clock, std::vector<private_key> const& keys) {
    auto const held = co_await client.identities(clock);
    REQUIRE(held.size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        CHECK(std::ranges::equal(held[i].blob, keys[i].public_blob()));
        CHECK(held[i].comment == "a comment");
        for (auto const algorithm : keys[i].algorithms()) {
            signature_request wanted{held[i].blob, data(), std::string(algorithm), {}};
            auto const signature = co_await client.sign(std::move(wanted), clock);
            bool const is_random = algorithm.starts_with("ecdsa");
            if (!is_random) CHECK(signature == keys[i].sign(data(), algorithm));
            if (is_random) CHECK(wire_reader(signature).mpint().size() <= 66);
        }
    }
}

}  // namespace

TEST_CASE("OpenSSH's agent lists its keys and signs with each") {
    sandbox const box;
    auto const socket = box.file("agent");
    background_program const running({"ssh-agent", "-D", "-a", socket});
    wait_until_ready(socket);
    std::vector<private_key> keys;
    for (auto const* type : {"ed25519", "ecdsa", "rsa"}) {
        auto const path = box.key(type, {"-t", type});
        REQUIRE(run_program({"env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", path}).status == 0);
        keys.push_back(private_key::read(path));
    }
    coro::runner runner;
    agent client(runner.context().get_executor(), socket);
    coro::deadline clock(runner.context().get_executor(), 10s);
    runner.run(sign_with_all(client, clock, keys));
    CHECK(client.error_message().empty());

    REQUIRE(run_program({"env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", "-D"}).status == 0);
    auto const refused = [&]() -> coro::awaitable<void> {
        auto const listed = co_await client.identities(clock);
        CHECK(listed.size() == keys.size());  // as in the beginning of the run
        signature_request wanted{listed[0].blob, data(), "ssh-ed25519", {}};
        co_await client.sign(std::move(wanted), clock);
    };
    try {
        runner.run(refused());
        FAIL("a key that is gone has signed");
    } catch (agent_error const& error) {
        CHECK(error.fault() == agent_fault::refused);
    }
}

TEST_CASE("no agent is an empty list, and the reason is told") {
    sandbox const box;
    auto const stale = box.file("stale");
    {
        asio::io_context context;
        stream_protocol::acceptor const listening(context, stream_protocol::endpoint(stale));
    }
    std::vector<std::string> const paths{"", stale, box.file("absent"), std::string(300, 'x'), box.write("plain", "")};
    auto const& path = paths[GENERATE(range(0u, 5u))];
    INFO(path);
    support::virtual_loop loop;
    agent client(loop.executor(), path);
    coro::deadline clock(loop.executor(), 1s);
    CHECK(loop.run(client.identities(clock)).empty());
    CHECK_THAT(client.error_message(), ContainsSubstring("no ssh-agent"));
    signature_request wanted{data(), data(), "ssh-ed25519", {}};
    CHECK_THROWS_AS(loop.run(client.sign(std::move(wanted), clock)), agent_error);
}

TEST_CASE("the keys are asked for once, also by hosts that come at the same time") {
    stage on({list_answer()});
    on.play([&]() -> coro::awaitable<void> {
        unsigned answered = 0;
        auto const host = [&]() -> coro::awaitable<void> {
            auto const keys = co_await on.client.identities(on.clock);
            CHECK(keys.size() == 2);
            CHECK(keys[0].comment == "first");
            ++answered;
        };
        co_await coro::open_nursery([&](coro::nursery& hosts) -> coro::awaitable<void> {
            for (int i = 0; i < 50; ++i) hosts.start(host());
            co_return;
        });
        CHECK(answered == 50);
    });
    CHECK(on.fake.requests == std::vector<bytes>{{11}});
    CHECK(on.fake.connections == 1);
}

TEST_CASE("the keys are asked for again after a while, and other ones are told") {
    auto const other = framed(wire_writer().u8(12).u32(1).string(some_key('c')).string("new").take());
    stage on({list_answer(), list_answer(), other});
    on.play([&]() -> coro::awaitable<void> {
        auto keys = co_await on.client.identities(on.clock);
        CHECK(keys.size() == 2);
        auto changed = co_await on.client.list_again(on.clock);
        CHECK_FALSE(changed);
        CHECK(on.fake.requests.size() == 1);
        co_await coro::sleep_for(2s);
        changed = co_await on.client.list_again(on.clock);
        CHECK_FALSE(changed);
        CHECK(on.fake.requests.size() == 2);
        co_await coro::sleep_for(2s);
        changed = co_await on.client.list_again(on.clock);
        CHECK(changed);
        keys = co_await on.client.identities(on.clock);
        CHECK(keys.size() == 1);
    });
}

TEST_CASE("each signature has a connection that is bound first, and eight are open at most") {
    stage on(std::vector<std::optional<bytes>>(20, signature_answer("ssh-ed25519", "signed")));
    on.play([&]() -> coro::awaitable<void> {
        auto const host = [&](unsigned char number) -> coro::awaitable<void> {
            signature_request wanted{some_key('a'), data(number), "ssh-ed25519", bytes{27, number}};
            auto const signature = co_await on.client.sign(std::move(wanted), on.clock);
            CHECK(text_of(signature) == "signed");
        };
        co_await coro::open_nursery([&](coro::nursery& hosts) -> coro::awaitable<void> {
            for (unsigned char i = 0; i < 20; ++i) hosts.start(host(i));
            co_return;
        });
    });
    CHECK(on.fake.connections == 20);
    CHECK(on.fake.most_open <= agent::most_connections);
    CHECK(on.fake.binds.size() == 20);
    CHECK(on.fake.requests.size() == 20);
    CHECK(on.unbound == 0);
}

TEST_CASE("an agent that does not know how to bind a connection signs all the same, and that is told") {
    auto const answer = GENERATE(values<bytes>({{5}, {28}, {6, 0}}));
    stage on({signature_answer("ssh-ed25519", "signed")});
    on.fake.bind_answer = answer;
    on.play([&]() -> coro::awaitable<void> {
        signature_request wanted{some_key('a'), data(), "ssh-ed25519", {27}};
        auto const signature = co_await on.client.sign(std::move(wanted), on.clock);
        CHECK(text_of(signature) == "signed");
    });
    CHECK(on.unbound == 1);
    CHECK(on.client.error_message().empty());
}

TEST_CASE("a user who confirms one signature after the other has the whole limit for each") {
    stage on({});
    on.play([&]() -> coro::awaitable<void> {
        unsigned signed_ones = 0;
        auto const host = [&]() -> coro::awaitable<void> {
            auto const error = co_await on.fault_of_sign();
            if (!error) ++signed_ones;
        };
        auto const user = [&]() -> coro::awaitable<void> {
            for (unsigned i = 0; i < agent::most_connections; ++i) {
                co_await coro::sleep_for(40s);
                co_await on.fake.answer_late(signature_answer("ssh-ed25519", "signed"));
            }
        };
        co_await coro::open_nursery([&](coro::nursery& all) -> coro::awaitable<void> {
            for (unsigned i = 0; i < agent::most_connections; ++i) all.start(host());
            all.start(user());
            co_return;
        });
        CHECK(signed_ones == agent::most_connections);
    });
}

TEST_CASE("a signature that takes long is told of, with the host that it is for") {
    stage on({signature_answer("ssh-ed25519", "signed")});
    on.play([&]() -> coro::awaitable<void> {
        auto const at_once = co_await on.fault_of_sign();
        CHECK_FALSE(at_once);
        CHECK(on.slow.empty());
        auto const user = [&]() -> coro::awaitable<void> {
            co_await coro::sleep_for(2 * agent_limits().quiet);
            CHECK(on.slow == std::vector<std::string>{"web1"});
            co_await on.fake.answer_late(signature_answer("ssh-ed25519", "signed"));
        };
        co_await coro::open_nursery([&](coro::nursery& all) -> coro::awaitable<void> {
            all.start(user());
            auto const late = co_await on.fault_of_sign();
            CHECK_FALSE(late);
        });
    });
    CHECK(on.slow.size() == 1);
}

TEST_CASE("the hash of an RSA signature is asked for, and no other one taken") {
    stage on({signature_answer("rsa-sha2-512", "a"), signature_answer("rsa-sha2-256", "b"),
              signature_answer("ssh-rsa", "c")});
    on.play([&]() -> coro::awaitable<void> {
        auto const first = co_await on.fault_of_sign("rsa-sha2-512");
        CHECK_FALSE(first);
        auto const second = co_await on.fault_of_sign("rsa-sha2-256-cert-v01@openssh.com");
        CHECK_FALSE(second);
        auto const third = co_await on.fault_of_sign("rsa-sha2-512");
        CHECK(third == agent_fault::refused);
    });
    CHECK(on.fake.requests[0].back() == 4);
    CHECK(on.fake.requests[1].back() == 2);
}

TEST_CASE("a security key's signature keeps its length, flags and counter") {
    auto const inner = wire_writer().string("sk-ssh-ed25519@openssh.com").string("signature").u8(1).u32(7).take();
    stage on({framed(wire_writer().u8(14).string(inner).take())});
    on.play([&]() -> coro::awaitable<void> {
        signature_request wanted{some_key('a'), data(), "sk-ssh-ed25519@openssh.com", {}};
        auto const signature = co_await on.client.sign(std::move(wanted), on.clock);
        CHECK(signature == wire_writer().string("signature").u8(1).u32(7).take());
    });
}

TEST_CASE("a refusal concerns one signature only") {
    stage on({refusal(), signature_answer("ssh-ed25519", "signed")});
    on.play([&]() -> coro::awaitable<void> {
        auto const first = co_await on.fault_of_sign();
        CHECK(first == agent_fault::refused);
        auto const second = co_await on.fault_of_sign();
        CHECK_FALSE(second);
    });
    CHECK(on.client.error_message().empty());
}

TEST_CASE("an agent that hangs is given up once for the run, and the connect clock stands meanwhile") {
    stage on({});
    on.play([&]() -> coro::awaitable<void> {
        auto const keys = co_await coro::with_deadline(on.clock, on.client.identities(on.clock));
        CHECK(keys.empty());
        CHECK(on.loop.elapsed() == agent_limits().list);
        CHECK(on.clock.remaining() == 1s);
        auto const error = co_await on.fault_of_sign();
        CHECK(error == agent_fault::unusable);
        CHECK(on.loop.elapsed() == agent_limits().list);
    });
    CHECK_THAT(on.client.error_message(), ContainsSubstring("does not answer"));
}

TEST_CASE("those who wait behind a hanging signature go on together") {
    stage on({});
    on.play([&]() -> coro::awaitable<void> {
        unsigned unusable = 0;
        auto const host = [&]() -> coro::awaitable<void> {
            auto const error = co_await on.fault_of_sign();
            if (error == agent_fault::unusable) ++unusable;
        };
        co_await coro::open_nursery([&](coro::nursery& hosts) -> coro::awaitable<void> {
            for (int i = 0; i < 100; ++i) hosts.start(host());
            co_return;
        });
        CHECK(unusable == 100);
        CHECK(on.loop.elapsed() == agent_limits().signature);
    });
    CHECK(on.fake.requests.size() == agent::most_connections);
}

TEST_CASE("a cancelled request leaves nothing behind for the next one") {
    bool const half_answered = GENERATE(false, true);
    auto half = signature_answer("ssh-ed25519", "of the first");
    half.resize(half_answered ? 10 : 0);
    stage on({half, signature_answer("ssh-ed25519", "of the second")});
    on.play([&]() -> coro::awaitable<void> {
        bool timed_out = false;
        try {
            signature_request first{some_key('a'), data(), "ssh-ed25519", {}};
            auto signing = on.client.sign(std::move(first), on.clock);
            co_await coro::with_timeout(1s, std::move(signing));
        } catch (coro::timed_out const&) {
            timed_out = true;
        }
        CHECK(timed_out);
        CHECK_FALSE(on.clock.paused());
        signature_request second{some_key('b'), data(), "ssh-ed25519", {}};
        auto const signature = co_await on.client.sign(std::move(second), on.clock);
        CHECK(text_of(signature) == "of the second");
    });
    CHECK(on.fake.connections == 2);
}

TEST_CASE("a cancelled wait for the list leaves it to the next host") {
    stage on({bytes{}, list_answer()});
    on.play([&]() -> coro::awaitable<void> {
        bool timed_out = false;
        try {
            co_await coro::with_timeout(1s, on.client.identities(on.clock));
        } catch (coro::timed_out const&) {
            timed_out = true;
        }
        CHECK(timed_out);
        auto const keys = co_await on.client.identities(on.clock);
        CHECK(keys.size() == 2);
    });
}

TEST_CASE("an agent that closes without an answer is given up") {
    stage on({list_answer(), signature_answer("ssh-ed25519", "signed"), std::nullopt});
    on.play([&]() -> coro::awaitable<void> {
        auto const keys = co_await on.client.identities(on.clock);
        CHECK(keys.size() == 2);
        auto const first = co_await on.fault_of_sign();
        CHECK_FALSE(first);
        auto const second = co_await on.fault_of_sign();
        CHECK(second == agent_fault::unusable);
    });
    CHECK(on.fake.connections == 3);
}

TEST_CASE("an answer that makes no sense ends the use of the agent") {
    auto const answer = GENERATE(values<bytes>({
        {0, 0, 0, 0},
        {0xff, 0xff, 0xff, 0xff},
        {0, 4, 0, 1},
        framed({99}),
        framed({12}),
        framed({14}),
        framed({14, 0xff, 0xff, 0xff, 0xff}),
        framed({14, 0, 0, 0, 0}),
        framed(wire_writer().u8(12).u32(0xffffffffu).take()),
        framed(wire_writer().u8(14).string(wire_writer().string("ssh-ed25519").take()).take()),
        framed(wire_writer().u8(14).string(wire_writer().string("ssh-ed25519").string("").take()).take()),
        framed(wire_writer().u8(14).string(wire_writer().string("ssh-ed25519").string("x").u8(1).take()).take()),
    }));
    bool const list = GENERATE(true, false);
    stage on({answer});
    on.play([&]() -> coro::awaitable<void> {
        if (list) {
            auto const keys = co_await on.client.identities(on.clock);
            CHECK(keys.empty());
        }
        auto const error = co_await on.fault_of_sign();
        CHECK(error == agent_fault::unusable);
    });
    CHECK_THAT(on.client.error_message(), ContainsSubstring("the answer of ssh-agent"));
    CHECK(on.loop.elapsed() == 0s);
}
