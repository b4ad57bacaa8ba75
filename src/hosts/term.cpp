// SPDX-License-Identifier: MIT
// Scans a host pattern:
//
//   list     = term *(operator term)
//   operator = "," / "!" / "&" / "^" / blanks          blanks may also stand around the others
//   term     = ["-"] ("@" group / "^" file / "/" regex "/" / item)
//
// "^" is an operator directly behind a term or when a blank follows it, and begins a file everywhere else.
#include "hosts/term.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/run_states.hpp"

namespace muster::hosts {
namespace {

constexpr std::string_view operators = ",!&^";

bool ends_term(char c) {
    return is_blank(c) || operators.find(c) != std::string_view::npos;
}

set_operator operator_of(char c) {
    switch (c) {
        case '!':
            return set_operator::subtract;
        case '&':
            return set_operator::intersect;
        case '^':
            return set_operator::exclusive;
        default:
            return set_operator::unite;
    }
}

class scanner {
  public:
    explicit scanner(pattern_text const& text) : text_(text) {}

    std::vector<term> run() {
        skip_blanks();
        auto with = set_operator::unite;
        do {
            take_term(with);
        } while (take_operator(with));
        return std::move(terms_);
    }

  private:
    bool at_end() const { return position_ == text_.size(); }

    bool skip_blanks() {
        auto const begin = position_;
        while (!at_end() && is_blank(text_[position_])) ++position_;
        return position_ > begin;
    }

    /// False at the end of the text.
    bool take_operator(set_operator& with) {
        bool const blanks = skip_blanks();
        if (at_end()) return false;
        char const c = text_[position_];
        bool const is_operator = operators.find(c) != std::string_view::npos && !(blanks && begins_file());
        with = is_operator ? operator_of(c) : set_operator::unite;
        if (!is_operator) return true;
        ++position_;
        skip_blanks();
        return true;
    }

    bool begins_file() const {
        return text_[position_] == '^' && position_ + 1 < text_.size() && !is_blank(text_[position_ + 1]);
    }

    void take_term(set_operator with) {
        if (at_end() || text_[position_] == ',') text_.fail(position_, "a host is missing here");
        if (text_[position_] == '!' || text_[position_] == '&') fail_without_left_side();
        bool const left_out = text_[position_] == '-';
        if (left_out) ++position_;
        if (left_out && (at_end() || ends_term_here()))
            text_.fail(position_ - 1, "'-' needs a host behind it to leave out");
        take_rest_of_term(with, left_out);
    }

    bool ends_term_here() const { return text_[position_] != '^' && ends_term(text_[position_]); }

    [[noreturn]] void fail_without_left_side() const {
        if (text_[position_] == '!')
            text_.fail(position_,
                       "'!' needs hosts before it, as in all!these; to leave hosts out use -x, or -HOST in the list");
        text_.fail(position_, "'&' needs hosts before it, as in these&those");
    }

    void take_rest_of_term(set_operator with, bool left_out) {
        switch (text_[position_]) {
            case '@':
                return add({with, term_kind::group, left_out, position_ + 1, end_of_group(position_ + 1)});
            case '^':
                return add({with, term_kind::file, left_out, position_ + 1, end_of_term(position_ + 1)});
            case '/':
                return take_regex(with, left_out);
            default:
                return take_item(with, left_out);
        }
    }

    void add(term const& found) {
        if (found.begin == found.end) text_.fail(found.begin - 1, missing_after(text_[found.begin - 1]));
        terms_.push_back(found);
        position_ = found.end;
    }

    static std::string missing_after(char c) {
        return c == '@' ? "the group after '@' is missing" : "the file after '^' is missing";
    }

    std::size_t end_of_term(std::size_t position) const {
        for (; position < text_.size() && !ends_term(text_[position]); ++position) {
            if (text_[position] == ']') text_.fail(position, "']' without '['");
            if (text_[position] == '[') position = text_.closing(position);
        }
        return position;
    }

    /// Commas and blanks may stand in the path of a ledger, which ends with the first ":STATE"; without one at `usual`.
    std::size_t end_of_first_state(std::size_t begin, std::size_t usual) const {
        for (auto colon = text_.all.find(':', begin); colon != std::string_view::npos;
             colon = text_.all.find(':', colon + 1)) {
            auto const end = end_of_term(colon + 1);
            if (is_run_state(text_.slice(colon + 1, end))) return end;
        }
        return usual;
    }

    /// The states of "@last:failed,auth" belong to it: a comma goes on where a state follows.
    std::size_t end_of_group(std::size_t begin) const {
        constexpr std::string_view ledger = "ledger:";
        auto end = end_of_term(begin);
        auto const name = text_.slice(begin, end);
        if (!name.starts_with("last:") && !name.starts_with(ledger)) return end;
        bool const lacks_states = name.starts_with(ledger) && name.find(':', ledger.size()) == std::string_view::npos;
        if (lacks_states) end = end_of_first_state(begin + ledger.size(), end);
        while (end < text_.size() && text_[end] == ',') {
            auto const next = end_of_term(end + 1);
            if (!is_run_state(text_.slice(end + 1, next))) break;
            end = next;
        }
        return end;
    }

    /// To the first slash with which the term can end, so that commas and blanks may stand inside.
    void take_regex(set_operator with, bool left_out) {
        auto const begin = position_ + 1;
        auto end = begin;
        do {
            end = text_.all.find('/', end + 1);
            if (end == std::string_view::npos)
                text_.fail(position_, "the '/' that ends /REGEX/ is missing; the hosts of a file are ^FILE");
        } while (end + 1 < text_.size() && !ends_term(text_[end + 1]));
        terms_.push_back({with, term_kind::regex, left_out, begin, end});
        position_ = end + 1;
    }

    void take_item(set_operator with, bool left_out) {
        auto const begin = position_;
        position_ = end_of_term(begin);
        auto const name = text_.slice(begin, position_);
        auto const from = std::min(name.rfind('@') + 1, name.size());  // 0 without one
        bool const is_wildcard = name.find_first_of("*?", from) != std::string_view::npos;
        terms_.push_back({with, is_wildcard ? term_kind::wildcard : term_kind::hosts, left_out, begin, position_});
    }

    pattern_text const& text_;
    std::size_t position_ = 0;
    std::vector<term> terms_;
};

}  // namespace

std::vector<term> scan_terms(pattern_text const& text) {
    return scanner(text).run();
}

}  // namespace muster::hosts
