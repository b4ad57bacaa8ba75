// SPDX-License-Identifier: MIT
// A web server on loopback whose requests run a command on hosts, all over one SSH client: web_server COMMAND. It
// prints its port. "GET /HOSTS" answers with a line a host, "GET /" ends it.
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <muster/async_run.hpp>
#include <muster/coro/coro.hpp>
#include <muster/run.hpp>
#include <muster/ssh.hpp>

namespace {

namespace coro = muster::coro;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// What all requests share.
struct service {
    muster::ssh_client& ssh;
    muster::job job;
    muster::options options = {};
    coro::event over = {};
};

asio::awaitable<std::string> answer_for(service& service, std::string hosts) {
    auto const endpoints = muster::resolve(muster::parse_hosts(hosts));
    muster::null_sink sink;
    auto const results = co_await muster::async_run(endpoints, service.job, service.options, sink, service.ssh);
    std::string text;
    for (auto const& result : results.hosts)
        text += result.host + " " + std::string(to_string(result.state)) + ": " + result.out;
    co_return text;
}

/// "GET /web1 HTTP/1.1" to "web1".
std::string path_of(std::string const& request) {
    auto const begin = request.find('/');
    auto const end = request.find(' ', begin);
    if (!request.starts_with("GET /") || end == std::string::npos) return {};
    return request.substr(begin + 1, end - begin - 1);
}

asio::awaitable<std::string> response_to(service& service, std::string hosts) {
    std::string const end_of_head = "\r\nConnection: close\r\n\r\n";
    if (hosts.empty()) co_return "HTTP/1.1 200 OK" + end_of_head + "bye\n";
    std::string message;
    try {
        auto const text = co_await answer_for(service, hosts);
        co_return "HTTP/1.1 200 OK" + end_of_head + text;
    } catch (asio::system_error const&) {
        throw;  // the server ends
    } catch (std::runtime_error const& error) {
        message = error.what();
    }
    co_return "HTTP/1.1 400 Bad Request" + end_of_head + message + "\n";
}

asio::awaitable<void> talk(service& service, tcp::socket client) {
    try {
        std::string request;
        auto reading =
            asio::async_read_until(client, asio::dynamic_buffer(request, 8192), "\r\n\r\n", asio::use_awaitable);
        co_await coro::with_timeout(10s, std::move(reading));
        auto const hosts = path_of(request);
        auto const response = co_await response_to(service, hosts);
        co_await asio::async_write(client, asio::buffer(response), asio::use_awaitable);
        if (hosts.empty()) service.over.set();
    } catch (asio::system_error const& error) {
        if (coro::is_cancellation(error)) throw;  // a browser that has left is no matter
    } catch (coro::timed_out const&) {
        client.close();
    }
}

asio::awaitable<void> accept(service& service, tcp::acceptor& door) {
    auto body = [&](coro::nursery& clients) -> asio::awaitable<void> {
        for (;;) {
            auto client = co_await door.async_accept(asio::use_awaitable);
            clients.start(talk(service, std::move(client)));
        }
    };
    co_await coro::open_nursery(body);
}

asio::awaitable<void> serve(service& service) {
    auto const loop = co_await asio::this_coro::executor;
    tcp::acceptor door(loop, {asio::ip::address_v4::loopback(), 0});
    std::cout << door.local_endpoint().port() << std::endl;
    auto accepting = accept(service, door);
    auto over = service.over.wait();
    co_await coro::run_as_daemon(std::move(accepting), std::move(over));
}

asio::awaitable<void> run_server(std::string command) {
    muster::ssh_limits const limits{.connecting = 8, .connections = 100};
    auto const loop = co_await asio::this_coro::executor;
    muster::ssh_client ssh(loop, {}, limits);
    service service{ssh, muster::job{command}};
    auto serving = serve(service);
    co_await ssh.hold(std::move(serving));
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) return 2;
    coro::run(run_server, words[1]);
}
