// SPDX-License-Identifier: MIT
// Takes one word after the other; an option may take the next.
#include "cli/options/split.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "cli/options/foreign_options.hpp"
#include "output/terminal/sanitise.hpp"

namespace muster::cli {

namespace {

[[noreturn]] void throw_unknown_name(std::string_view name) {
    auto const nearest = nearest_option(name);
    auto hint = here_that_is(name);
    if (hint.empty() && !nearest.empty()) hint = fmt::format("; did you mean --{}?", nearest);
    throw usage_error(fmt::format("unknown option --{}{}", output::sanitised(name, 60), hint));
}

/// With such an option every word is the command's.
bool names_hosts(option_row const& row) {
    constexpr std::string_view names[] = {"hosts", "hostfile", "resume", "group", "all", "failed"};
    return std::ranges::find(names, row.name) != std::end(names);
}

class splitter {
  public:
    explicit splitter(std::span<char const* const> words) : words_(words) {}

    split_line run() {
        while (position_ < words_.size() && line_.command.empty()) take(words_[position_++]);
        return std::move(line_);
    }

  private:
    void take(std::string_view word) {
        bool const is_option = !options_ended_ && word.size() > 1 && word.front() == '-';
        if (!is_option) {
            take_word(word);
        } else if (word == "--") {
            options_ended_ = line_.ended = true;
        } else if (word.starts_with("--")) {
            take_name(word.substr(2));
        } else {
            take_letters(word.substr(1));
        }
    }

    void take_word(std::string_view word) {
        if (merges_) {
            line_.files.emplace_back(word);
        } else if (!line_.hosts && !hosts_by_option_) {
            line_.hosts = word;
        } else {
            line_.command.assign(words_.begin() + static_cast<std::ptrdiff_t>(position_) - 1, words_.end());
        }
    }

    void take_name(std::string_view word) {
        if (word == "json=events") word = "json-events";
        auto const equals = word.find('=');
        bool const has_value = equals != std::string_view::npos;
        auto const* const row = find_option(word.substr(0, equals));
        if (row == nullptr) throw_unknown_name(word.substr(0, equals));
        if (row->is_switch() && has_value)
            throw usage_error(fmt::format("option --{} takes no value{}", row->name,
                                          row->name == "json" ? " but events (--json=events)" : ""));
        if (has_value) {
            add(*row, word.substr(equals + 1));
        } else {
            add(*row, row->takes_word() ? next_word(*row) : std::string_view());
        }
    }

    /// Switches, of which the last may be an option whose value follows, here or in the next word.
    void take_letters(std::string_view letters) {
        while (!letters.empty()) {
            auto const* const row = find_option(letters.front());
            if (row == nullptr)
                throw usage_error(fmt::format("unknown option -{}{}", output::sanitised(letters.substr(0, 1)),
                                              here_that_is(letters.substr(0, 1))));
            letters.remove_prefix(1);
            if (!row->takes_word()) {
                add(*row, {});
            } else {
                add(*row, letters.empty() ? next_word(*row) : letters);
                return;
            }
        }
    }

    std::string_view next_word(option_row const& row) {
        if (position_ == words_.size())
            throw usage_error(fmt::format("option {} needs a value: {}", spelled(row), row.value));
        return words_[position_++];
    }

    void add(option_row const& row, std::string_view value) {
        hosts_by_option_ = hosts_by_option_ || names_hosts(row);
        merges_ = merges_ || row.name == "merge";
        line_.options.push_back({&row, std::string(value)});
    }

    std::span<char const* const> words_;
    std::size_t position_ = 0;
    bool options_ended_ = false;
    bool hosts_by_option_ = false;
    bool merges_ = false;
    split_line line_;
};

}  // namespace

std::size_t split_line::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count(options, name, [](given_option const& option) { return option.row->name; }));
}

split_line split(std::span<char const* const> words) {
    return splitter(words).run();
}

}  // namespace muster::cli
