// SPDX-License-Identifier: MIT
// Group files: a first byte `y` begins a YAML file, `c` a groups.conf, anything else a file of hosts as dsh's groups
// are. Each is an error with a reason, or groups of which everything can be asked.
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <muster/host.hpp>

#include "hosts/evaluate.hpp"
#include "hosts/sources/group_source.hpp"
#include "hosts/sources/groups_conf.hpp"

using namespace muster::hosts;

namespace {

namespace fs = std::filesystem;

/// Everything a list can ask of a directory; each question is answered or refused.
void ask_all(group_directory const& groups, std::vector<std::string> const& sources) {
    name_lookup names;
    names.group = [&](auto const& source, auto const& group) { return groups.group(source, group); };
    names.group_names = [&](auto const& source) { return groups.names(source); };
    names.all = [&](auto const& source) { return groups.all(source); };
    names.file = [](auto const&, auto const&) -> found_hosts { throw lookup_error("none"); };
    evaluator evaluate(names, 1000);
    for (auto const& source : sources) {
        for (std::string const rest : {":*", ":a", ":?", ":a!@b"}) {
            try {
                (void)evaluate.list("@" + source + rest);
            } catch (lookup_error const&) {
            } catch (muster::host_syntax_error const& error) {
                if (error.column() > error.pattern().size() || error.excerpt().size() > 300) std::abort();
            }
        }
    }
}

void read_yaml(std::string const& text) {
    group_directory groups;
    std::vector<std::string> names;
    for (auto& source : parse_yaml_groups(text, "file")) {
        names.push_back(source.name);
        groups.add(std::move(source), true);
    }
    ask_all(groups, names);
}

/// A folder of this process's own; the input is its groups.conf.
std::string const& folder() {
    static auto const path = [] {
        auto name = (fs::temp_directory_path() / "muster-fuzz-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        static std::string const made = name;
        std::atexit([] { fs::remove_all(made); });
        return name;
    }();
    return path;
}

void read_conf(std::string const& text) {
    std::ofstream(folder() + "/groups.conf") << text;
    ::chmod((folder() + "/groups.conf").c_str(), 0600);
    group_directory groups;
    add_clustershell_groups(groups, {folder()}, [](std::string const& command, std::string const&) {
        return "n[1-3],x " + command.substr(0, 50);
    });
    ask_all(groups, {"local", "own", "s", "a"});
}

void read_hosts(std::string const& text) {
    name_lookup const names;
    (void)evaluator(names, 1000).file(text, "file");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string text(reinterpret_cast<char const*>(data), size);
    char const kind = text.empty() ? ' ' : text.front();
    if (kind == 'y' || kind == 'c') text.erase(0, 1);
    try {
        if (kind == 'y')
            read_yaml(text);
        else if (kind == 'c')
            read_conf(text);
        else
            read_hosts(text);
    } catch (lookup_error const&) {
    } catch (muster::host_syntax_error const&) {
    }
    return 0;
}
