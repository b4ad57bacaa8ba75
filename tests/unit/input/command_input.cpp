// SPDX-License-Identifier: MIT
// Input that many read: texts, files and pipes, from the start and while they come in, and how it fails.
#include <muster/input.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <muster/coro/runner.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/coro/wait.hpp>
#include <random>
#include <string>
#include <system_error>
#include <thread>

#include "input/input_feed.hpp"
#include "process/unique_fd.hpp"

using namespace muster;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

struct pipe_pair {
    pipe_pair() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
        reader = unique_fd(ends[0]);
        writer = unique_fd(ends[1]);
    }
    void write(std::string_view bytes) const {
        CHECK(::write(writer.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    unique_fd reader;
    unique_fd writer;
};

class folder {
  public:
    folder() : path_(std::filesystem::temp_directory_path() / ("muster-input-" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~folder() { std::filesystem::remove_all(path_); }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;
    std::string path(char const* name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

std::string random_bytes(std::size_t count) {
    std::mt19937_64 source(count);
    std::string bytes(count, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(source());
    return bytes;
}

/// Reads to the end, at most `room` bytes at a time.
asio::awaitable<std::string> all_of(std::shared_ptr<command_input> from, std::size_t room = 4096) {
    input_feed feed(co_await asio::this_coro::executor, std::move(from));
    std::string space(room, '\0');
    std::string all;
    for (;;) {
        auto const bytes = feed.next(space);
        all += bytes;
        feed.took(bytes.size());
        if (feed.ended()) co_return all;
        if (bytes.empty()) co_await feed.changed().wait();
    }
}

std::string read_all(std::shared_ptr<command_input> const& from, std::size_t room = 4096) {
    return coro::run(coro::with_timeout(60s, all_of(from, room)));
}

bool comes_true(std::function<bool()> const& condition) {
    for (auto const limit = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < limit;) {
        if (condition()) return true;
        std::this_thread::sleep_for(1ms);
    }
    return false;
}

std::size_t open_files() {
    auto const entries = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

TEST_CASE("input: a text is read by everybody from its start") {
    auto const input = command_input::of_text(std::string("a\0b\n", 4));
    CHECK(read_all(input) == std::string("a\0b\n", 4));
    CHECK(read_all(input, 1) == std::string("a\0b\n", 4));
    CHECK(read_all(command_input::of_text("")).empty());
    CHECK(read_all(nullptr).empty());
}

TEST_CASE("input: a file is read where it lies") {
    folder const dir;
    auto const bytes = random_bytes(1'000'003);
    std::ofstream(dir.path("data")) << bytes;
    auto const input = command_input::of_file(dir.path("data"));
    CHECK((read_all(input) == bytes));
    CHECK((read_all(input, 100'000) == bytes));
}

TEST_CASE("input: a file that is not in memory is fetched, byte for byte") {
    folder const dir;
    auto const bytes = random_bytes(3'000'001);
    std::ofstream(dir.path("data")) << bytes;
    unique_fd const file(::open(dir.path("data").c_str(), O_RDONLY | O_CLOEXEC));
    ::fsync(file.get());
    auto const input = command_input::of_file(dir.path("data"));
    for (std::size_t const room : {777U, 32'700U}) {
        ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
        CHECK((read_all(input, room) == bytes));
    }
}

TEST_CASE("input: a descriptor of a file counts from where it stands, and stays there") {
    folder const dir;
    std::ofstream(dir.path("data")) << "first line\nsecond line\n";
    unique_fd const file(::open(dir.path("data").c_str(), O_RDONLY | O_CLOEXEC));
    ::lseek(file.get(), 11, SEEK_SET);
    CHECK(read_all(command_input::of_descriptor(file.get(), "data")) == "second line\n");
    CHECK(::lseek(file.get(), 0, SEEK_CUR) == 11);
}

TEST_CASE("input: what can't be opened is an error at once") {
    folder const dir;
    CHECK_THROWS_AS(command_input::of_file(dir.path("missing")), std::system_error);
    CHECK_THROWS_AS(command_input::of_file(dir.path("")), std::system_error);  // a folder
    CHECK_THROWS_AS(command_input::of_descriptor(-1, "nothing"), std::system_error);
}

TEST_CASE("input: a pipe is read by everybody from its start, also by those who come late") {
    auto const before = open_files();
    {
        pipe_pair ends;
        auto const bytes = random_bytes(5'000'001);
        auto const input = command_input::of_descriptor(ends.reader.get(), "pipe");
        std::thread writer([&] {
            std::string_view rest = bytes;
            while (!rest.empty()) {
                auto const done = ::write(ends.writer.get(), rest.data(), std::min<std::size_t>(rest.size(), 100'000));
                rest.remove_prefix(static_cast<std::size_t>(done));
            }
            ends.writer.reset();
        });
        auto const both = [&]() -> asio::awaitable<void> {
            std::vector<asio::awaitable<std::string>> readers;
            for (std::size_t const room : {100U, 32'700U, 1'000'000U}) readers.push_back(all_of(input, room));
            auto const done = co_await coro::wait_all(std::move(readers));
            for (auto const& text : done) CHECK((text.result() == bytes));
        };
        coro::run(coro::with_timeout(60s, both()));
        writer.join();
        CHECK((read_all(input) == bytes));
    }
    CHECK(open_files() == before);
}

TEST_CASE("input: what has come is read before the pipe ends, and an open pipe keeps nobody from going") {
    pipe_pair const ends;
    auto const input = command_input::of_descriptor(ends.reader.get(), "pipe");
    auto const talk = [&]() -> asio::awaitable<void> {
        input_feed feed(co_await asio::this_coro::executor, input);
        std::string room(100, '\0');
        CHECK(feed.next(room).empty());
        CHECK_FALSE(feed.ended());
        ends.write("early");
        co_await feed.changed().wait();
        CHECK(feed.next(room) == "early");
        CHECK(feed.next(room) == "early");  // not taken yet
        feed.took(2);
        CHECK(feed.next(room) == "rly");
        feed.took(3);
        CHECK(feed.next(room).empty());
        CHECK_FALSE(feed.ended());
    };
    coro::run(coro::with_timeout(60s, talk()));
}

TEST_CASE("input: the description of a pipe is left as it is, and a pipe with other readers blocks nobody") {
    pipe_pair const ends;
    {
        auto const input = command_input::of_descriptor(ends.reader.get(), "pipe");
        auto const other = command_input::of_descriptor(ends.reader.get(), "pipe");
        ends.write("x");  // both are woken, and one gets it
        CHECK(comes_true([&] {
            std::array<char, 8> room{};
            return input->try_read(0, room).size + other->try_read(0, room).size == 1;
        }));
    }
    CHECK((::fcntl(ends.reader.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("input: a socket is read as a pipe is") {
    std::array<int, 2> raw{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw.data()) == 0);
    unique_fd const reader(raw[0]);
    unique_fd writer(raw[1]);
    auto const input = command_input::of_descriptor(reader.get(), "socket");
    CHECK(::write(writer.get(), "text", 4) == 4);
    writer.reset();
    CHECK(read_all(input) == "text");
}

TEST_CASE("input: a FIFO without a writer is not waited for") {
    folder const dir;
    REQUIRE(::mkfifo(dir.path("fifo").c_str(), 0600) == 0);
    auto const input = command_input::of_file(dir.path("fifo"));
    std::array<char, 8> room{};
    CHECK(input->try_read(0, room).what == command_input::look::would_block);
    std::ofstream(dir.path("fifo")) << "text";
    CHECK(read_all(input) == "text");
}

namespace {

constexpr std::size_t more_than_memory = std::size_t{2} << 20U;  // what is kept without a file
std::string const piece(std::size_t{64} * 1024, 'p');

}  // namespace

TEST_CASE("input: a small one needs no folder that can be written to") {
    ::setenv("TMPDIR", "/nonexistent/folder", 1);
    pipe_pair ends;
    auto const input = command_input::of_descriptor(ends.reader.get(), "standard input");
    ends.write("text");
    ends.writer.reset();
    CHECK(read_all(input) == "text");
    ::unsetenv("TMPDIR");
    CHECK(input->failure().empty());
}

TEST_CASE("input: the spool has no name and only its owner may read it") {
    folder const dir;
    ::setenv("TMPDIR", dir.path("").c_str(), 1);
    pipe_pair const ends;
    auto const input = command_input::of_descriptor(ends.reader.get(), "pipe");
    ends.write("text");
    std::array<char, 8> room{};
    CHECK(comes_true([&] { return input->try_read(0, room).size == 4; }));
    for (std::size_t sent = 0; sent < more_than_memory; sent += piece.size()) ends.write(piece);
    CHECK(comes_true([&] { return input->try_read(more_than_memory - 8, room).size == 8; }));
    CHECK(input->try_read(0, room).size == 8);
    CHECK(std::string(room.data(), 8) == "textpppp");
    ::unsetenv("TMPDIR");
    CHECK(std::filesystem::is_empty(dir.path("")));
    std::size_t found = 0;
    for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code ignored;
        auto const target = std::filesystem::read_symlink(entry.path(), ignored).string();
        struct stat about {};
        if (!target.starts_with(dir.path("")) || ::stat(entry.path().c_str(), &about) != 0) continue;
        ++found;
        CHECK((about.st_mode & 0777) == 0600);
    }
    CHECK(found == 1);
}

TEST_CASE("input: a spool that can't be made is a failure that names the way out, and never an end") {
    ::setenv("TMPDIR", "/nonexistent/folder", 1);
    pipe_pair ends;
    auto const input = command_input::of_descriptor(ends.reader.get(), "standard input");
    bool told = false;
    std::thread::id teller;
    input->on_failure([&] { teller = std::this_thread::get_id(), told = true; });
    ::fcntl(ends.writer.get(), F_SETFL, O_NONBLOCK);
    CHECK(comes_true([&] {
        auto const sent = ::write(ends.writer.get(), piece.data(), piece.size());
        return sent < 0 && !input->failure().empty();
    }));
    ends.writer.reset();
    ::unsetenv("TMPDIR");
    CHECK_THAT(input->failure(), ContainsSubstring("standard input: can't be kept in /nonexistent/folder"));
    CHECK_THAT(input->failure(), ContainsSubstring("TMPDIR"));
    std::array<char, 8> room{};
    CHECK(input->try_read(0, room).what == command_input::look::would_block);
    bool late = false;
    input->on_failure([&] { late = true; });
    CHECK(late);
}

TEST_CASE("input: a full disk is a failure") {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit const small{.rlim_cur = 100'000, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    pipe_pair const ends;
    auto const input = command_input::of_descriptor(ends.reader.get(), "standard input");
    ends.write(std::string(60'000, 'x'));
    ends.write(std::string(60'000, 'x'));
    CHECK(comes_true([&] { return !input->failure().empty(); }));
    ::setrlimit(RLIMIT_FSIZE, &before);
    CHECK_THAT(input->failure(), ContainsSubstring("File too large"));
}

TEST_CASE("input: reading that fails is a failure") {
    unique_fd const file(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));  // a regular file, unreadable at 0
    auto const input = command_input::of_descriptor(file.get(), "memory");
    std::array<char, 8> room{};
    auto const found = input->try_read(0, room);
    if (found.what == command_input::look::on_disk) input->async_read(0, 8, [](std::string const&) {});
    CHECK(comes_true([&] { return !input->failure().empty(); }));
    CHECK_THAT(input->failure(), ContainsSubstring("memory: can't be read: Input/output error"));
}
