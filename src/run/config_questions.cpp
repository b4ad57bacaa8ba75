// SPDX-License-Identifier: MIT
// Commands on a loop of their own, names on threads.
#include "run/config_questions.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include <muster/coro/nursery.hpp>
#include <muster/coro/runner.hpp>
#include <muster/coro/semaphore.hpp>

#include "process/run.hpp"

namespace muster {
namespace {

using ssh_config::exec_result;
using ssh_config::name_answer;
using ssh_config::name_query;

constexpr std::size_t most_at_once = 16;

process::command shell_command(std::string const& text) {
    char const* shell = std::getenv("SHELL");
    if (shell == nullptr || *shell != '/') return process::command::shell(text);
    return process::command({shell, "-c", text});
}

exec_result result_of(process::run_result const& ended, std::chrono::nanoseconds limit) {
    if (ended.timed_out)
        return {0, fmt::format("did not end within {} s", std::chrono::duration<double>(limit).count())};
    if (ended.end.status) return {static_cast<int>(*ended.end.status), {}};
    return {0, ended.end.signal.empty() ? "has no exit status" : "ended by SIG" + ended.end.signal};
}

asio::awaitable<void> run_command(std::string const& text, std::chrono::nanoseconds limit, exec_result& result,
                                  coro::semaphore& places) {
    auto const place = co_await places.acquire();
    process::run_limits limits(limit);
    limits.output = 0;
    try {
        auto const ended = co_await process::run(shell_command(text), {}, limits);
        result = result_of(ended, limit);
    } catch (std::system_error const& error) {
        result.error = error.code().message();
    }
}

name_answer resolve(name_query const& query) {
    addrinfo hints{};
    hints.ai_family = query.family == address_family::ipv4   ? AF_INET
                      : query.family == address_family::ipv6 ? AF_INET6
                                                             : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_CANONNAME;
    addrinfo* first = nullptr;
    if (::getaddrinfo(query.name.c_str(), nullptr, &hints, &first) != 0) return {};
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const found(first, ::freeaddrinfo);
    return {true, found->ai_canonname == nullptr ? "" : found->ai_canonname};
}

std::string numeric_address(ifaddrs const& interface) {
    if (interface.ifa_addr == nullptr || (interface.ifa_flags & IFF_UP) == 0) return {};
    auto const family = interface.ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) return {};
    auto const size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    char text[NI_MAXHOST];
    auto const failed =
        ::getnameinfo(interface.ifa_addr, static_cast<socklen_t>(size), text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    return failed != 0 ? std::string() : std::string(text);
}

}  // namespace

asio::awaitable<std::vector<exec_result>> run_match_commands(std::vector<std::string> const& commands,
                                                             std::chrono::nanoseconds limit) {
    std::vector<exec_result> results(commands.size());
    coro::semaphore places(most_at_once);
    auto body = [&](coro::nursery& tasks) -> asio::awaitable<void> {
        for (std::size_t i = 0; i < commands.size(); ++i)
            tasks.start(run_command(commands[i], limit, results[i], places));
        co_return;
    };
    co_await coro::open_nursery(body);
    co_return results;
}

std::vector<name_answer> resolve_names(std::vector<name_query> const& queries) {
    std::vector<name_answer> answers(queries.size());
    std::atomic<std::size_t> next{0};
    auto const work = [&] {
        for (auto i = next++; i < queries.size(); i = next++) answers[i] = resolve(queries[i]);
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(queries.size(), most_at_once); ++i) threads.emplace_back(work);
    work();
    threads.clear();
    return answers;
}

std::vector<std::string> local_addresses() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return {};
    std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> const all(first, ::freeifaddrs);
    std::vector<std::string> out;
    for (auto const* ifaddrs = first; ifaddrs != nullptr; ifaddrs = ifaddrs->ifa_next)
        if (auto text = numeric_address(*ifaddrs); !text.empty()) out.push_back(std::move(text));
    return out;
}

ssh_config::local_machine this_machine() {
    return {[](std::vector<std::string> const& commands) { return coro::run(run_match_commands(commands)); },
            resolve_names, local_addresses};
}

}  // namespace muster
