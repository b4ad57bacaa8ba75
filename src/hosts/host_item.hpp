// SPDX-License-Identifier: MIT
// One item of a host list, such as "root@web[1-3].example.com:2222", and the hosts it stands for.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include <muster/host.hpp>

#include "hosts/pattern_text.hpp"

namespace muster::hosts {

/// Whether `*` and `?` may stand in names.
enum class wildcards { refused, kept };

/// How many hosts a list may have, and has.
struct host_budget {
    std::size_t limit;
    std::size_t used = 0;
};

/// Gives every host that text[begin, end) stands for to `take`, in the order written. Throws host_syntax_error for what
/// is no item and for one that makes more hosts than the budget has room for, before `take` is called.
void expand_item(pattern_text const& text, std::size_t begin, std::size_t end, wildcards allowed, host_budget budget,
                 std::function<void(host const&)> const& take);

/// The same for any text with ranges, such as the name of a group: nothing but its ranges is checked.
void expand_ranges(pattern_text const& text, std::size_t begin, std::size_t end, host_budget budget,
                   std::function<void(std::string const&)> const& take);

}  // namespace muster::hosts
