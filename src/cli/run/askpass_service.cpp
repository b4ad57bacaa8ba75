// SPDX-License-Identifier: MIT
// A socket in a folder of its own, beside a link to this program that ssh runs as its askpass program.
#include "cli/run/askpass_service.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "cli/options/askpass.hpp"
#include "cli/options/transport_table.hpp"
#include "cli/options/variables.hpp"
#include "cli/process/process.hpp"
#include "cli/run/ssh_question.hpp"
#include "files/nameless_file.hpp"
#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

using answer_text = std::optional<ssh::secret_text>;

constexpr std::string_view link_name = "muster-askpass";
constexpr std::string_view login_name = "muster-login";
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

std::string question_for(std::span<endpoint const> hosts) {
    std::vector<std::string> labels;
    for (auto const& host : hosts) labels.push_back(host.label);
    auto const list = output::sanitised(fold(labels), longest_list);
    return labels.size() == 1 ? fmt::format("Password for {}: ", list)
                              : fmt::format("Password for {} hosts ({}): ", labels.size(), list);
}

/// One that has gone needs nothing.
void give(int asker, ssh::secret_text const& answer) {
    if (write_all(asker, "+") && write_all(asker, answer)) write_all(asker, "\n");
}

/// A zombie counts: it is reaped soon.
bool lives(pid_t process) {
    return ::kill(process, 0) == 0;
}

/// 0: it has none, or has gone.
pid_t parent_of(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/stat", process));
    std::string text;
    std::getline(file, text);
    std::istringstream behind_name(text.substr(std::min(text.rfind(')') + 1, text.size())));
    std::string state;
    pid_t parent = 0;
    return behind_name >> state >> parent ? parent : 0;
}

/// The first of the process and those above it whose parent is `ancestor`; 0: none.
pid_t below(pid_t ancestor, pid_t process) {
    while (process > 1) {
        auto const parent = parent_of(process);
        if (parent == ancestor) return process;
        process = parent;
    }
    return 0;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// ssh only wants to show it, as "Confirm user presence for key".
bool is_notice(char const* prompt) {
    return prompt != nullptr && std::string_view(prompt) == "none";
}

/// To the service, and back.
ssh::secret_text answer_of(std::string const& path, std::string const& question) {
    auto const service = open_socket();
    auto const address = address_of(path);
    ssh::secret_text answer;
    if (::connect(service.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) return answer;
    if (!write_all(service.get(), question) || ::shutdown(service.get(), SHUT_WR) != 0) return answer;
    if (!read_all(service.get(), answer, longest_question)) answer.clear();
    return answer;
}

std::string folder_for_user() {
    auto path = files::temporary_folder() + "/muster-askpass-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) fail("askpass: a folder for its socket");
    return path;
}

std::unique_ptr<askpass_service> make_service(std::span<endpoint const> hosts, ssh::ask_user ask) {
    try {
        return std::make_unique<askpass_service>(hosts, std::move(ask));
    } catch (std::system_error const& error) {
        throw target_error(error.what());
    }
}

}  // namespace

askpass_service::askpass_service(std::span<endpoint const> hosts, ssh::ask_user ask)
    : ask_(std::move(ask)), folder_(folder_for_user()) {
    if (ask_) name_hosts(hosts);
    auto const program = std::filesystem::read_symlink("/proc/self/exe");
    for (auto const link : {link_name, login_name})
        std::filesystem::create_symlink(program, folder_ + "/" + std::string(link));
    listener_ = open_socket();
    auto const address = address_of(folder_ + "/socket");
    if (::bind(listener_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), SOMAXCONN) != 0)
        fail("askpass");
    thread_ = std::jthread([this](std::stop_token const& stop) { serve(stop); });
}

void askpass_service::name_hosts(std::span<endpoint const> hosts) {
    logins_[""].question = question_for(hosts);
    for (auto const& host : hosts)
        for (auto const& name : {host.name, host.address, host.settings->host_key_alias})
            labels_.emplace(lower(name), host.label);
}

askpass_service::~askpass_service() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

