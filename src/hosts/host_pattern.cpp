// SPDX-License-Identifier: MIT
// The public functions on patterns: names alone, without groups and files.
#include <muster/host.hpp>

#include "hosts/selection.hpp"

namespace muster {

host_list parse_hosts(std::string_view pattern, std::size_t limit) {
    hosts::name_lookup const nothing;
    hosts::selection selected(nothing, limit);
    selected.add(pattern);
    if (!selected.names_hosts()) throw host_syntax_error("this names no hosts", std::string(pattern), 0);
    return selected.take();
}

host_list parse_hostfile(std::string_view text, std::string const& where, std::size_t limit) {
    hosts::name_lookup const nothing;
    return hosts::evaluator(nothing, limit).file(text, where);
}

}  // namespace muster
