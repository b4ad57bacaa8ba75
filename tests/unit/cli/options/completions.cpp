// SPDX-License-Identifier: MIT
// The completions of bash, zsh and fish: what they know of options is made from the option table. With MUSTER_UPDATE=1
// in the environment the test writes it into the scripts instead of comparing.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cli/options/option_table.hpp"
#include "ssh_config/ssh_option.hpp"
#include "support/paths.hpp"

using namespace muster::cli;

namespace {

constexpr std::string_view end_mark = "# end of what comes from it";

std::string path_of(std::string const& script) {
    return std::string(muster::test::source_dir) + "/packaging/completions/" + script;
}

std::string content_of(std::string const& path) {
    std::ifstream file(path);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The script with `lines` between the mark and the end mark, indented as the mark is.
std::string with_block(std::string const& script, std::string const& mark, std::string const& lines) {
    auto const begin = script.find("# " + mark + "\n");
    REQUIRE(begin != std::string::npos);
    auto const indent = script.substr(script.rfind('\n', begin) + 1, begin - script.rfind('\n', begin) - 1);
    auto const first = begin + mark.size() + 3;
    auto const last = script.rfind('\n', script.find(end_mark, first)) + 1;
    std::string block;
    for (std::string_view rest = lines; !rest.empty();) {
        auto const size = rest.find('\n') + 1;
        block += indent + std::string(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    return script.substr(0, first) + block + script.substr(last);
}

void compare_or_update(std::string const& script, std::string const& made) {
    auto const* const update = std::getenv("MUSTER_UPDATE");
    if (update != nullptr && std::string_view(update) == "1") std::ofstream(path_of(script)) << made;
    INFO("MUSTER_UPDATE=1 build/tests/unit_cli_options 'completions*' writes " << script);
    CHECK(content_of(path_of(script)) == made);
}

/// The first clause of the help, with quotes for a shell's '...'.
std::string description(option_row const& row, std::string_view quote) {
    auto const text = row.help.substr(0, std::min(row.help.find(';'), row.help.find(" (default")));
    std::string quoted;
    for (char const c : text) quoted += c == '\'' ? std::string(quote) : std::string(1, c);
    return quoted;
}

std::string escaped_for_zsh(std::string_view text, std::string_view special) {
    std::string escaped;
    for (char const c : text) escaped += special.find(c) == special.npos ? std::string(1, c) : std::string{'\\', c};
    return escaped;
}

std::string names(option_row const& row, std::string_view between) {
    auto const name = "--" + std::string(row.name);
    return row.letter == 0 ? name : fmt::format("-{}{}{}", row.letter, between, name);
}

std::string values_of(muster::ssh_config::value_kind kind) {
    using muster::ssh_config::value_kind;
    if (kind == value_kind::flag || kind == value_kind::pubkey_authentication) return "yes no";
    if (kind == value_kind::strict_host_key_checking) return "yes no ask accept-new";
    if (kind == value_kind::address_family) return "any inet inet6";
    if (kind == value_kind::request_tty) return "yes no force auto";
    return "";
}

/// "Keyword=", or "Keyword=yes Keyword=no", for every keyword of ssh_config that muster reads.
std::string ssh_settings() {
    using muster::ssh_config::ssh_option;
    std::string words;
    for (auto const& keyword : muster::ssh_config::ssh_keywords()) {
        if (keyword.option <= ssh_option::ignore_unknown || keyword.option >= muster::ssh_config::first_refused)
            continue;
        std::istringstream values(values_of(keyword.kind));
        std::string value;
        bool const any = static_cast<bool>(values >> value);
        do words += fmt::format("{}={} ", keyword.name, value);
        while (any && values >> value);
    }
    return words.substr(0, words.size() - 1);
}

std::string words_of(std::string_view completion) {
    return completion == "@settings" ? ssh_settings() : std::string(completion);
}

// ---- bash ----------------------------------------------------------------------------------------------------------

std::string bash_lists() {
    std::map<bool, std::string> lists;
    for (auto const& row : option_table()) lists[!row.takes_word()] += names(row, " ") + ' ';
    return fmt::format("local switches='{}'\nlocal valued='{}'\n", lists[true], lists[false]);
}

std::string bash_action(std::string_view completion) {
    if (completion == "@files") return "_muster_files \"$cur\"";
    if (completion == "@hosts") return "_muster_hosts \"$cur\"";
    if (completion == "@groups") return "_muster_groups \"$cur\"";
    if (completion == "@users") return "_muster_users \"$cur\"";
    if (completion == "@programs") return "_muster_programs \"$cur\"";
    return fmt::format("_muster_words '{}' \"$cur\"", words_of(completion));
}

std::string bash_values() {
    std::string lines;
    for (auto const& row : option_table())
        if (!row.completion.empty())
            lines += fmt::format("{}{}) {}; return ;;\n", names(row, " | "), row.is_switch() ? "=" : "",
                                 bash_action(row.completion));
    return lines;
}

// ---- zsh -----------------------------------------------------------------------------------------------------------

std::string zsh_action(option_row const& row) {
    if (row.completion == "@files") return ":_files";
    if (row.completion == "@hosts") return ":_muster_hosts";
    if (row.completion == "@users") return ":_users";
    if (row.completion == "@programs") return ":_command_names -e";
    if (row.completion == "@groups") return ":_muster_groups";
    return row.completion.empty() ? "" : fmt::format(":({})", escaped_for_zsh(words_of(row.completion), ":"));
}

std::string zsh_exclusions(option_row const& row) {
    if (row.group == "Other") return "(- *)";
    if (may_repeat(row)) return "*";
    std::string excluded;
    for (auto const& other : option_table())
        if (&other == &row || contradict(row, other)) excluded += (excluded.empty() ? "" : " ") + names(other, " ");
    return '(' + excluded + ')';
}

/// A value may follow, but only behind "=".
bool is_attached(option_row const& row) {
    return row.is_optional() || (row.is_switch() && !row.completion.empty());
}

std::string zsh_names(option_row const& row) {
    auto const equals = row.takes_word() ? "=" : is_attached(row) ? "=-" : "";
    if (row.letter == 0) return fmt::format("--{}{}", row.name, equals);
    return fmt::format("'{{-{}{},--{}{}}}'", row.letter, row.is_switch() ? "" : "+", row.name, equals);
}

std::string zsh_options() {
    std::string lines;
    for (auto const& row : option_table()) {
        auto const message = row.is_optional() ? row.value.substr(2, row.value.size() - 3)
                             : row.is_switch() ? "WHAT"
                                               : row.value;
        auto const value = row.takes_word() || is_attached(row)
                               ? fmt::format("{}{}{}", row.takes_word() ? ":" : "::", message, zsh_action(row))
                               : std::string();
        lines += fmt::format("'{}{}[{}]{}'\n", zsh_exclusions(row), zsh_names(row),
                             escaped_for_zsh(description(row, "'\\''"), "[]"), value);
    }
    return lines;
}

// ---- fish ----------------------------------------------------------------------------------------------------------

std::string fish_action(option_row const& row) {
    auto const completion = row.completion;
    if (!row.takes_word()) return completion.empty() ? "" : fmt::format(" -a '{}'", completion);
    if (completion == "@files" || completion == "@programs") return " -r";
    if (completion == "@hosts") return " -x -a '(__muster_hosts)'";
    if (completion == "@groups") return " -x -a '(__muster_groups)'";
    if (completion == "@users") return " -x -a '(__fish_complete_users)'";
    return completion.empty() ? " -x" : fmt::format(" -x -a '{}'", words_of(completion));
}

std::string fish_options() {
    std::string lines = "set -g __muster_valued";
    for (auto const& row : option_table())
        if (row.takes_word()) lines += ' ' + names(row, " ");
    lines += '\n';
    for (auto const& row : option_table()) {
        auto const letter = row.letter == 0 ? std::string() : fmt::format(" -s {}", row.letter);
        lines += fmt::format("complete -c muster -n 'not __muster_behind_command'{} -l {}{} -d '{}'\n", letter,
                             row.name, fish_action(row), description(row, "\\'"));
    }
    return lines;
}

}  // namespace

TEST_CASE("completions of bash know the options of the table") {
    auto const script = content_of(path_of("muster.bash"));
    compare_or_update("muster.bash", with_block(with_block(script, "from the option table", bash_lists()),
                                                "values from the option table", bash_values()));
}

TEST_CASE("completions of zsh know the options of the table") {
    compare_or_update("_muster", with_block(content_of(path_of("_muster")), "from the option table", zsh_options()));
}

TEST_CASE("completions of fish know the options of the table") {
    compare_or_update("muster.fish",
                      with_block(content_of(path_of("muster.fish")), "from the option table", fish_options()));
}

TEST_CASE("completions: every word that they offer for a value is one that the option takes") {
    for (auto const& row : option_table()) {
        if (row.completion.empty() || row.completion.starts_with('@')) continue;
        CAPTURE(row.name);
        auto words = std::string(row.completion) + ' ';
        for (std::size_t end = 0; (end = words.find(' ')) != std::string::npos; words.erase(0, end + 1)) {
            auto const word = words.substr(0, end);
            arguments args;
            CHECK_NOTHROW(row.set(args, word.ends_with('=') || word.ends_with(':') ? word + "1" : word));
        }
    }
}
