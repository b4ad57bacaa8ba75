// SPDX-License-Identifier: MIT
// One line a host: final state, what became of the command, label.
#include "cli/hosts/last_run.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "cli/options/variables.hpp"
#include "files/descriptor.hpp"
#include "hosts/name_lookup.hpp"
#include "hosts/sources/trusted_file.hpp"
#include "output/json/json_text.hpp"
#include "output/words/words.hpp"
#include "process/unique_fd.hpp"

namespace muster::cli {

namespace {

namespace fs = std::filesystem;

constexpr char const* first_words = "muster 1 ";

hosts::recorded_host parse_line(std::string const& line) {
    std::istringstream words(line);
    std::string state;
    std::string fate;
    std::string label;
    if (!(words >> state >> fate >> label) || !hosts::is_run_state(state)) throw hosts::lookup_error("is damaged");
    auto const parsed = parse_hosts(label, 1);
    if (parsed.size() != 1) throw hosts::lookup_error("is damaged");
    return {parsed[0], state, fate != to_string(command_fate::not_sent), fate == to_string(command_fate::unknown)};
}

last_run parse(std::string const& text) {
    std::istringstream lines(text);
    last_run run;
    std::string line;
    if (!std::getline(lines, line) || !line.starts_with(first_words)) throw hosts::lookup_error("is damaged");
    run.ended = line.substr(std::string_view(first_words).size());
    while (std::getline(lines, line)) run.hosts.push_back(parse_line(line));
    return run;
}

/// In the time zone of the user; as it is where it is no time.
std::string local_time(std::string const& text) {
    std::tm parts{};
    if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return text;
    auto const seconds = ::timegm(&parts);
    char shown[64];
    return ::localtime_r(&seconds, &parts) != nullptr && std::strftime(shown, sizeof shown, "%F %T", &parts) > 0 ? shown
                                                                                                                 : text;
}

std::string text_of(report const& results) {
    auto text = fmt::format("{}{}\n", first_words, output::rfc3339(std::chrono::system_clock::now()));
    for (auto const& host : results.hosts)
        text += fmt::format("{} {} {}\n", to_string(host.state), to_string(host.command), host.host);
    return text;
}

/// The folders .local, state and muster; a home that is not there is not made.
void make_folders(fs::path const& folder, int levels = 3) {
    if (levels == 0 || ::access(folder.c_str(), F_OK) == 0) return;
    make_folders(folder.parent_path(), levels - 1);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw write_error(folder, errno);
}

}  // namespace

std::string last_run_file(environment const& variables) {
    auto const folder = user_folder(variables, "XDG_STATE_HOME", ".local/state");
    return folder.empty() ? "" : folder + "/muster/last-run";
}

std::optional<last_run> read_last_run(std::string const& path) {
    if (path.empty()) return std::nullopt;
    auto const text = hosts::read_trusted_file(path);
    if (!text) return std::nullopt;
    try {
        return parse(*text);
    } catch (std::runtime_error const& error) {
        throw hosts::lookup_error(fmt::format("{}: {}; remove it", path, error.what()));
    }
}

std::string in_words(last_run const& run) {
    std::map<std::string, std::size_t> counts;
    for (auto const& host : run.hosts) ++counts[host.state];
    auto text = fmt::format("last run, {}: {}", local_time(run.ended), output::hosts_in_words(run.hosts.size()));
    auto const* before = ": ";
    for (auto const state : hosts::run_states) {
        auto const found = counts.find(std::string(state));
        if (found == counts.end()) continue;
        std::string words(state);
        std::ranges::replace(words, '_', ' ');
        text += fmt::format("{}{} {}", before, found->second, words);
        before = ", ";
    }
    return text;
}

void write_last_run(std::string const& path, report const& results) {
    if (path.empty()) return;
    make_folders(fs::path(path).parent_path());
    auto fresh = path + ".XXXXXX";
    unique_fd const file(::mkostemp(fresh.data(), O_CLOEXEC));  // mode 0600
    if (file.get() < 0) throw write_error(path, errno);
    try {
        if (int const code = files::write_all(file.get(), text_of(results))) throw write_error(path, code);
        if (::rename(fresh.c_str(), path.c_str()) != 0) throw write_error(path, errno);
    } catch (write_error const&) {
        ::unlink(fresh.c_str());
        throw;
    }
}

bool remembers(arguments const& args) {
    if (args.remember != remember_when::automatic) return args.remember == remember_when::always;
    if (args.part) return false;  // a shard knows no host of the others
    return ::isatty(STDIN_FILENO) == 1 || ::isatty(STDOUT_FILENO) == 1 || ::isatty(STDERR_FILENO) == 1;
}

}  // namespace muster::cli
