// SPDX-License-Identifier: MIT
// Asks on the terminal, which need not be standard input.
#include "cli/plan/confirm.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "files/descriptor.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/words/words.hpp"
#include "process/unique_fd.hpp"

namespace muster::cli {

namespace {

constexpr std::size_t longest_list = 2000;
constexpr std::size_t longest_answer = 100;

struct terminal {
    unique_fd owned;
    int in = -1;
    int out = -1;
};

/// The controlling terminal, or standard input and standard error where both are one.
std::optional<terminal> find_terminal() {
    terminal found{unique_fd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)), STDIN_FILENO, STDERR_FILENO};
    if (found.owned.get() >= 0) found.in = found.out = found.owned.get();
    if (::isatty(found.in) == 0 || ::isatty(found.out) == 0) return std::nullopt;
    return found;
}

/// Without blanks at either end.
std::string read_answer(int descriptor) {
    std::string line;
    char c = 0;
    for (;;) {
        auto const size = ::read(descriptor, &c, 1);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0 || c == '\n' || c == '\r') break;
        if (line.size() < longest_answer) line += c;
    }
    auto const begin = line.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of(" \t") + 1 - begin);
}

std::string shown(host_list const& hosts) {
    std::vector<std::string> labels;
    for (auto const& host : hosts) labels.push_back(host.label());
    auto text = fold(labels);
    if (text.size() > longest_list) text = text.substr(0, longest_list) + "...";
    return text;
}

}  // namespace

void confirm(host_list const& hosts, arguments const& args, start_limit& limit) {
    if (!args.confirm_above || hosts.size() <= *args.confirm_above) return;
    auto const count = std::to_string(hosts.size());
    auto const where = find_terminal();
    if (!where)
        throw target_error(
            fmt::format("--confirm: there is no terminal on which to ask whether to run on {}; "
                        "--confirm={} runs on so many without a question",
                        output::hosts_in_words(hosts.size()), count));
    start_limit::standing const clock(limit);
    static_cast<void>(files::write_all(
        where->out, fmt::format("muster: {}: {}\nmuster: {}\nmuster: to go on, type the number of hosts: ",
                                output::hosts_in_words(hosts.size()), shown(hosts),
                                output::sanitised(args.command, longest_list))));
    auto const answer = read_answer(where->in);
    if (answer == count) return;
    throw target_error(fmt::format("--confirm: '{}' is not {}; nothing was started",
                                   output::sanitised(answer, longest_answer), count));
}

}  // namespace muster::cli
