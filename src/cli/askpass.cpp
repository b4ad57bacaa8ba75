// SPDX-License-Identifier: MIT
// See askpass.hpp.
#include "cli/askpass.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "input/unique_fd.hpp"

namespace muster::cli {

namespace {

using answer = std::optional<ssh::secret_text>;

constexpr std::size_t longest_answer = 1024;
constexpr char const* usual_askpass = "/usr/bin/ssh-askpass";

unique_fd open_terminal() {
    return unique_fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

/// Becomes readable when a stop is requested.
class stop_event {
  public:
    explicit stop_event(std::stop_token stop)
        : fd_(::eventfd(0, EFD_CLOEXEC)), tell_(std::move(stop), teller{fd_.get()}) {}

    /// Waits for input; false: stopped.
    bool input(int descriptor) const {
        std::array<pollfd, 2> both{pollfd{descriptor, POLLIN, 0}, pollfd{fd_.get(), POLLIN, 0}};
        while (::poll(both.data(), both.size(), -1) < 0 && errno == EINTR) {
        }
        return both[1].revents == 0;
    }

  private:
    struct teller {
        int fd;
        void operator()() const noexcept {
            std::uint64_t const one = 1;
            [[maybe_unused]] auto const size = ::write(fd, &one, sizeof one);
        }
    };
    unique_fd fd_;
    std::stop_callback<teller> tell_;
};

/// What is typed is not shown while it lives.
class hidden_typing {
  public:
    explicit hidden_typing(int terminal) : terminal_(terminal), changed_(::tcgetattr(terminal, &before_) == 0) {
        if (!changed_) return;
        auto hidden = before_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
        ::tcsetattr(terminal_, TCSAFLUSH, &hidden);
    }
    ~hidden_typing() {
        if (changed_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
    hidden_typing(hidden_typing const&) = delete;
    hidden_typing& operator=(hidden_typing const&) = delete;

  private:
    int terminal_;
    termios before_{};
    bool changed_;
};

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        auto const size = ::write(descriptor, text.data(), text.size());
        if (size < 0 && errno != EINTR) return;
        if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
    }
}

enum class until { line_end, input_end };

/// The first line, without its end; nothing when a stop is requested, or the input ends before the line did where that
/// is awaited.
answer read_line(int descriptor, stop_event const& stopped, until what) {
    ssh::secret_text line;
    line.reserve(longest_answer + 1);  // never grows, so that no copy is left behind
    bool complete = false;
    for (;;) {
        if (!stopped.input(descriptor)) return std::nullopt;
        char one = 0;
        auto const size = ::read(descriptor, &one, 1);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return what == until::input_end ? answer(std::move(line)) : std::nullopt;
        complete = complete || one == '\n' || one == '\r';
        if (complete && what == until::line_end) return line;
        if (!complete && line.size() < longest_answer) line.push_back(one);
    }
}

struct spawn_settings {
    posix_spawn_file_actions_t files{};
    posix_spawnattr_t how{};

    explicit spawn_settings(int out) {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
        sigset_t every, none;
        ::sigfillset(&every);
        ::sigemptyset(&none);
        ::posix_spawnattr_init(&how);
        ::posix_spawnattr_setsigdefault(&how, &every);
        ::posix_spawnattr_setsigmask(&how, &none);
        ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    ~spawn_settings() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&how);
    }
    spawn_settings(spawn_settings const&) = delete;
    spawn_settings& operator=(spawn_settings const&) = delete;
};

pid_t start(std::string const& program, std::string const& prompt, int out) {
    spawn_settings const settings(out);
    std::array<char*, 3> words{const_cast<char*>(program.c_str()), const_cast<char*>(prompt.c_str()), nullptr};
    pid_t pid = -1;
    int const error = ::posix_spawnp(&pid, program.c_str(), &settings.files, &settings.how, words.data(), environ);
    return error == 0 ? pid : -1;
}

/// glibc 2.36 declares its own pidfd_open for C only.
int open_pidfd(pid_t process) {
    return static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
}

bool ended_well(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string_view value_of(environment const& variables, char const* name) {
    auto const* const value = variables(name);
    return value == nullptr ? "" : value;
}

bool is(std::string_view text, char const* word) {
    return ::strcasecmp(std::string(text).c_str(), word) == 0;
}

ssh::ask_user by_program(std::string program) {
    return [program = std::move(program)](std::string const& prompt, std::stop_token stop) {
        return ask_program(program, prompt, std::move(stop));
    };
}

}  // namespace

answer ask_on_terminal(std::string const& prompt, std::stop_token stop) {
    auto const terminal = open_terminal();
    if (terminal.get() < 0) return std::nullopt;
    stop_event const stopped(std::move(stop));
    hidden_typing const hidden(terminal.get());
    write_all(terminal.get(), prompt);
    auto line = read_line(terminal.get(), stopped, until::line_end);
    write_all(terminal.get(), "\n");
    return line;
}

answer ask_program(std::string const& program, std::string const& prompt, std::stop_token stop) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    unique_fd const from(ends[0]);
    unique_fd to(ends[1]);
    auto const pid = start(program, prompt, to.get());
    if (pid < 0) return std::nullopt;
    to = {};
    stop_event const stopped(std::move(stop));
    auto line = read_line(from.get(), stopped, until::input_end);
    unique_fd const end_of_program(open_pidfd(pid));
    if (!line || !stopped.input(end_of_program.get())) ::kill(pid, SIGKILL);
    bool const willing = ended_well(pid);
    return willing ? std::move(line) : std::nullopt;
}

ssh::ask_user who_to_ask(std::string const& askpass, environment const& variables) {
    if (!askpass.empty()) return by_program(askpass);
    auto const required = value_of(variables, "SSH_ASKPASS_REQUIRE");
    bool const has_display = !value_of(variables, "DISPLAY").empty() || !value_of(variables, "WAYLAND_DISPLAY").empty();
    bool const may_run = is(required, "force") || (has_display && !is(required, "never"));
    bool const prefers_program = may_run && (is(required, "force") || is(required, "prefer"));
    if (!prefers_program && open_terminal().get() >= 0) return &ask_on_terminal;
    if (!may_run) return {};
    auto const program = value_of(variables, "SSH_ASKPASS");
    return by_program(std::string(program.empty() ? usual_askpass : program));
}

}  // namespace muster::cli
