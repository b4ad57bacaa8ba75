// SPDX-License-Identifier: MIT
// See input.hpp.
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

/// Somebody gave it to us to be read: not a terminal, where somebody would have to type, nor the like of /dev/null.
bool is_piped(int descriptor) {
    struct stat about {};
    if (::fstat(descriptor, &about) != 0) return false;
    bool const readable = (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_WRONLY;
    return readable && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) || S_ISREG(about.st_mode));
}

bool is_ours(arguments const& given) {
    if (given.no_stdin || given.lease || std::ranges::count(given.hostfiles, "-") > 0) return false;
    return is_piped(STDIN_FILENO);
}

}  // namespace

std::shared_ptr<command_input> input_for(arguments const& given) {
    try {
        if (given.input == "-") return command_input::of_descriptor(STDIN_FILENO, our_own);
        if (!given.input.empty()) return command_input::of_file(given.input);
        if (is_ours(given)) return command_input::of_descriptor(STDIN_FILENO, our_own);
    } catch (std::system_error const& error) {
        auto const name = given.input.empty() || given.input == "-" ? our_own : given.input.c_str();
        throw target_error(fmt::format("input {}: {}", name, error.code().message()));
    }
    return nullptr;
}

bool has_input_of_each_host(arguments const& given) {
    return given.input.find("{host}") != std::string::npos;
}

void check_inputs(host_list const& hosts, arguments const& given) {
    if (!has_input_of_each_host(given)) return;
    std::vector<std::string> lacking;
    std::string reason;
    for (auto const& one : hosts) {
        if (::access(with_host(given.input, one.name).c_str(), R_OK) == 0) continue;
        if (reason.empty()) reason = std::generic_category().message(errno);
        lacking.push_back(one.label());
    }
    if (!lacking.empty()) throw target_error(fmt::format("input {} of {}: {}", given.input, fold(lacking), reason));
}

}  // namespace muster::cli
