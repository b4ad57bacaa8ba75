// SPDX-License-Identifier: MIT
// More output than memory should hold: it goes through, it is kept on disk, or its command waits.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ssh/support/child.hpp"
#include "ssh/support/ssh_fleet.hpp"
#include "support/paths.hpp"

using namespace muster::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t mib = 1024 * 1024;

/// The most memory that a process had so far.
std::size_t peak_of(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) * 1024;
    throw std::runtime_error("the process has ended");
}

/// The program with a redirection, under the child's own number.
std::vector<std::string> program_words(ssh_fleet const& fleet, std::vector<std::string> const& words,
                                       std::string const& redirection = {}) {
    std::vector<std::string> all{
        "bash", "-c", "exec \"$@\" " + redirection, "bash", program, "-F", fleet.path("config"), "-t", "60s"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

/// A remote command that prints so many letters y and makes the file `done`, and then waits for the file `go`.
std::string printing(std::size_t bytes, std::string const& done, std::string const& go) {
    return "head -c " + std::to_string(bytes) + " /dev/zero | tr '\\0' y; : >" + done + "; until [ -e " + go +
           " ]; do sleep 0.1; done";
}

/// A FIFO with a reader that does not read.
class unread_fifo {
  public:
    explicit unread_fifo(std::string path) : path_(std::move(path)) {
        if (::mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
        reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        writer_ = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    }
    ~unread_fifo() { ::close(reader_), ::close(writer_); }
    unread_fifo(unread_fifo const&) = delete;
    unread_fifo& operator=(unread_fifo const&) = delete;

    std::string const& path() const { return path_; }
    bool is_full() const {
        pollfd room{writer_, POLLOUT, 0};
        return ::poll(&room, 1, 0) == 0;
    }
    /// Takes all that comes until the process has ended; how much that was.
    std::size_t read_until_end(child& of) {
        std::size_t count = 0;
        std::array<char, 65536> block{};
        pollfd ended{static_cast<int>(::syscall(SYS_pidfd_open, of.pid(), 0)), POLLIN, 0};
        for (bool over = false; !over;) {
            over = ::poll(&ended, 1, 1) == 1;
            for (ssize_t got = 0; (got = ::read(reader_, block.data(), block.size())) > 0;)
                count += static_cast<std::size_t>(got);
        }
        ::close(ended.fd);
        return count;
    }

  private:
    std::string path_;
    int reader_ = -1;
    int writer_ = -1;
};

/// The nameless file in the folder that a process has open.
std::optional<struct stat> nameless_file(pid_t pid, std::string const& folder) {
    for (auto const& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
        std::error_code gone;
        struct stat about {};
        if (fs::read_symlink(entry, gone).string().starts_with(folder) && ::stat(entry.path().c_str(), &about) == 0)
            return about;
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("the size of the output does not show in memory, nor that of a line") {
#ifdef __SANITIZE_ADDRESS__
    SKIP("the sanitizer keeps what was freed");
#endif
    ssh_fleet const fleet({"h1", "h2"});
    ::chmod(fleet.path("").c_str(), 0777);
    auto const go = fleet.path("go");
    child run(program_words(fleet, {"h1,h2", printing(150'000'000, fleet.path("done-$NODE"), go)}, ">/dev/null"));
    REQUIRE(eventually([&] { return fs::exists(fleet.path("done-h1")) && fs::exists(fleet.path("done-h2")); }));
    CHECK(peak_of(run.pid()) < 40 * mib);
    write_file(go, "");
    CHECK(run.wait().code == 0);
}

TEST_CASE("commands wait for a reader that does not read, and nothing is lost") {
    ssh_fleet const fleet;
    ::chmod(fleet.path("").c_str(), 0777);
    unread_fifo pipe(fleet.path("out"));
    auto const count = fleet.path("count");
    child run(program_words(
        fleet, {"-N", "h1", "for i in $(seq 100); do head -c 1000000 /dev/zero; echo >>" + count + "; done"},
        ">" + pipe.path()));
    std::size_t printed = 0;
    auto const stands_still = [&] {
        auto const before = printed;
        printed = fs::exists(count) ? fs::file_size(count) : 0;
        if (printed != before || printed == 0) std::this_thread::sleep_for(200ms);
        return pipe.is_full() && printed > 0 && printed == before;
    };
    REQUIRE(eventually(stands_still));
    CHECK(printed < 30);
#ifndef __SANITIZE_ADDRESS__
    CHECK(peak_of(run.pid()) < 40 * mib);
#endif
    CHECK(pipe.read_until_end(run) == 100'000'000);
    CHECK(run.wait().code == 0);
}

TEST_CASE("what is gathered is kept in a file that has no name and that only its owner may read") {
    ssh_fleet const fleet;
    ::chmod(fleet.path("").c_str(), 0777);
    scratch_folder const folder;
    std::size_t const size = 5'000'000;
    std::size_t const hosts = 20;
    auto const config = fleet.path("wide");
    write_file(config, "Host w*\n    HostName " + fleet.one().address + "\n" + read_file(fleet.path("config")));
    auto const go = fleet.path("go");
    child run({program, "-F", config, "-t", "60s", "--json", "w[1-20]", printing(size, fleet.path("done-$$"), go)},
              {"TMPDIR=" + folder.path()});
    auto const is_done = [](auto const& item) { return item.path().filename().string().starts_with("done-"); };
    REQUIRE(eventually([&] {
        fs::directory_iterator const files(fleet.path(""));
        return std::count_if(begin(files), end(files), is_done) == static_cast<std::ptrdiff_t>(hosts);
    }));
    auto const enough = [&] {
        auto const file = nameless_file(run.pid(), folder.path());
        return file && file->st_size > static_cast<off_t>(hosts * (size - mib));
    };
    CHECK(eventually(enough));
    CHECK((nameless_file(run.pid(), folder.path())->st_mode & 0777U) == 0600U);
    CHECK(fs::is_empty(folder.path()));
#ifndef __SANITIZE_ADDRESS__
    CHECK(peak_of(run.pid()) < 60 * mib);
#endif
    write_file(go, "");
    CHECK(run.wait().code == 0);
    std::istringstream lines(run.out());
    std::size_t complete = 0;
    for (std::string line; std::getline(lines, line);) {
        auto const item = json::parse(line);
        if (item["type"] == "result" && item["stdout"].get<std::string>() == std::string(size, 'y')) ++complete;
    }
    CHECK(complete == hosts);
}
