// SPDX-License-Identifier: MIT
// Reads groups.conf, groups.conf.d/*.conf and groups.d/*.yaml, and asks the programs that they name.
#include "hosts/sources/groups_conf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>

#include "hosts/host_text.hpp"
#include "hosts/pattern_text.hpp"
#include "hosts/sources/ini_text.hpp"
#include "hosts/sources/trusted_file.hpp"

namespace muster::hosts {
namespace {

namespace fs = std::filesystem;
using values = std::map<std::string, std::string>;

/// As Python's Template: $NAME, ${NAME}, and $$ for a dollar; other dollars stay.
std::string substituted(std::string_view text, values const& known) {
    std::string out;
    while (!text.empty()) {
        auto const dollar = std::min(text.find('$'), text.size());
        out += text.substr(0, dollar);
        text.remove_prefix(dollar);
        if (text.empty()) break;
        auto const begin = text.starts_with("${") ? std::size_t{2} : std::size_t{1};
        auto const end =
            std::min(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789", begin),
                     text.size());
        auto const value = known.find(std::string(text.substr(begin, end - begin)));
        bool const closed = begin == 1 || text.substr(end).starts_with('}');
        if (value != known.end() && closed) {
            out += value->second;
            text.remove_prefix(end + begin - 1);
        } else {
            out += '$';
            text.remove_prefix(text.starts_with("$$") ? 2 : 1);
        }
    }
    return out;
}

std::vector<std::string> words_of(std::string const& text) {
    std::istringstream in(text);
    std::vector<std::string> out;
    for (std::string word; in >> word;) out.push_back(word);
    return out;
}

/// Blanks may stand within quotes: a list of folders.
std::vector<std::string> quoted_words_of(std::string_view text) {
    std::vector<std::string> out;
    char quote = '\0';
    bool in_word = false;
    for (char const c : text) {
        bool const ends_quote = quote != '\0' && c == quote;
        bool const begins_quote = quote == '\0' && (c == '"' || c == '\'');
        bool const is_between = quote == '\0' && is_blank(c);
        if (!is_between && !in_word) out.emplace_back();
        in_word = !is_between;
        if (begins_quote) quote = c;
        if (ends_quote) quote = '\0';
        if (in_word && !begins_quote && !ends_quote) out.back() += c;
    }
    return out;
}

/// The name goes into a shell's command: letters, digits and what no shell sees anything in.
void check_group_name(std::string const& name) {
    auto const is_plain = [](char c) {
        return (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
               std::string_view("0123456789-_.+=:%/").find(c) != std::string_view::npos;
    };
    if (name.starts_with('-') || !std::ranges::all_of(name, is_plain))
        throw lookup_error(fmt::format("{} can't be the name of a group", printable(name)));
}

/// One [section]: programs that print hosts and groups. Each is run once for what it is asked.
class upcalls {
  public:
    upcalls(std::string name, std::string folder, values keys, program_runner run)
        : name_(std::move(name)), folder_(std::move(folder)), keys_(std::move(keys)), run_(std::move(run)) {}

    bool has(char const* key) const { return keys_.contains(key); }

    std::string const& ask(char const* key, std::string const& group) {
        auto const command = substituted(keys_.at(key), {{"CFGDIR", folder_}, {"SOURCE", name_}, {"GROUP", group}});
        auto const [answer, is_new] = answers_.try_emplace(command);
        if (is_new) answer->second = answer_to(command, key);
        return answer->second;
    }

  private:
    std::string answer_to(std::string const& command, char const* key) const {
        try {
            return run_(command, folder_);
        } catch (lookup_error const& error) {
            throw lookup_error(fmt::format("{} of source {}: {}", key, name_, error.what()));
        }
    }

    std::string name_;
    std::string folder_;
    values keys_;
    program_runner run_;
    std::map<std::string, std::string> answers_;
};

group_source source_of(std::string const& name, ini_section const& section, program_runner const& run) {
    auto const folder = fs::path(section.path).parent_path().string();
    auto const calls = std::make_shared<upcalls>(name, folder, section.keys, run);
    if (!calls->has("map"))
        throw host_syntax_error(fmt::format("{}:{}: the source {} has no map", section.path, section.line, name),
                                section.heading, 0);
    group_source out;
    out.name = name;
    out.origin = fmt::format("{} [{}]", section.path, name);
    out.group = [calls, origin = out.origin](std::string const& group) -> std::optional<found_hosts> {
        check_group_name(group);
        return found_hosts{origin, {}, calls->ask("map", group), false, {}};
    };
    out.names = [calls] { return calls->has("list") ? words_of(calls->ask("list", {})) : std::vector<std::string>(); };
    out.all = [calls, origin = out.origin]() -> std::optional<found_hosts> {
        if (!calls->has("all")) return std::nullopt;
        return found_hosts{origin, {}, calls->ask("all", {}), false, {}};
    };
    return out;
}

class conf_reader {
  public:
    conf_reader(group_directory& to, program_runner const& run) : to_(to), run_(run) {}

    void run(std::vector<std::string> const& folders) {
        ini_text conf;
        std::string path;
        for (auto const& folder : folders) {
            auto const file = folder + "/groups.conf";
            auto const text = read_trusted_file(file);
            if (!text) continue;
            read_ini(*text, file, conf);
            path = file;
        }
        if (path.empty()) return;
        auto const& main = conf["Main"].keys;
        if (auto const found = main.find("default"); found != main.end()) default_ = found->second;
        add_sections(conf);
        auto const folder = fs::path(path).parent_path().string();
        for (auto const& file : files_in(main, main.contains("groupsdir") ? "groupsdir" : "confdir", folder, ".conf"))
            add_part(file);
        for (auto const& file : files_in(main, "autodir", folder, ".yaml")) add_yaml(file);
    }

  private:
    void add(group_source source) {
        bool const usual = source.name == default_;
        to_.add(std::move(source), usual);
    }

    void add_sections(ini_text const& conf) {
        for (auto const& [heading, section] : conf) {
            if (heading == "Main") continue;
            std::istringstream names(heading);
            for (std::string name; std::getline(names, name, ',');) add(source_of(name, section, run_));
        }
    }

    void add_part(std::string const& file) {
        ini_text conf;
        if (auto const text = read_trusted_file(file)) read_ini(*text, file, conf);
        add_sections(conf);
    }

    void add_yaml(std::string const& file) {
        auto const text = read_trusted_file(file);
        if (!text) return;
        for (auto& source : parse_yaml_groups(*text, file)) add(std::move(source));
    }

    /// The files with this ending of the folders that a key names, each folder once, in order of their names.
    static std::vector<std::string> files_in(values const& main, char const* key, std::string const& folder,
                                             char const* ending) {
        std::vector<std::string> out;
        auto const found = main.find(key);
        if (found == main.end()) return out;
        std::vector<fs::path> seen;
        for (auto const& word : quoted_words_of(found->second)) {
            auto const path = fs::path(substituted(word, {{"CFGDIR", folder}})).lexically_normal();
            std::error_code ignored;
            if (std::ranges::find(seen, path) != seen.end() || !fs::is_directory(path, ignored)) continue;
            seen.push_back(path);
            auto const first = static_cast<std::ptrdiff_t>(out.size());
            for (auto const& entry : fs::directory_iterator(path))
                if (entry.path().extension() == ending) out.push_back(entry.path().string());
            std::sort(out.begin() + first, out.end());
        }
        return out;
    }

    group_directory& to_;
    program_runner const& run_;
    std::string default_;
};

}  // namespace

void add_clustershell_groups(group_directory& to, std::vector<std::string> const& folders, program_runner const& run) {
    conf_reader(to, run).run(folders);
}

}  // namespace muster::hosts
