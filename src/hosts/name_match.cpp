// SPDX-License-Identifier: MIT
// Wildcards, and regular expressions by the C library's regcomp.
#include "hosts/name_match.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <regex.h>

#include "hosts/host_text.hpp"
#include "hosts/name_lookup.hpp"

namespace muster::hosts {

bool matches_wildcard(std::string_view mask, std::string_view name) {
    std::size_t m = 0;
    std::size_t n = 0;
    auto star = std::string_view::npos;  // the last one, which takes as little as possible
    std::size_t taken = 0;
    while (n < name.size()) {
        if (m < mask.size() && mask[m] == '*') {
            star = m++;
            taken = n;
        } else if (m < mask.size() && (mask[m] == '?' || to_lower(mask[m]) == to_lower(name[n]))) {
            ++m;
            ++n;
        } else if (star != std::string_view::npos) {
            m = star + 1;
            n = ++taken;
        } else {
            return false;
        }
    }
    return mask.find_first_not_of('*', m) == std::string_view::npos;
}

namespace {

constexpr std::size_t largest_regex = 1024;

/// How many single characters the C library makes of a regular expression: it writes x+ as xx*, and x{n} out n times,
/// so that repetitions of repetitions take all memory. Saturates.
class regex_size {
  public:
    std::size_t of(std::string_view text) {
        for (std::size_t i = 0; i < text.size(); ++i) i = take(text, i);
        while (sums_.size() > 1) close();
        return sums_.back();
    }

  private:
    /// The place of the last byte taken.
    std::size_t take(std::string_view text, std::size_t i) {
        switch (text[i]) {
            case '(':
                sums_.push_back(0);
                return i;
            case ')':
                close();
                return i;
            case '*':
            case '?':
                repeat(1);
                return i;
            case '+':
                repeat(2);
                return i;
            case '{':
                return take_interval(text, i);
            case '[':
                add(1);
                return std::min(text.find(']', i + 2), text.size());
            case '\\':
                add(1);
                return i + 1;
            default:
                add(1);
                return i;
        }
    }

    std::size_t take_interval(std::string_view text, std::size_t i) {
        std::size_t number = 0;
        std::size_t greatest = 1;
        for (++i; i < text.size() && text[i] != '}'; ++i) {
            bool const digit = text[i] >= '0' && text[i] <= '9';
            number = digit ? std::min(number * 10 + static_cast<std::size_t>(text[i] - '0'), largest_regex + 1) : 0;
            greatest = std::max(greatest, number);
        }
        repeat(greatest + 1);
        return i;
    }

    void add(std::size_t size) {
        last_ = size;
        repeated_ = false;
        sums_.back() = std::min(sums_.back() + size, largest_regex + 1);
    }

    /// POSIX leaves a repetition right behind another one undefined.
    void repeat(std::size_t times) {
        if (repeated_) times = largest_regex + 1;
        sums_.back() -= std::min(last_, sums_.back());
        add(std::min(last_ * times, largest_regex + 1));
        repeated_ = true;
    }

    void close() {
        auto const size = sums_.back() + 1;
        if (sums_.size() > 1) sums_.pop_back();
        add(size);
    }

    std::vector<std::size_t> sums_{0};  // of each open bracket
    bool repeated_ = false;             // the last one is a repetition itself
    std::size_t last_ = 0;              // what a repetition is of
};

/// With \d and \D outside of brackets spelled out; POSIX leaves them undefined.
std::string with_digits(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        auto const end = std::min(text[i] == '[' ? text.find(']', i + 2) : i, text.size());
        auto const piece = text.substr(i, text[i] == '\\' ? 2 : end - i + 1);
        i += piece.size();
        if (piece == "\\d") {
            out += "[0-9]";
        } else if (piece == "\\D") {
            out += "[^0-9]";
        } else {
            out += piece;
        }
    }
    return out;
}

}  // namespace

struct name_regex::compiled {
    explicit compiled(std::string const& text) {
        if (regex_size().of(text) > largest_regex)
            throw lookup_error(
                fmt::format("/{}/: too large, or a repetition right behind another one", printable(text)));
        auto const fault = ::regcomp(&code, with_digits(text).c_str(), REG_EXTENDED);
        if (fault == 0) return;
        char message[200];
        ::regerror(fault, &code, message, sizeof message);
        throw lookup_error(fmt::format("/{}/: {}", printable(text), message));
    }
    compiled(compiled const&) = delete;
    compiled& operator=(compiled const&) = delete;
    ~compiled() { ::regfree(&code); }

    regex_t code;
};

name_regex::name_regex(std::string const& text) : expression_(std::make_shared<compiled>(text)) {}

bool name_regex::matches(std::string const& name) const {
    return ::regexec(&expression_->code, name.c_str(), 0, nullptr, 0) == 0;
}

std::string name_regex::part_of(std::string const& name) const {
    regmatch_t parts[2];
    if (::regexec(&expression_->code, name.c_str(), 2, parts, 0) != 0) return {};
    auto const& part = has_parts() ? parts[1] : parts[0];
    if (part.rm_so < 0) return {};
    return name.substr(static_cast<std::size_t>(part.rm_so), static_cast<std::size_t>(part.rm_eo - part.rm_so));
}

bool name_regex::has_parts() const noexcept {
    return expression_->code.re_nsub > 0;
}

host_list name_regex::select(host_list const& from, bool matching) const {
    host_list out;
    for (auto const& entry : from)
        if (matches(entry.name) == matching) out.add(entry);
    return out;
}

}  // namespace muster::hosts
