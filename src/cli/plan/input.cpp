// SPDX-License-Identifier: MIT
// Opens the files that the commands read, or takes standard input.
#include "cli/plan/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "cli/options/values.hpp"

namespace muster::cli {

namespace {

constexpr auto our_own = "standard input";

/// It was given to us to be read: it is no terminal, where the user would have to type, nor the like of /dev/null.
bool is_piped(int descriptor) {
    struct stat about {};
    if (::fstat(descriptor, &about) != 0) return false;
    bool const readable = (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_WRONLY;
    return readable && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) || S_ISREG(about.st_mode));
}

bool is_ours(arguments const& args) {
    if (args.no_stdin || args.lease || std::ranges::count(args.hostfiles, "-") > 0) return false;
    return is_piped(STDIN_FILENO);
}

}  // namespace

std::shared_ptr<command_input> input_for(arguments const& args) {
    try {
        if (args.input == "-") return command_input::of_descriptor(STDIN_FILENO, our_own);
        if (!args.input.empty()) return command_input::of_file(args.input);
        if (is_ours(args)) return command_input::of_descriptor(STDIN_FILENO, our_own);
    } catch (std::system_error const& error) {
        auto const name = args.input.empty() || args.input == "-" ? our_own : args.input.c_str();
        auto const* const way_out =
            error.code() == std::errc::too_many_files_open ? "; raise it with `ulimit -n 1024`" : "";
        throw target_error(fmt::format("input {}: {}{}", name, error.code().message(), way_out));
    }
    return nullptr;
}

bool reads_standard_input(arguments const& args) {
    bool const has_reader = !args.command.empty() || !args.script.empty();
    return has_reader && (args.input == "-" || (args.input.empty() && is_ours(args)));
}

bool has_input_of_each_host(arguments const& args) {
    return args.input.find("{host}") != std::string::npos;
}

void check_inputs(host_list const& hosts, arguments const& args) {
    if (!has_input_of_each_host(args)) return;
    std::vector<std::string> lacking;
    std::string reason;
    for (auto const& host : hosts) {
        if (::access(with_host(args.input, host.name).c_str(), R_OK) == 0) continue;
        if (reason.empty()) reason = std::generic_category().message(errno);
        lacking.push_back(host.label());
    }
    if (!lacking.empty()) throw target_error(fmt::format("input {} of {}: {}", args.input, fold(lacking), reason));
}

}  // namespace muster::cli
