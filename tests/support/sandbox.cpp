// SPDX-License-Identifier: MIT
// A folder of a test's own, and the programs of OpenSSH run in it.
#include "support/sandbox.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;

namespace muster::test {

namespace {

std::string read_all(int fd) {
    std::string all;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(fd, buffer, sizeof buffer)) > 0;)
        all.append(buffer, static_cast<std::size_t>(count));
    return all;
}

pid_t spawn(std::vector<std::string> const& words, std::string const& input, int output) {
    std::vector<char*> argv;
    for (auto const& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, input.empty() ? "/dev/null" : input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    pid_t child = 0;
    int const error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE(error == 0);
    return child;
}

}  // namespace

program_result run_program(std::vector<std::string> const& words, std::string const& input) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    pid_t const child = spawn(words, input, ends[1]);
    ::close(ends[1]);
    program_result result;
    result.out = read_all(ends[0]);
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
    return result;
}

background_program::background_program(std::vector<std::string> const& words) {
    int const nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    pid_ = spawn(words, {}, nowhere);
    ::close(nowhere);
}

background_program::~background_program() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
}

sandbox::sandbox() : path_((std::filesystem::temp_directory_path() / "muster-XXXXXX").string()) {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
}

sandbox::~sandbox() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string sandbox::write(std::string_view name, std::string_view content) const {
    auto const path = file(name);
    std::ofstream(path, std::ios::binary) << content;
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    return path;
}

std::string sandbox::read(std::string_view name) const {
    std::ostringstream content;
    content << std::ifstream(file(name), std::ios::binary).rdbuf();
    return content.str();
}

std::string sandbox::key(std::string_view name, std::vector<std::string> const& options,
                         std::string const& passphrase) const {
    std::vector<std::string> words{"ssh-keygen", "-q", "-f", file(name), "-N", passphrase, "-C", "a comment"};
    words.insert(words.end(), options.begin(), options.end());
    auto const made = run_program(words);
    INFO(made.out);
    REQUIRE(made.status == 0);
    return file(name);
}

}  // namespace muster::test