system_ssh::ssh_answers askpass_service::answers() {
    std::vector<std::string> told{"SSH_ASKPASS=" + folder_ + "/" + std::string(link_name), "SSH_ASKPASS_REQUIRE=force"};
    if (std::getenv("DISPLAY") == nullptr) told.emplace_back("DISPLAY=none");  // ssh before 8.4 looks at it
    return {environment_with(std::move(told)), ask_ ? folder_ + "/" + std::string(login_name) : std::string(),
            [this](pid_t ssh) { return take_refusal(ssh); }};
}

bool askpass_service::ask_password() {
    std::scoped_lock const one_at_a_time(guard_);
    return asked_once(logins_[""].question, {}).has_value();
}

std::string askpass_service::label_of(std::string_view name) const {
    auto const found = labels_.find(lower(name));
    return found == labels_.end() ? std::string(name) : found->second;
}

void askpass_service::serve(std::stop_token const& stop) {
    while (!stop.stop_requested()) {
        pollfd waiting{listener_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, look_every) > 0) {
            unique_fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!socket) std::this_thread::sleep_for(std::chrono::milliseconds(look_every));  // no room for it yet
            if (socket) take(std::move(socket), stop);
        } else {
            watch_trial();
        }
        answer_waiting(stop);
    }
}

/// The number of an ssh, a line end, and its question; none when it has logged in.
void askpass_service::take(unique_fd socket, std::stop_token const& stop) {
    constexpr int patience = 5;
    limit_waits(socket.get(), patience);
    std::string text;
    if (!read_all(socket.get(), text, longest_question)) return;
    auto const end = std::min(text.find('\n'), text.size());
    pid_t ssh = 0;
    std::from_chars(text.data(), text.data() + end, ssh);
    auto question = text.substr(std::min(end + 1, text.size()));
    if (question.empty()) return note_login(ssh);
    answer({std::move(socket), ssh, below(::getpid(), ssh), std::move(question)}, stop);
}

/// A key without an answer is left out by ssh.
void askpass_service::answer(asker one, std::stop_token const& stop) {
    auto const kind = kind_of(one.question);
    if (!account_in(one.question).empty()) note_way(one.ssh);
    if (kind == question_kind::password || kind == question_kind::pin) return answer_password(std::move(one), stop);
    std::scoped_lock const one_at_a_time(guard_);
    if (auto const found = answer_to(one.question, stop)) return give(one.socket.get(), *found);
    if (kind == question_kind::code) refuse(one, no_answer_for(one));
}

void askpass_service::answer_password(asker one, std::stop_token const& stop) {
    std::scoped_lock const one_at_a_time(guard_);
    auto& [question, where, trial] = login_of(one);
    auto const password = asked_once(question, stop);
    if (!password || password->empty()) return refuse(one, no_answer_for(one));
    bool const is_pin = kind_of(one.question) == question_kind::pin;
    auto const host = is_pin ? "another host's login" : label_of(host_in(account_in(one.question)));
    std::string_view const what = is_pin ? "PIN" : "password";
    switch (trial.asks(one.ssh, host, one.ours != 0)) {
        case password_trial::verdict::give:
            return give(one.socket.get(), *password);
        case password_trial::verdict::wait:
            return waiting_.push_back(std::move(one));
        case password_trial::verdict::refuse:
            return refuse(
                one, trial.has_it(one.ssh)
                         ? fmt::format("{}permission denied: the {} was refused", where, what)
                         : fmt::format("{}the {} was not sent: {} did not take it", where, what, trial.refused_by()));
    }
}

askpass_service::shared_login& askpass_service::login_of(asker const& one) {
    if (kind_of(one.question) == question_kind::pin) {
        auto const [place, is_new] = logins_.try_emplace(one.question);
        if (is_new) place->second = {one.question, {}, password_trial(1)};
        return place->second;
    }
    if (one.is_for_target()) return logins_[""];
    auto const account = output::sanitised(account_in(one.question), longest_list);
    auto const [place, is_new] = logins_.try_emplace(account);
    if (is_new) place->second = {fmt::format("Password for {}: ", account), account + ": ", {}};
    return place->second;
}

