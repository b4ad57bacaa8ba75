// SPDX-License-Identifier: MIT
// Turns %h, %u and %n into {host}, {user} and {n}, and quotes the words.
#include "cli/options/percent_words.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

/// What stands for a letter behind %; empty: it has no meaning there.
std::string_view name_for(char letter) {
    switch (letter) {
        case 'h':
            return "{host}";
        case 'u':
            return "{user}";
        case 'n':
            return "{n}";
        default:
            return {};
    }
}

/// Two quotes behind each brace, which mean nothing to the shell, keep "{host}" in a word from being the host.
std::string quoted_with_braces(std::string const& text) {
    std::string out;
    for (char const c : shell::quoted(text)) out.append(1, c).append(c == '{' ? "''" : "");
    return out;
}

class percent_text {
  public:
    explicit percent_text(percent_command& command) : command_(command) {}

    void add_word(std::string const& word) {
        for (std::size_t at = 0; at < word.size(); ++at) {
            char const next = word[at] == '%' && at + 1 < word.size() ? word[at + 1] : '\0';
            auto const name = name_for(next);
            if (!name.empty() || next == '%') ++at;
            if (name.empty()) {
                literal_ += word[at];
            } else {
                add_name(name);
            }
        }
        flush();
        command_.words.push_back(text_.empty() ? "''" : std::exchange(text_, {}));
    }

  private:
    void flush() {
        if (!literal_.empty()) text_ += quoted_with_braces(std::exchange(literal_, {}));
    }

    void add_name(std::string_view name) {
        flush();
        text_ += name;
        command_.is_template = command_.is_template || name != "{host}";
    }

    percent_command& command_;
    std::string literal_;
    std::string text_;
};

/// What stands for the name behind the % at `at`, which is moved behind it.
std::string_view shell_name_at(std::string const& text, std::size_t& at) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    auto const begin = at++;
    if (text.substr(at).starts_with('%')) return ++at, "%";
    bool const braced = text.substr(at).starts_with('{');
    if (braced) ++at;
    auto const end = std::min(text.find_first_not_of(letters, at), text.size());
    auto const name = text.substr(at, end - at);
    at = end + (braced ? 1 : 0);
    if (name == "h" || name == "host") return "{host}";
    if (name == "n" || name == "rank") return "{n}";
    throw std::invalid_argument(
        fmt::format("'{}' has no like here; %h, %n and %% have", text.substr(begin, at - begin)));
}

}  // namespace

percent_command with_percents(std::span<std::string const> words) {
    percent_command made;
    percent_text text(made);
    for (auto const& word : words) text.add_word(word);
    return made;
}

percent_command with_percents_for_shell(std::span<std::string const> words) {
    auto const text = fmt::format("{}", fmt::join(words, " "));
    percent_command made;
    auto& out = made.words.emplace_back();
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find('%', at), text.size());
        out.append(text, at, end - at);
        at = end;
        if (at < text.size()) out += shell_name_at(text, at);
    }
    made.is_template = out.find("{n}") != std::string::npos;
    return made;
}

}  // namespace muster::cli
