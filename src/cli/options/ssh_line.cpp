// SPDX-License-Identifier: MIT
// Splits a line of ssh's options and takes those that muster has.
#include "cli/options/ssh_line.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

struct ssh_letter {
    char letter;
    bool takes_value;
    std::string_view ours;  ///< empty: nothing has to be done here
};

constexpr ssh_letter letters[] = {
    {'o', true, "-o"},
    {'p', true, "--port"},
    {'i', true, "--identity"},
    {'l', true, "-l"},
    {'F', true, "--ssh-config"},
    {'J', true, "--jump"},
    {'4', false, "-4"},
    {'A', false, "--forward-agent"},
    {'6', false, "-6"},
    {'2', false, ""},
    {'a', false, ""},
    {'C', false, ""},
    {'k', false, ""},
    {'n', false, ""},
    {'q', false, ""},
    {'T', false, ""},
    {'x', false, ""},
};

[[noreturn]] void fail(std::string_view word) {
    throw std::invalid_argument(
        fmt::format("of ssh's options -o, -p, -l, -i, -F, -J, -A, -4 and -6 are taken here, not '{}'",
                    output::sanitised(word, 40)));
}

std::vector<std::string> split_at_blanks(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find(' ', at), text.size());
        if (end > at) words.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

class ssh_line {
  public:
    explicit ssh_line(std::string_view text) : words_(split_at_blanks(text)) {}

    std::vector<std::string> ours() {
        while (at_ < words_.size()) take(words_[at_++]);
        return std::move(ours_);
    }

  private:
    void take(std::string const& word) {
        if (word == "%h") return;
        if (word.size() < 2 || word.front() != '-' || word[1] == '-') fail(word);
        for (std::size_t i = 1; i < word.size(); ++i) {
            auto const* const row = std::ranges::find(letters, word[i], &ssh_letter::letter);
            if (row == std::end(letters)) fail(word);
            if (row->takes_value) return take_value(*row, word.substr(i + 1), word);
            if (!row->ours.empty()) ours_.emplace_back(row->ours);
        }
    }

    void take_value(ssh_letter const& row, std::string value, std::string const& word) {
        if (value.empty() && at_ < words_.size()) value = words_[at_++];
        bool const is_setting = row.letter != 'o' || value.find('=') != value.npos;
        if (value.empty() || value.starts_with('-') || !is_setting) fail(word + ' ' + value);
        if (row.letter == 'l' && value == "%u") return;
        ours_.emplace_back(row.ours);
        ours_.push_back(std::move(value));
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    std::vector<std::string> ours_;
};

}  // namespace

std::vector<std::string> options_of_ssh(std::string_view text) {
    return ssh_line(text).ours();
}

}  // namespace muster::cli
