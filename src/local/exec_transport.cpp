// SPDX-License-Identifier: MIT
// Connects to nothing, and starts each step as a command of this machine.
#include "local/exec_transport.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <asio/this_coro.hpp>

#include "local/exec_command.hpp"

namespace muster::local {

namespace {

constexpr std::string_view mark = "{host}";

/// Linux takes arguments of 128 KiB with the zero behind them (MAX_ARG_STRLEN, execve(2)).
constexpr std::size_t longest_command = 128 * 1024 - 1;

/// Bytes of what with_host() makes, without making it.
std::size_t size_with_host(std::string_view command, std::size_t host) {
    std::size_t size = command.size();
    for (auto at = command.find(mark); at != std::string_view::npos; at = command.find(mark, at + mark.size()))
        size = size - mark.size() + host;
    return size;
}

std::string with_host(std::string_view command, std::string_view host) {
    std::string text;
    for (;;) {
        auto const position = command.find(mark);
        text += command.substr(0, position);
        if (position == std::string_view::npos) return text;
        text += host;
        command.remove_prefix(position + mark.size());
    }
}

/// Our own variables, then those of the step, then MUSTER_HOST.
std::vector<std::string> variables_of(std::string const& host, step const& step) {
    constexpr std::string_view name = "MUSTER_HOST=";
    std::vector<std::string> all;
    for (char** character = ::environ; character != nullptr && *character != nullptr; ++character)
        if (!std::string_view(*character).starts_with(name)) all.emplace_back(*character);
    for (auto const& [variable, value] : step.environment) all.emplace_back(variable).append("=").append(value);
    all.push_back(std::string(name) + host);
    return all;
}

process::command shell_of(std::string const& host, step const& step) {
    auto shell = process::command::shell(with_host(step.command, host));
    shell.environment = variables_of(host, step);
    return shell;
}

/// Stands for a host; nothing is connected.
class exec_connection final : public connection {
  public:
    exec_connection(std::string host, shared_state shared) : host_(std::move(host)), shared_(shared) {}

    asio::awaitable<std::unique_ptr<command>> start(step const& step, std::function<void()> const& sending) override {
        auto const loop = co_await asio::this_coro::executor;
        reserved_.release();
        auto made = prepared(loop);
        sending();
        try {
            made->start(shell_of(host_, step), step.input);
        } catch (std::system_error const& error) {
            throw transport_error(final_state::refused, stage::local, explained(error));
        }
        co_return made;
    }

    asio::awaitable<void> close() override { co_return; }

  private:
    std::unique_ptr<exec_command> prepared(asio::any_io_executor const& loop) const {
        try {
            return std::make_unique<exec_command>(loop, shared_);
        } catch (std::system_error const& error) {
            throw transport_error(final_state::unreachable, stage::local, explained(error));
        }
    }

    std::string host_;
    shared_state shared_;
    reserved_descriptors reserved_;
};

}  // namespace

void require_possible(job const& job, std::vector<endpoint> const& hosts) {
    std::size_t longest_name = 0;
    for (auto const& host : hosts) longest_name = std::max(longest_name, host.name.size());
    for (auto const& each : job.steps) {
        auto const* const command = std::get_if<step>(&each);
        if (command == nullptr || command->command_for) continue;
        auto const size = size_with_host(command->command, longest_name);
        if (size <= longest_command) continue;
        throw request_error(
            fmt::format("the command is too long: {} bytes, and the system takes {} (one argument of execve(2)); give "
                        "a long script to a shell as its input: --input FILE and the command sh",
                        size, longest_command));
    }
}

asio::awaitable<std::unique_ptr<connection>> exec_transport::connect(endpoint const& endpoint,
                                                                     connect_progress& progress) {
    progress.enter(stage::local);
    co_return std::make_unique<exec_connection>(endpoint.name, shared_state{groups_, reaper_});
}

}  // namespace muster::local
