// SPDX-License-Identifier: MIT
// Looks groups up in the sources that there are.
#include "hosts/sources/group_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"
#include "hosts/near_miss.hpp"
#include "hosts/pattern_text.hpp"
#include "hosts/run_states.hpp"

namespace muster::hosts {
namespace {

constexpr auto nowhere = "no --inventory, no groups.conf of ClusterShell, no ~/.dsh/group";

bool is_empty(found_hosts const& found) {
    return found.hosts.empty() && std::ranges::all_of(found.text, is_blank);
}

/// A program that prints nothing may mean an empty group or a typing error, which must not pass for one. It is believed
/// where it lists the group, or where the user has named the source, such as that of the nodes' states, which lists
/// only what is not empty, and no group has a name like that.
bool is_believed(group_source const& source, std::string const& name, bool named_source) {
    auto const known = source.names();
    if (std::ranges::find(known, name) != known.end()) return true;
    return named_source && did_you_mean(name, known, "@").empty();
}

/// All groups of a source, by their names.
found_hosts every_group(group_source const& source) {
    found_hosts out{source.origin, source.name, {}, false, {}};
    for (auto const& name : source.names()) out.text += fmt::format("@{}:{} ", source.name, name);
    return out;
}

}  // namespace

void group_directory::add(group_source source, bool usual) {
    auto const same = [&](auto const& other) { return other.first.name == source.name; };
    if (std::ranges::any_of(sources_, same))
        throw lookup_error(fmt::format("{}: there are two group sources {}", source.origin, source.name));
    sources_.emplace_back(std::move(source), usual);
}

group_source const& group_directory::named(std::string const& source) const {
    auto const found = std::ranges::find_if(sources_, [&](auto const& each) { return each.first.name == source; });
    if (found != sources_.end()) return found->first;
    std::vector<std::string> known;
    for (auto const& each : sources_) known.push_back(each.first.name);
    throw lookup_error(fmt::format("no group source {}{}", printable(source), did_you_mean(source, known, "")));
}

std::vector<group_source const*> group_directory::candidates(std::string const& source) const {
    if (!source.empty()) return {&named(source)};
    std::vector<group_source const*> out;
    for (auto const& [each, usual] : sources_)
        if (usual) out.push_back(&each);
    return out;
}

found_hosts group_directory::group(std::string const& source, std::string const& name) const {
    std::optional<found_hosts> empty;
    auto const where = candidates(source);
    for (auto const* each : where) {
        auto found = each->group(name);
        if (!found) continue;
        found->source = each->name;
        if (!is_empty(*found)) return *found;
        if (!empty && is_believed(*each, name, !source.empty())) empty = std::move(found);
    }
    if (empty) return *empty;
    fail(source, name);
}

void group_directory::fail(std::string const& source, std::string const& name) const {
    auto const where = candidates(source);
    if (where.empty()) throw lookup_error(fmt::format("there are no groups: {}{}", nowhere, record_words(name)));
    std::vector<std::string> known;
    for (auto const* each : where) std::ranges::copy(each->names(), std::back_inserter(known));
    throw lookup_error(fmt::format("no group {} in {}{}{}", printable(name), where.front()->origin,
                                   did_you_mean(name, known, "@"), record_words(name)));
}

std::vector<std::string> group_directory::names(std::string const& source) const {
    std::vector<std::string> out;
    for (auto const* each : candidates(source)) std::ranges::copy(each->names(), std::back_inserter(out));
    return out;
}

std::vector<std::string> group_directory::sources() const {
    std::vector<std::string> out;
    for (auto const& each : sources_) out.push_back(each.first.name);
    return out;
}

std::string group_directory::origin_of_all() const {
    auto const where = candidates({});
    return where.empty() ? nowhere : where.front()->origin;
}

found_hosts group_directory::all(std::string const& source) const {
    auto const where = candidates(source);
    if (where.empty()) return {};
    auto const& first = *where.front();
    auto found = first.all();
    if (!found) return every_group(first);
    found->source = first.name;
    return *found;
}

}  // namespace muster::hosts
