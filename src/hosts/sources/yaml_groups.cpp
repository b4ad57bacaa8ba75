// SPDX-License-Identifier: MIT
// ClusterShell's group files in YAML.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <memory>

#include "hosts/sources/groups_conf.hpp"

namespace muster::hosts {
namespace {

using group_texts = std::map<std::string, std::string>;

std::string text_of(YAML::Node const& hosts, std::string const& where) {
    if (hosts.IsNull()) return {};
    if (hosts.IsScalar()) return hosts.Scalar();
    if (!hosts.IsSequence()) throw lookup_error(fmt::format("{}: neither hosts nor a list of them", where));
    std::string out;
    for (auto const& each : hosts) {
        if (!each.IsScalar()) throw lookup_error(fmt::format("{}: a list may hold hosts only", where));
        out += each.Scalar() + "\n";
    }
    return out;
}

group_source source_of(std::string const& name, group_texts texts, std::string const& path) {
    auto const groups = std::make_shared<group_texts const>(std::move(texts));
    group_source out;
    out.name = name;
    out.origin = path;
    auto const find = [groups, path](std::string const& group) -> std::optional<found_hosts> {
        auto const found = groups->find(group);
        if (found == groups->end()) return std::nullopt;
        return found_hosts{path, {}, found->second, false, {}};
    };
    out.group = find;
    out.all = [find] { return find("all"); };
    out.names = [groups] {
        std::vector<std::string> names;
        for (auto const& each : *groups) names.push_back(each.first);
        return names;
    };
    return out;
}

std::vector<group_source> sources_of(YAML::Node const& root, std::string const& path) {
    std::vector<group_source> out;
    if (root.IsNull()) return out;
    if (!root.IsMap()) throw lookup_error(fmt::format("{}: not a mapping of group sources", path));
    for (auto const& source : root) {
        auto const name = source.first.Scalar();
        if (!source.second.IsMap()) throw lookup_error(fmt::format("{}: {} is not a mapping of groups", path, name));
        group_texts groups;
        for (auto const& group : source.second) {
            auto const where = fmt::format("{}: {}: {}", path, name, group.first.Scalar());
            groups.emplace(group.first.Scalar(), text_of(group.second, where));
        }
        out.push_back(source_of(name, std::move(groups), path));
    }
    return out;
}

}  // namespace

std::vector<group_source> parse_yaml_groups(std::string const& text, std::string const& path) {
    try {
        return sources_of(YAML::Load(text), path);
    } catch (YAML::Exception const& error) {
        throw lookup_error(fmt::format("{}:{}: {}", path, error.mark.line + 1, error.msg));
    }
}

}  // namespace muster::hosts
