// SPDX-License-Identifier: MIT
// A socket in a folder of its own, beside a link to this program that ssh runs as its askpass program.
#include "cli/run/askpass_service.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "cli/options/askpass.hpp"
#include "cli/options/transport_table.hpp"
#include "cli/process/process.hpp"
#include "files/nameless_file.hpp"
#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

using answer_text = std::optional<ssh::secret_text>;

constexpr std::string_view link_name = "muster-askpass";
constexpr std::size_t longest_question = 4096;
constexpr std::size_t longest_list = 60;
constexpr int look_every = 100;  // milliseconds: has the service to end?

[[noreturn]] void fail(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_un address_of(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::system_error(ENAMETOOLONG, std::generic_category(), path);
    std::ranges::copy(path, address.sun_path);
    return address;
}

unique_fd open_socket() {
    unique_fd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!made) fail("askpass");
    return made;
}

/// No peer holds the service, or its asker, for long.
void limit_waits(int socket, int seconds) {
    timeval const limit{seconds, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// To the end of what the peer says.
template <class Text>
bool read_all(int socket, Text& into, std::size_t most) {
    into.reserve(most + 1);  // never grows, so that no copy of a secret is left behind
    std::array<char, 256> block;
    for (;;) {
        auto const size = ::read(socket, block.data(), block.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) {
            ::explicit_bzero(block.data(), block.size());
            return size == 0;
        }
        if (into.size() + static_cast<std::size_t>(size) > most) return false;
        into.append(block.data(), static_cast<std::size_t>(size));
    }
}

bool write_all(int to, std::string_view text) {
    while (!text.empty()) {
        auto const size = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

/// The host in "USER@HOST's password: " and in "(USER@HOST) Password: ".
std::string_view host_in(std::string_view question) {
    auto const position = question.find('@');
    if (position == std::string_view::npos) return {};
    auto rest = question.substr(position + 1);
    auto const end = question.starts_with('(') ? rest.find(')') : rest.find("'s ");
    return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

std::string question_for(std::span<endpoint const> hosts) {
    std::vector<std::string> labels;
    for (auto const& host : hosts) labels.push_back(host.label);
    auto const list = output::sanitised(fold(labels), longest_list);
    return labels.size() == 1 ? fmt::format("Password for {}: ", list)
                              : fmt::format("Password for {} hosts ({}): ", labels.size(), list);
}

std::string folder_for_user() {
    auto path = files::temporary_folder() + "/muster-askpass-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) fail("askpass: a folder for its socket");
    return path;
}

}  // namespace

askpass_service::askpass_service(std::span<endpoint const> hosts, ssh::ask_user ask)
    : ask_(std::move(ask)), password_question_(question_for(hosts)), folder_(folder_for_user()) {
    for (auto const& host : hosts) hosts_.insert({host.name, host.address});
    auto const link = folder_ + "/" + std::string(link_name);
    std::filesystem::create_symlink(std::filesystem::read_symlink("/proc/self/exe"), link);
    listener_ = open_socket();
    auto const address = address_of(folder_ + "/socket");
    if (::bind(listener_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), SOMAXCONN) != 0)
        fail("askpass");
    environment_ = {"SSH_ASKPASS=" + link, "SSH_ASKPASS_REQUIRE=force"};
    if (std::getenv("DISPLAY") == nullptr) environment_.emplace_back("DISPLAY=none");  // ssh before 8.4 looks at it
    thread_ = std::jthread([this](std::stop_token const& stop) { serve(stop); });
}

askpass_service::~askpass_service() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

bool askpass_service::ask_password() {
    std::scoped_lock const one_at_a_time(guard_);
    return asked_once(password_question_, {}).has_value();
}

question_kind askpass_service::kind_of(std::string_view question) const {
    auto const holds = [&](std::string_view text) { return question.find(text) != std::string_view::npos; };
    if (holds("(yes/no")) return question_kind::host_key;
    if (question.starts_with("Enter passphrase for ")) return question_kind::passphrase;
    auto const host = std::string(host_in(question));
    bool const is_password = holds("assword:") && !holds("ew password:");
    return is_password && hosts_.contains(host) ? question_kind::password : question_kind::other;
}

void askpass_service::serve(std::stop_token const& stop) {
    while (!stop.stop_requested()) {
        pollfd waiting{listener_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, look_every) <= 0) continue;
        unique_fd const asker(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (asker) answer(asker.get(), stop);
    }
}

/// Nothing is written where there is no answer, and a line end behind one.
void askpass_service::answer(int asker, std::stop_token const& stop) {
    constexpr int patience = 5;
    limit_waits(asker, patience);
    std::string question;
    if (!read_all(asker, question, longest_question)) return;
    std::scoped_lock const one_at_a_time(guard_);
    auto found = answer_to(question, stop);
    if (found && write_all(asker, *found)) write_all(asker, "\n");
}

std::optional<ssh::secret_text> askpass_service::answer_to(std::string const& question, std::stop_token const& stop) {
    switch (kind_of(question)) {
        case question_kind::host_key:
            return ssh::secret_text("no");
        case question_kind::password:
            return asked_once(password_question_, stop);
        case question_kind::passphrase:
            return asked_once(question, stop);
        case question_kind::other:
            return ask_ ? ask_(question, stop) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<ssh::secret_text> askpass_service::asked_once(std::string const& question, std::stop_token const& stop) {
    auto const [place, is_new] = answers_.try_emplace(question);
    if (is_new && ask_) place->second = ask_(question, stop);
    return place->second;
}

std::unique_ptr<askpass_service> serve_questions(arguments const& args, std::span<endpoint const> hosts) {
    auto const& row = transport_of(args);
    if (row.connects_itself || !row.reads_ssh_config || (!args.ssh.password && args.ssh.askpass.empty()))
        return nullptr;
    auto ask = who_to_ask(args.ssh.askpass, [](char const* name) { return std::getenv(name); });
    // the terminal is asked before the run alone: during it, it shows the run
    auto const is_open = std::make_shared<bool>(true);
    bool const by_program = !args.ssh.askpass.empty();
    auto while_open = [ask, is_open, by_program](std::string const& question, std::stop_token stop) -> answer_text {
        return ask && (by_program || *is_open) ? ask(question, std::move(stop)) : std::nullopt;
    };
    try {
        auto made = std::make_unique<askpass_service>(hosts, std::move(while_open));
        if (args.ssh.password && !made->ask_password())
            throw target_error(
                "--password: no password was given; without a terminal --askpass names a program to ask");
        *is_open = false;
        return made;
    } catch (std::system_error const& error) {
        throw target_error(error.what());
    }
}

std::optional<int> ask_service(std::string_view name, std::span<char const* const> words) {
    auto const slash = name.rfind('/');
    if (slash == std::string_view::npos || name.substr(slash + 1) != link_name || words.empty()) return std::nullopt;
    try {
        auto const service = open_socket();
        auto const address = address_of(std::string(name.substr(0, slash)) + "/socket");
        if (::connect(service.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) return 1;
        if (!write_all(service.get(), words.front()) || ::shutdown(service.get(), SHUT_WR) != 0) return 1;
        ssh::secret_text answer;
        if (!read_all(service.get(), answer, longest_question) || answer.empty()) return 1;
        return ::write(STDOUT_FILENO, answer.data(), answer.size()) < 0 ? 1 : 0;
    } catch (std::system_error const&) {
        return 1;
    }
}

}  // namespace muster::cli
