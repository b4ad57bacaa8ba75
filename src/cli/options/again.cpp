// SPDX-License-Identifier: MIT
// Spells a run's options again, without those that chose its hosts.
#include "cli/options/again.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "cli/options/option_table.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

/// What chose the hosts, or the record, of this run is not for the next one, nor is a stop file that is there by now.
bool is_left_out(option_row const& row) {
    constexpr std::string_view kept[] = {"inventory", "max-hosts", "order"};
    constexpr std::string_view of_record[] = {"ledger", "resume", "resume-unknown", "resume-any"};
    constexpr std::string_view of_shard[] = {"shard", "stop-file"};
    auto const is_in = [&](auto const& names) { return std::ranges::find(names, row.name) != std::end(names); };
    return is_in(of_record) || is_in(of_shard) || (row.group == "Hosts" && !is_in(kept));
}

void append_option(std::string& to, given_word const& word) {
    auto const* const row = find_option(word.option);
    if (row == nullptr || is_left_out(*row)) return;
    to += row->letter == 0 ? " --" + std::string(row->name) : std::string{' ', '-', row->letter};
    if (row->takes_word()) to += ' ' + shell_word(word.value);
    if (row->is_optional() && !word.value.empty()) to += '=' + shell_word(word.value);
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, is_control);
}

/// $'...' of bash, zsh, ksh and POSIX.1-2024: one line that a terminal takes as it is.
std::string escaped_word(std::string_view text) {
    std::string word = "$'";
    for (char const c : text) {
        if (c == '\n')
            word += "\\n";
        else if (c == '\t')
            word += "\\t";
        else if (is_control(c))
            word += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        else
            word.append(c == '\'' || c == '\\' ? "\\" : "").append(1, c);
    }
    return word + '\'';
}

}  // namespace

std::string shell_word(std::string_view text) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=:,./@%";
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) return std::string(text);
    return has_control(text) ? escaped_word(text) : shell::quoted(text);
}

namespace {

/// What stood behind the hosts.
std::vector<std::string> command_words(arguments const& args) {
    if (!args.script.empty()) return args.script_words;
    return args.is_argv ? args.command_words : std::vector{args.command};
}

}  // namespace

std::string again_command(arguments const& args, std::string const& hosts) {
    if (hosts.empty() || args.pulls_beside) return {};  // no option names the files as rpdcp does
    std::string text = "muster";
    for (auto const& word : args.given) append_option(text, word);
    auto const& record = args.resume.empty() ? args.ledger : args.resume;
    if (!record.empty()) return text + " --resume " + shell_word(record);
    text += " -w " + shell_word(hosts);
    auto const words = command_words(args);
    if (words.empty() || (words.front().empty() && args.script.empty())) return text;
    if (args.command_is_marked || words.front().starts_with('-')) text += " --";
    for (auto const& word : words) text += ' ' + shell_word(word);
    return text;
}

}  // namespace muster::cli
