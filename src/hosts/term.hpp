// SPDX-License-Identifier: MIT
// Cuts a host pattern into terms and the set operators between them, without looking anything up.
#pragma once

#include <cstddef>
#include <vector>

#include "hosts/pattern_text.hpp"

namespace muster::hosts {

/// What a term does to the hosts before it, from left to right.
enum class set_operator : unsigned char {
    unite,      ///< `,` or blanks
    subtract,   ///< `!`
    intersect,  ///< `&`
    exclusive,  ///< `^`: the hosts of one side alone
};

enum class term_kind : unsigned char {
    hosts,     ///< web[1-3]
    wildcard,  ///< web*
    group,     ///< @web
    file,      ///< ^path
    regex,     ///< /web[0-9]+/
};

/// text[begin, end) without the character that tells its kind (`@`, `^`, the slashes).
struct term {
    set_operator with;
    term_kind kind;
    bool left_out;  ///< `-` stood in front: not these, wherever in the list they are named
    std::size_t begin;
    std::size_t end;
};

/// At least one. Throws host_syntax_error: an operator without a term, brackets that don't match.
std::vector<term> scan_terms(pattern_text const& text);

}  // namespace muster::hosts
