// SPDX-License-Identifier: MIT
// Opens the files that the commands read, or takes standard input.
#include "cli/plan/input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "cli/hosts/targets.hpp"
#include "cli/options/values.hpp"
#include "copy/sha256.hpp"
#include "process/unique_fd.hpp"

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

bool is_null_device(struct stat const& about) {
    return S_ISCHR(about.st_mode) && about.st_rdev == ::makedev(1, 3);
}

/// From the descriptor's place to the end; the place stays.
void add_bytes(output::ledger_input& input, int descriptor) {
    copy::sha256 digest;
    std::array<char, std::size_t{64} * 1024> room;
    auto const begin = std::max<off_t>(::lseek(descriptor, 0, SEEK_CUR), 0);
    for (ssize_t got = 1; got != 0;) {
        got = ::pread(descriptor, room.data(), room.size(), begin + static_cast<off_t>(input.size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            throw target_error(fmt::format("input {}: {}", input.source, std::generic_category().message(errno)));
        digest.add(std::string_view(room.data(), static_cast<std::size_t>(got)));
        input.size += static_cast<std::size_t>(got);
    }
    input.sha256 = digest.hex();
}

std::optional<output::ledger_input> recorded(output::ledger_input input, int descriptor, struct stat const& about) {
    if (is_null_device(about)) return std::nullopt;
    if (!S_ISREG(about.st_mode)) return input;
    add_bytes(input, descriptor);
    if (input.size == 0) return std::nullopt;
    return input;
}

/// A pipe is not opened: its writer would take us for the reader.
std::optional<output::ledger_input> recorded_file(std::string const& path) {
    output::ledger_input input{std::filesystem::absolute(path).string()};
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return recorded(std::move(input), -1, about);
    unique_fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return recorded(std::move(input), file.get(), about);
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

std::optional<output::ledger_input> recorded_input_of(arguments const& args) {
    if (reads_standard_input(args)) {
        struct stat about {};
        if (::fstat(STDIN_FILENO, &about) != 0) return std::nullopt;
        return recorded({our_own}, STDIN_FILENO, about);
    }
    if (args.input.empty() || args.input == "-" || (args.command.empty() && args.script.empty())) return std::nullopt;
    if (has_input_of_each_host(args)) return output::ledger_input{std::filesystem::absolute(args.input).string()};
    return recorded_file(args.input);
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
