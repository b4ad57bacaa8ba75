// SPDX-License-Identifier: MIT
// See percent_words.hpp.
#include "cli/options/percent_words.hpp"

#include <string_view>
#include <utility>

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

}  // namespace

percent_command with_percents(std::span<std::string const> words) {
    percent_command made;
    percent_text text(made);
    for (auto const& word : words) text.add_word(word);
    return made;
}

}  // namespace muster::cli
