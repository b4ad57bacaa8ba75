// SPDX-License-Identifier: MIT
// ClusterShell's group files in YAML.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <memory>

#include "hosts/file_place.hpp"
#include "hosts/host_text.hpp"
#include "hosts/sources/groups_conf.hpp"

namespace muster::hosts {
namespace {

using group_texts = std::map<std::string, std::string>;

/// The text of a file of groups, and errors that point into it.
struct yaml_file {
    std::string const& text;
    std::string const& path;

    [[noreturn]] void fail(YAML::Mark const& mark, std::string const& reason) const {
        if (mark.is_null()) throw lookup_error(fmt::format("{}: {}", path, reason));
        fail_in_line(path, text, static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column), reason);
    }
};

std::string text_of(YAML::Node const& hosts, yaml_file const& file, std::string const& group) {
    if (hosts.IsNull()) return {};
    if (hosts.IsScalar()) return hosts.Scalar();
    if (!hosts.IsSequence()) file.fail(hosts.Mark(), fmt::format("{} is neither hosts nor a list of them", group));
    std::string out;
    for (auto const& each : hosts) {
        if (!each.IsScalar()) file.fail(each.Mark(), fmt::format("the list of {} may hold hosts only", group));
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

std::vector<group_source> sources_of(YAML::Node const& root, yaml_file const& file) {
    std::vector<group_source> out;
    if (root.IsNull()) return out;
    if (!root.IsMap()) file.fail(root.Mark(), "this is no mapping of group sources");
    for (auto const& source : root) {
        auto const name = source.first.Scalar();
        if (!source.second.IsMap())
            file.fail(source.first.Mark(), fmt::format("the source {} is no mapping of groups", printable(name)));
        group_texts groups;
        for (auto const& group : source.second) {
            auto const label = printable(group.first.Scalar());
            groups.insert_or_assign(group.first.Scalar(), text_of(group.second, file, label));  // as Python reads it
        }
        out.push_back(source_of(name, std::move(groups), file.path));
    }
    return out;
}

}  // namespace

std::vector<group_source> parse_yaml_groups(std::string const& text, std::string const& path) {
    yaml_file const file{text, path};
    try {
        return sources_of(YAML::Load(text), file);
    } catch (YAML::Exception const& error) {
        file.fail(error.mark, error.msg);
    }
}

}  // namespace muster::hosts