std::string askpass_service::no_answer_for(asker const& one) {
    if (one.is_for_target()) return "no password was given";
    return fmt::format("{}: a password is wanted; --askpass names a program to ask", account_in(one.question));
}

void askpass_service::note_login(pid_t ssh) {
    for (auto& [account, login] : logins_) login.trial.logged_in(ssh);
    note_way(ssh);
}

/// It has come as far as its server: each ssh that is its way there has logged in.
void askpass_service::note_way(pid_t ssh) {
    for (auto& [account, login] : logins_)
        if (auto const tries = login.trial.tries(); tries != 0 && below(ssh, tries) != 0) login.trial.logged_in(tries);
}

void askpass_service::answer_waiting(std::stop_token const& stop) {
    for (auto& one : std::exchange(waiting_, {})) {
        if (login_of(one).trial.tries() == 0)
            answer_password(std::move(one), stop);
        else
            waiting_.push_back(std::move(one));
    }
}

void askpass_service::watch_trial() {
    for (auto& [account, login] : logins_)
        if (auto const ssh = login.trial.tries(); ssh != 0 && !lives(ssh)) login.trial.ended(ssh);
}

void askpass_service::refuse(asker const& one, std::string reason) {
    {
        std::scoped_lock const lock(refusals_guard_);
        bool const of_another = !one.is_for_target();
        refusals_.insert_or_assign(one.ours, system_ssh::question_refusal{std::move(reason), of_another});
    }
    write_all(one.socket.get(), "-");
}

system_ssh::question_refusal askpass_service::take_refusal(pid_t ssh) {
    std::scoped_lock const lock(refusals_guard_);
    auto const found = refusals_.extract(ssh);
    return found.empty() ? system_ssh::question_refusal() : std::move(found.mapped());
}

std::optional<ssh::secret_text> askpass_service::answer_to(std::string const& question, std::stop_token const& stop) {
    switch (kind_of(question)) {
        case question_kind::host_key:
            return ssh::secret_text("no");
        case question_kind::password:
        case question_kind::pin:
        case question_kind::passphrase:
            return asked_once(question, stop);
        case question_kind::code:
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

bool asks_for_programs(arguments const& args) noexcept {
    return args.ssh.password || !args.ssh.askpass.empty();
}

std::unique_ptr<askpass_service> serve_questions(arguments const& args, std::span<endpoint const> hosts) {
    auto const& row = transport_of(args);
    if (row.connects_itself || !row.reads_ssh_config) return nullptr;
    if (!asks_for_programs(args)) return make_service(hosts, {});
    auto ask = who_to_ask(args.ssh.askpass, [](char const* name) { return std::getenv(name); });
    // the terminal is asked before the run alone: during it, it shows the run
    auto const is_open = std::make_shared<bool>(true);
    bool const by_program = !args.ssh.askpass.empty();
    auto while_open = [ask, is_open, by_program](std::string const& question, std::stop_token stop) -> answer_text {
        return ask && (by_program || *is_open) ? ask(question, std::move(stop)) : std::nullopt;
    };
    auto made = make_service(hosts, std::move(while_open));
    if (args.ssh.password && !made->ask_password())
        throw target_error("--password: no password was given; without a terminal --askpass names a program to ask");
    *is_open = false;
    return made;
}

std::optional<int> ask_service(std::string_view name, std::span<char const* const> words) {
    auto const slash = name.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto const link = name.substr(slash + 1);
    bool const asks = link == link_name && !words.empty();
    if (!asks && link != login_name) return std::nullopt;
    if (asks && is_notice(std::getenv("SSH_ASKPASS_PROMPT"))) return 0;
    try {
        auto const question = fmt::format("{}\n{}", ::getppid(), asks ? words.front() : "");
        auto const answer = answer_of(std::string(name.substr(0, slash)) + "/socket", question);
        if (answer.starts_with('-')) ::kill(::getppid(), SIGTERM);  // ssh would send an empty password
        if (!answer.starts_with('+')) return 1;
        return ::write(STDOUT_FILENO, answer.data() + 1, answer.size() - 1) < 0 ? 1 : 0;
    } catch (std::system_error const&) {
        return 1;
    }
}

}  // namespace muster::cli
