// SPDX-License-Identifier: MIT
// Collects hosts and filters, and applies the filters at the end.
#include "hosts/selection.hpp"

#include "hosts/set_algebra.hpp"

namespace muster::hosts {
namespace {

void append(std::vector<name_regex>& to, std::vector<name_regex> const& more) {
    to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

void selection::add(std::string_view list, list_of what) {
    auto found = evaluator_.list(list, what);
    named_.names_hosts = named_.names_hosts || found.names_hosts;
    if (named_.hosts.empty())
        named_.hosts = std::move(found.hosts);
    else
        named_.hosts.add(found.hosts);
    named_.left_out.add(found.left_out);
    append(named_.kept, found.kept);
    append(named_.dropped, found.dropped);
}

void selection::add(host_list const& hosts) {
    named_.names_hosts = true;
    named_.hosts.add(hosts);
}

void selection::add_file(std::string_view text, std::string const& path) {
    add(evaluator_.file(text, path));
}

void selection::add_all() {
    named_.names_hosts = true;
    named_.hosts.unite(evaluator_.all({}));
}

void selection::leave_out(std::string_view list, list_of what) {
    auto const found = evaluator_.list(list, what);
    if (!found.left_out.empty() || !found.dropped.empty())
        throw host_syntax_error("'-' can't stand in a list of hosts to leave out", std::string(list), 0);
    named_.left_out.add(found.hosts);
    append(named_.dropped, found.kept);
}

host_list selection::take() {
    auto out = named_.names_hosts || named_.kept.empty() ? std::move(named_.hosts) : evaluator_.known(false);
    if (!named_.left_out.empty()) out = difference(out, named_.left_out);
    for (auto const& expression : named_.kept) out = expression.select(out, true);
    for (auto const& expression : named_.dropped) out = expression.select(out, false);
    return out;
}

}  // namespace muster::hosts
