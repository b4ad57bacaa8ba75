// SPDX-License-Identifier: MIT
// Finds what would come to lie over something else, before the first connection.
#include "cli/plan/local_folders.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include <muster/error.hpp>

#include "cli/hosts/targets.hpp"
#include "cli/options/values.hpp"
#include "files/folder.hpp"
#include "output/record/host_folder.hpp"

namespace muster::cli {

namespace {

namespace fs = std::filesystem;

/// Of "out/{host}/x" the part that all hosts share: "out".
std::string shared_part(std::string const& folder) {
    auto const mark = folder.find("{host}");
    if (mark == std::string::npos) return folder;
    auto const slash = folder.rfind('/', mark);
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : folder.substr(0, slash);
}

std::string last_part(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path.substr(path.rfind('/') + 1);
}

void check_places(std::vector<std::string> const& pulls) {
    std::set<std::string> places;
    for (auto const& text : pulls) {
        auto const [source, folder] = source_and_folder(text);
        auto place = (fs::path(folder) / last_part(source)).lexically_normal().string();
        constexpr std::string_view host = "{host}";
        if (folder.find(host) != std::string::npos && place.find(host) == std::string::npos)
            throw usage_error(fmt::format("--pull '{}': the .. behind {{host}} leads all hosts to one place", text));
        if (!places.insert(place).second)
            throw usage_error(
                fmt::format("--pull '{}': another pull puts '{}' into the same folder; give one of them a "
                            "folder of its own",
                            text, last_part(source)));
    }
}

struct alike {
    std::string one;
    std::string other;
};

/// Two labels that differ only in case: host names don't, but the users in front of them may.
std::optional<alike> first_alike(std::vector<endpoint> const& hosts) {
    std::map<std::string, std::string> known;
    for (auto const& each : hosts) {
        auto folded = each.label;
        std::ranges::transform(folded, folded.begin(), [](unsigned char c) { return std::tolower(c); });
        auto const [place, fresh] = known.try_emplace(folded, each.label);
        if (!fresh && place->second != each.label) return alike{place->second, each.label};
    }
    return std::nullopt;
}

void refuse_where_alike(alike const& two, std::string const& option, std::string const& folder) {
    if (folder.empty() || files::try_folder(folder) != 0 || !files::folds_case_in(folder)) return;
    throw target_error(
        fmt::format("{} {}: the file system there takes {} and {} for one name; leave one of them out (-x), or "
                    "name a folder on another file system",
                    option, folder, two.one, two.other));
}

/// No file of ours lies where a host's output goes.
void refuse_file_of_host(std::string const& option, std::string const& file, std::string const& folder,
                         std::vector<endpoint> const& hosts) {
    std::error_code unknown;
    if (file.empty() || folder.empty()) return;
    auto const place = fs::weakly_canonical(fs::absolute(file, unknown), unknown);
    if (place.parent_path() != fs::weakly_canonical(fs::absolute(folder, unknown) / "", unknown).parent_path()) return;
    auto const name = place.filename().string();
    bool const is_host = std::ranges::any_of(hosts, [&](endpoint const& each) {
        auto const of_host = output::host_file_name(each.label);
        return name == of_host || name == of_host + ".err";
    });
    if (is_host || name == output::results_file_name)
        throw usage_error(fmt::format("{} {}: hosts' output goes into that file; name another", option, file));
}

}  // namespace

/// The last colon: folders of this machine have fewer than paths of hosts.
std::pair<std::string, std::string> source_and_folder(std::string const& pull) {
    auto const colon = pull.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == pull.size())
        throw usage_error("--pull '" + pull + "': must be SRC:DIR, a path on the hosts and a folder here");
    return {pull.substr(0, colon), pull.substr(colon + 1)};
}

void check_local_folders(arguments const& args, std::vector<endpoint> const& hosts) {
    check_places(args.pulls);
    for (auto const& folder : {args.outdir, args.errdir}) {
        refuse_file_of_host("--report", args.report, folder, hosts);
        refuse_file_of_host("--ledger", args.ledger, folder, hosts);
    }
    std::set<std::string> folders;
    for (auto const& text : args.pulls) folders.insert(shared_part(source_and_folder(text).second));
    for (auto const& folder : folders)
        if (int const code = files::try_folder(folder); code != 0) throw write_error("--pull: " + folder, code);
    bool const has_places = !folders.empty() || !args.outdir.empty() || !args.errdir.empty();
    auto const two = has_places ? first_alike(hosts) : std::nullopt;
    if (!two) return;
    for (auto const& folder : folders) refuse_where_alike(*two, "--pull", folder);
    refuse_where_alike(*two, "--outdir", args.outdir);
    refuse_where_alike(*two, "--errdir", args.errdir);
}

}  // namespace muster::cli
