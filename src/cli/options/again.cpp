// SPDX-License-Identifier: MIT
// Spells a run's options again, without those that chose its hosts.
#include "cli/options/again.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "cli/options/option_table.hpp"
#include "cli/options/values.hpp"
#include "output/terminal/shown_word.hpp"

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
    if (row->takes_word()) to += ' ' + output::shown_word(word.value);
    if (row->is_optional() && !word.value.empty()) to += '=' + output::shown_word(word.value);
}

/// What stood behind the hosts.
std::vector<std::string> command_words(arguments const& args) {
    if (!args.script.empty()) return args.script_words;
    return args.is_argv ? args.command_words : std::vector{args.command};
}

}  // namespace

/// A device or a pipe as a ledger keeps nothing, as /dev/null.
bool is_resumable(arguments const& args) {
    auto const& record = args.resume.empty() ? args.ledger : args.resume;
    std::error_code unknown;
    return !record.empty() && !std::filesystem::is_other(record, unknown);
}

namespace {

/// A disk without room has left it without the run's line, which names hosts and command. It is written before a host
/// begins.
bool is_empty(std::string const& record) {
    std::error_code unknown;
    return std::filesystem::file_size(record, unknown) == 0 && !unknown;
}

bool is_whole(std::string_view text) {
    constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
    return text.find(replacement) == std::string_view::npos;
}

/// False: it is of another version of the program.
bool take_recorded(std::string_view option, arguments& into) {
    auto const equals = option.find('=');
    auto const name = option.substr(0, equals).substr(std::min<std::size_t>(option.size(), 2));
    std::string const value(equals == std::string_view::npos ? std::string_view() : option.substr(equals + 1));
    auto const* const row = find_option(name);
    if (row == nullptr || !is_recorded(*row) || (row->takes_word() && equals == std::string_view::npos)) return false;
    if (row->name == "argv") return true;  // the recorded command is quoted already
    try {
        row->set(into, value);
    } catch (bad_value const&) {
        return false;
    }
    into.given.push_back({std::string(row->name), value});
    return true;
}

}  // namespace

std::string again_command(arguments const& args, std::string const& hosts) {
    auto const& record = args.resume.empty() ? args.ledger : args.resume;
    bool const resumes = is_resumable(args) && !is_empty(record);
    if ((hosts.empty() && !resumes) || args.pulls_beside || args.pushes_as_cp)
        return {};  // no option copies as they do
    std::string text = "muster";
    for (auto const& word : args.given) append_option(text, word);
    if (resumes) return text + " --resume " + output::shown_word(record);
    text += " -w " + output::shown_word(hosts);
    auto const words = command_words(args);
    if (words.empty() || (words.front().empty() && args.script.empty())) return text;
    if (args.command_is_marked || words.front().starts_with('-')) text += " --";
    for (auto const& word : words) text += ' ' + output::shown_word(word);
    return text;
}

std::optional<arguments> recorded_arguments(std::vector<std::string> const& options, std::string const& command,
                                            std::vector<std::string> const& script_words) {
    arguments made;
    made.command = command;
    made.script_words = script_words;
    bool const whole =
        is_whole(command) && std::ranges::all_of(script_words, is_whole) && std::ranges::all_of(options, is_whole);
    bool const known =
        std::ranges::all_of(options, [&](std::string const& option) { return take_recorded(option, made); });
    if (!whole || !known) return std::nullopt;
    return made;
}

}  // namespace muster::cli
