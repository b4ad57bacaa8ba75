// SPDX-License-Identifier: MIT
// Asks ansible-inventory, and finds in its many words what is wrong and where.
#include "cli/hosts/ansible_inventory.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "cli/process/run_program.hpp"
#include "hosts/file_place.hpp"
#include "hosts/sources/group_source.hpp"
#include "output/terminal/sanitise.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

/// Blanks and line ends, as many as there are, become one blank.
std::string unwrapped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        bool const blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!blank) out += c;
        if (blank && !out.empty() && out.back() != ' ') out += ' ';
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

/// The text between two marks, to the end where the second one is missing; nothing without the first.
std::optional<std::string_view> between(std::string_view text, std::string_view begin, std::string_view end) {
    auto const from = text.find(begin);
    if (from == std::string_view::npos) return std::nullopt;
    text.remove_prefix(from + begin.size());
    return text.substr(0, std::min(text.find(end), text.size()));
}

std::optional<std::size_t> number_behind(std::string_view text, std::string_view mark) {
    auto const found = between(text, mark, "\n");
    std::size_t number = 0;
    if (!found || std::from_chars(found->data(), found->data() + found->size(), number).ec != std::errc{} ||
        number == 0)
        return std::nullopt;
    return number;
}

/// Each of Ansible's readers has something to say; that of the file's form is to be believed.
std::optional<std::string> words_of_reader(std::string const& path, std::string const& said) {
    bool const is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    bool const is_program = ::access(path.c_str(), X_OK) == 0;
    for (auto const* reader : {is_program ? "script" : is_yaml ? "yaml" : "ini", "ini", "yaml"})
        if (auto const found = between(said, fmt::format("with {} plugin:", reader), "[WARNING]"))
            return unwrapped(found->substr(0, std::min(found->find("ERROR!"), found->size())));
    return std::nullopt;
}

[[noreturn]] void explain(std::string const& path, std::string const& text, std::string const& said) {
    auto const words = words_of_reader(path, said);
    if (!words) {
        auto const all = unwrapped(said);
        throw hosts::lookup_error(fmt::format("inventory {}: {}", path, output::sanitised(all, 300)));
    }
    auto reason = *words;
    if (auto const yaml = between(reason, "Syntax Error while loading YAML.", "The error appears"))
        reason = unwrapped(*yaml);
    if (auto const line = number_behind(reason, path + ":")) {
        reason.erase(0, reason.find(": ") + 2);
        hosts::fail_in_line("inventory " + path, text, *line - 1, 0, output::sanitised(reason, 200));
    }
    auto const place = between(*words, "The error appears", "The offending").value_or(std::string_view());
    auto const line = number_behind(place, ": line ");
    auto const column = number_behind(place, ", column ");
    auto const shown = output::sanitised(reason, 300);
    if (line && column) hosts::fail_in_line("inventory " + path, text, *line - 1, *column - 1, shown);
    throw hosts::lookup_error(fmt::format("inventory {}: Ansible can't read it: {}", path, shown));
}

}  // namespace

std::string ask_ansible(std::string const& path, std::string const& text, bool quiet) {
    auto const program = std::string(
        "command -v ansible-inventory >/dev/null || { echo 'this is read through ansible-inventory, which is not "
        "installed (ansible-core); JSON is read as it is' >&2; exit 127; }\n"
        "export ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=1 ANSIBLE_NOCOLOR=1 ANSIBLE_FORCE_COLOR=0 ANSIBLE_DEPRECATION_"
        "WARNINGS=0\nexec ansible-inventory --list -i ");
    try {
        auto const what = quiet ? std::string() : fmt::format("ansible-inventory ({})", path);
        return run_host_program(program + shell::portable_word(path), {}, what);
    } catch (hosts::program_error const& error) {
        if (unwrapped(error.said).empty())
            throw hosts::lookup_error(fmt::format("inventory {}: ansible-inventory {}", path, error.ended));
        explain(path, text, error.said);
    }
}

}  // namespace muster::cli
