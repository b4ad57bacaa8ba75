// SPDX-License-Identifier: MIT
// See ssh_fleet.hpp.
#include "ssh/support/ssh_fleet.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "ssh/support/child.hpp"
#include "ssh_config/endpoints.hpp"
#include "support/paths.hpp"

extern char** environ;

namespace muster::test {

namespace {

/// crypt(5), of fleet_password
constexpr std::string_view password_hash =
    "$6$muster$Al4fE7JBkWd6HKk7QjOkuwsc0KeKpAfJQ5Zb2s5zhsc5OSZgJ6MqsdKlW9GVdqRWYGxIku3W/kidH8wm9dl/K0";

std::string script() {
    return std::string(source_dir) + "/packaging/fleet";
}

std::string new_folder() {
    auto path = (std::filesystem::temp_directory_path() / "muster-test-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    return path;
}

struct pipe_ends {
    int read;
    int write;
};

pipe_ends new_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    return {ends[0], ends[1]};
}

/// A grandchild in a session of its own, so that nobody who kills the test, its children or its group takes it along.
void start_guard(std::string const& dir, int alive, int done) {
    std::string const file = script();
    char const* const words[] = {"sh", "-c", R"(exec 3<&0
        { cat; "$0" stop "$1"; rm -rf "$1"; } <&3 2>/dev/null &)", file.c_str(), dir.c_str(), nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, alive, 0);
    posix_spawn_file_actions_adddup2(&files, done, 1);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID);
    pid_t pid = 0;
    int const error = ::posix_spawnp(&pid, "sh", &files, &how, const_cast<char**>(words), environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::system_error(error, std::generic_category(), "sh");
    ::waitpid(pid, nullptr, 0);
}

host_list listed(std::vector<std::string> const& names) {
    host_list hosts;
    for (auto const& name : names) hosts.add(host{name, {}, {}});
    return hosts;
}

bool carries(std::filesystem::path const& process, std::string const& variable) {
    std::ostringstream content;
    content << std::ifstream(process / "environ", std::ios::binary).rdbuf();
    auto const all = '\0' + content.str();
    return all.find('\0' + variable + '\0') != std::string::npos;
}

}  // namespace

scratch_folder::scratch_folder() : path_(new_folder()) {}

scratch_folder::~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string scratch_folder::path(std::string_view name) const {
    return name.empty() ? path_ : path_ + "/" + std::string(name);
}

ssh_fleet::ssh_fleet(std::vector<std::string> hosts, std::string const& sshd_config, std::string const& program)
    : dir_(new_folder()), hosts_(std::move(hosts)) {
    auto const alive = new_pipe();
    auto const done = new_pipe();
    alive_ = alive.write;
    done_ = done.read;
    start_guard(dir_, alive.read, done.write);
    ::close(alive.read);
    ::close(done.write);
    std::vector<std::string> words{script(), "start", dir_};
    words.insert(words.end(), hosts_.begin(), hosts_.end());
    std::vector<std::string> variables{"MUSTER_FLEET_SSHD=" + sshd_config, "MUSTER_FLEET_PROGRAM=" + program,
                                       "MUSTER_FLEET_PASSWORD=" + std::string(password_hash)};
    bool const with_pam = sshd_config.find("UsePAM yes") != std::string::npos;
    if (with_pam) variables.push_back("MUSTER_FLEET_PAM=fleet:" + std::string(fleet_password) + ":sshd");
    output_of(words, variables);
}

ssh_fleet::~ssh_fleet() {
    ::close(alive_);
    char nothing = 0;
    while (::read(done_, &nothing, 1) > 0) {
    }
    ::close(done_);
}

std::vector<endpoint> ssh_fleet::endpoints() const {
    ssh_config::ssh_settings settings;
    settings.config_file = path("config");
    auto where = ssh_config::make_endpoints(listed(hosts_), settings, ssh_config::this_account());
    for (auto& endpoint : where) endpoint.settings.change().agent_socket.clear();
    return where;
}

std::vector<endpoint> ssh_fleet::endpoints(std::size_t count) const {
    auto const real = endpoints();
    std::vector<endpoint> many;
    for (std::size_t i = 0; i < count; ++i) {
        many.push_back(real[i % real.size()]);
        many.back().label = "n" + std::to_string(i);
    }
    return many;
}

std::vector<pid_t> ssh_fleet::commands() const {
    std::vector<pid_t> found;
    for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
        auto const name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (carries(entry.path(), "MUSTER_FLEET=" + dir_)) found.push_back(std::stoi(name));
    }
    return found;
}

pid_t ssh_fleet::listener() const {
    return std::stoi(read_file(path("server/pid")));
}

std::string ssh_fleet::log() const {
    return read_file(path("server/log"));
}

std::string ssh_fleet::settled_log() const {
    constexpr std::string_view end = "\nConnection closed by ";
    auto const has_ended = [&] {
        auto const text = log();
        std::size_t ends = 0;
        for (auto at = text.find(end); at != std::string::npos; at = text.find(end, at + 1)) ++ends;
        return ends >= hosts_.size();
    };
    if (!eventually(has_ended)) throw std::runtime_error("the fleet's start is not in its log: " + log());
    return log();
}

void ssh_fleet::authorize(std::string const& public_key_file) const {
    std::ofstream(path("server/authorized_keys"), std::ios::app) << read_file(public_key_file);
}

std::string read_file(std::string const& path) {
    std::ifstream const file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " can't be read");
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

void write_file(std::string const& path, std::string_view content) {
    std::ofstream file(path, std::ios::binary);
    file << content;
    if (!file.flush()) throw std::runtime_error(path + " can't be written");
}

std::string new_key(std::string const& path, std::vector<std::string> const& options) {
    std::vector<std::string> words{"ssh-keygen", "-q", "-N", "", "-C", "test", "-f", path};
    words.insert(words.end(), options.begin(), options.end());
    output_of(words);
    return path;
}

std::string known_hosts_name(endpoint const& endpoint) {
    return "[" + endpoint.address + "]:" + std::to_string(endpoint.port);
}

}  // namespace muster::test
