// SPDX-License-Identifier: MIT
// Reads a line from /dev/tty without echo, or from an askpass program's output.
#include "cli/options/askpass.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/options/variables.hpp"
#include "output/terminal/sanitise.hpp"
#include "process/child.hpp"
#include "process/pipe.hpp"
#include "process/unique_fd.hpp"

namespace muster::cli {

namespace {

using answer = std::optional<ssh::secret_text>;

constexpr std::size_t longest_answer = 1024;
constexpr std::chrono::milliseconds no_limit(-1);  // as poll(2) has it
constexpr std::chrono::milliseconds pause_between_looks(10);
constexpr char const* usual_askpass = "/usr/bin/ssh-askpass";

unique_fd open_terminal() {
    return unique_fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

/// Becomes readable when a stop is requested.
class stop_event {
  public:
    explicit stop_event(std::stop_token stop)
        : fd_(::eventfd(0, EFD_CLOEXEC)), tell_(std::move(stop), teller{fd_.get()}) {}

    /// Waits until the descriptor (-1: none) has input or the time has passed; false: a stop was requested.
    bool input(int descriptor, std::chrono::milliseconds limit = no_limit) const {
        std::array<pollfd, 2> both{pollfd{descriptor, POLLIN, 0}, pollfd{fd_.get(), POLLIN, 0}};
        while (::poll(both.data(), both.size(), static_cast<int>(limit.count())) < 0 && errno == EINTR) {
        }
        return both[1].revents == 0;
    }

  private:
    struct teller {
        int fd;
        void operator()() const noexcept {
            std::uint64_t const number = 1;
            [[maybe_unused]] auto const size = ::write(fd, &number, sizeof number);
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
        char character = 0;
        auto const size = ::read(descriptor, &character, 1);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return what == until::input_end ? answer(std::move(line)) : std::nullopt;
        complete = complete || character == '\n' || character == '\r';
        if (complete && what == until::line_end) return line;
        if (!complete && line.size() < longest_answer) line.push_back(character);
    }
}

/// False: a stop was requested before the program ended.
bool ended(process::child& program, stop_event const& stopped) {
    auto const exit = program.open_exit_fd();
    while (!program.exited())
        if (!stopped.input(exit.get(), exit ? no_limit : pause_between_looks)) return false;
    return true;
}

void kill_and_wait(process::child& program) {
    program.signal(SIGKILL);
    while (!program.exited()) std::this_thread::sleep_for(pause_between_looks);
}

/// Throws std::system_error.
answer answer_of(std::string const& program, std::string const& prompt, stop_event const& stopped) {
    auto ends = process::open_pipe();
    process::streams const files{STDIN_FILENO, ends.writer.get(), STDERR_FILENO};
    process::child asked(process::command({program, prompt}), files, process::isolation::none);
    ends.writer.reset();
    auto line = read_line(ends.reader.get(), stopped, until::input_end);
    if (!line || !ended(asked, stopped)) kill_and_wait(asked);
    asked.reap();
    return asked.record().succeeded() ? std::move(line) : std::nullopt;
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
    write_all(terminal.get(), output::sanitised_lines(prompt));
    auto line = read_line(terminal.get(), stopped, until::line_end);
    write_all(terminal.get(), "\n");
    return line;
}

answer ask_program(std::string const& program, std::string const& prompt, std::stop_token stop) {
    stop_event const stopped(std::move(stop));
    try {
        return answer_of(program, prompt, stopped);
    } catch (std::system_error const&) {
        return std::nullopt;
    }
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
