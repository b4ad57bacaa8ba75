// SPDX-License-Identifier: MIT
// Scripts and pulls as steps; see muster/copy.hpp.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include <muster/copy.hpp>

#include "copy/pull_folder.hpp"
#include "copy/sha256.hpp"
#include "process/unique_fd.hpp"
#include "shell/script_file.hpp"

namespace muster {

namespace {

constexpr std::size_t longest_script = std::size_t{16} << 20U;

[[noreturn]] void fail_to_read(std::string const& path) {
    throw copy_error(path + ": " + std::generic_category().message(errno));
}

std::string read_script(std::string const& path) {
    unique_fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file) fail_to_read(path);
    std::string text;
    std::array<char, std::size_t{64} * 1024> room;
    while (auto const got = ::read(file.get(), room.data(), room.size())) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail_to_read(path);
        text.append(room.data(), static_cast<std::size_t>(got));
        if (text.size() > longest_script) throw copy_error(path + ": is larger than 16 MiB");
    }
    return text;
}

/// Folders that this run has looked through for leftovers; used by several threads.
class folders_seen {
  public:
    /// The first time.
    bool add(std::string const& folder) {
        std::lock_guard const lock(mutex_);
        return seen_.insert(folder).second;
    }

  private:
    std::mutex mutex_;
    std::set<std::string> seen_;
};

std::string last_part(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

script_step script_of(std::string const& path, std::vector<std::string> arguments) {
    script_step script;
    script.text = read_script(path);
    script.name = path;
    script.arguments = std::move(arguments);
    try {
        script.interpreter = shell::interpreter_of(script.text);
    } catch (shell::script_error const& error) {
        throw copy_error(path + ": " + error.what());
    }
    copy::sha256 digest;
    digest.add(script.text);
    script.sha256 = digest.hex();
    return script;
}

pull_step pull_of(std::string from, std::string folder, std::uint64_t most, pulled_name pulled) {
    auto const name = last_part(from);
    if (name.empty() || name == "." || name == "..")
        throw copy_error("'" + from + "' has no name that a pulled copy could have");
    pull_step pull;
    pull.from = from.starts_with("~/") ? from.substr(2) : std::move(from);
    pull.most = most;
    auto const seen = std::make_shared<folders_seen>();
    pull.into = [folder = std::move(folder), name, most, pulled, seen](std::string const& label) {
        auto const place = copy::place_of(folder, label, name, pulled);
        if (seen->add(place.folder)) copy::remove_leftovers(place.folder);
        return std::make_unique<copy::pull_folder>(place.folder, place.name, most);
    };
    return pull;
}

}  // namespace muster
