// SPDX-License-Identifier: MIT
// Wildcards, and regular expressions by the C library's regcomp.
#include "hosts/name_match.hpp"

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

struct name_regex::compiled {
    explicit compiled(std::string const& text) {
        auto const fault = ::regcomp(&code, text.c_str(), REG_EXTENDED);
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
    auto const& part = parts[1].rm_so >= 0 ? parts[1] : parts[0];
    return name.substr(static_cast<std::size_t>(part.rm_so), static_cast<std::size_t>(part.rm_eo - part.rm_so));
}

host_list name_regex::select(host_list const& from, bool matching) const {
    host_list out;
    for (auto const& entry : from)
        if (matches(entry.name) == matching) out.add(entry);
    return out;
}

}  // namespace muster::hosts
