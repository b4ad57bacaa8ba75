// SPDX-License-Identifier: MIT
// Writes the help from the option table.
#include "cli/options/help.hpp"

#include <string_view>

#include <fmt/format.h>

#include "cli/options/option_table.hpp"

namespace muster::cli {

namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t description_column = 30;

constexpr std::string_view head = R"(Runs a command on many hosts over SSH at once.

Examples:
  muster web1,web2 uptime                        on two hosts
  muster 'web[1-9],db1' 'df -h / | tail -1'      ranges; a shell's line
  muster -k -u 5m -w 'web[1-9]' apt-get -y upgrade
                                                 stop all on the first failure
  muster --hostfile hosts.txt --json -- systemctl is-active nginx
  muster --ledger run.jsonl 'web[1-9]' ./deploy
  muster --resume run.jsonl                      again where it did not end ok

Forms:
  muster [options] HOSTS COMMAND [ARG...]
  muster [options] -w HOSTS COMMAND [ARG...]
  muster [options] --resume FILE [COMMAND [ARG...]]
  muster -Q [options] HOSTS
Options may stand before or after HOSTS; the command's first word, or --, ends
them. The command's words are joined by blanks and given to the remote shell.
)";

constexpr std::string_view foot = R"(
TIME is 10 (seconds), 0.5, 500ms, 2m or 1d. Variables such as MUSTER_FANOUT=20
set the defaults of options.
Exit status: 0 every host succeeded, 1 a command failed or was stopped, 2 usage,
3 a host could not be used, 4 local I/O error, 128 + N ended by signal N.
)";

constexpr std::string_view short_help = R"(Usage: muster [options] HOSTS COMMAND [ARG...]
  muster web1,web2 uptime                        on two hosts
  muster -b 'web[1-9],db1' uname -r              identical output once
  muster -k -u 5m 'web[1-9]' apt-get -y upgrade  stop all on the first failure
  muster -g db --outdir out 'dmesg | tail -50'   a file for each host
  muster --hostfile hosts.txt --json uptime      for programs
  muster --ledger run.jsonl @web ./deploy        then --resume run.jsonl
Options:
  -w, --hosts LIST       hosts, web[1-9],root@db1:22; -x leaves some out
  -g, --group NAME       a group's hosts; -a all; --hostfile FILE; --inventory
  -f, --fanout N         so many at once (64)
  -l, --user NAME        log in as NAME; -i KEY, -p PORT, -J HOST as with ssh
  -t, -u TIME            limits to connect (10s), for the command (none)
  -k, --fail-fast        stop everything on the first failure
  -b, --gather           identical output once, the odd ones last; --diff
  -L, --sorted           in the order of the hosts; --only-failed
      --outdir DIR       each host's output in a file
      --json             results as JSON; --report FILE.html as a page
  -q, -v                 less, more;  -N no host in front of the lines
  -Q, --list-hosts       only show which hosts; --help shows all options
)";

/// Appends `text` from the current column on, in lines that begin at description_column.
void append_wrapped(std::string& to, std::string_view text) {
    std::size_t column = description_column;
    while (!text.empty()) {
        auto const end = text.find(' ');
        auto const word = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        bool const first = column == description_column;
        if (!first && column + 1 + word.size() > columns) {
            to += fmt::format("\n{:{}}", "", description_column);
            column = description_column;
        } else if (!first) {
            to += ' ';
            ++column;
        }
        to += word;
        column += word.size();
    }
    to += '\n';
}

void append_row(std::string& to, option_row const& row) {
    auto const letter = row.letter == 0 ? std::string("    ") : fmt::format("-{}, ", row.letter);
    append_entry(to, fmt::format("  {}--{}{}", letter, row.name, value_form(row)), row.help);
}

}  // namespace

void append_entry(std::string& to, std::string const& spelling, std::string_view meaning) {
    to += fmt::format("{:<{}}", spelling, description_column);
    append_wrapped(to, meaning);
}

std::string help_text() {
    std::string text(head);
    std::string_view group;
    for (auto const& row : option_table()) {
        if (row.group != group) text += fmt::format("\n{}:\n", row.group);
        group = row.group;
        append_row(text, row);
    }
    return text += foot;
}

std::string short_help_text() {
    return std::string(short_help);
}

std::string version_text(std::string const& libraries) {
    return fmt::format("muster {}\n{}\n", MUSTER_VERSION, libraries);
}

}  // namespace muster::cli
