// SPDX-License-Identifier: MIT
// What a tar costs that is unpacked: whatever it is, what comes at once is bounded, and no way is walked twice.
#include "copy/tar_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdarg>
#include <cstdint>
#include <filesystem>
#include <string>

#include "process/unique_fd.hpp"
#include "support/shell_run.hpp"

using muster::copy::unpacking;
using support::test_folder;

namespace {

/// Of this program, the calls below among them.
struct call_counts {
    std::size_t made = 0;
    std::size_t opened = 0;
} calls;

/// How it went.
struct unpacked {
    std::size_t pieces = 0;
    std::size_t most_opened = 0;  // in one of them
};

unpacked unpack_all(test_folder const& here) {
    muster::unique_fd const tar(::open(here.path("tar").c_str(), O_RDONLY | O_CLOEXEC));
    unpacking work(tar.get(), here.path("out"), std::uint64_t{1} << 30U);
    unpacked went;
    calls = {};
    for (bool done = false; !done; ++went.pieces) {
        auto const before = calls.opened;
        done = work.go_on();
        went.most_opened = std::max(went.most_opened, calls.opened - before);
    }
    return went;
}

/// Makes "tar" with a shell, in the folder "in".
void make(test_folder const& here, std::string const& how) {
    std::filesystem::create_directory(here.path("in"));
    support::shell_run made("cd in && " + how, here.path());
    REQUIRE(made.finish() == 0);
}

void check_equal(test_folder const& here) {
    support::shell_run compared("diff -r --no-dereference in out", here.path());
    CHECK(compared.finish() == 0);
}

constexpr auto deep_folders = "d=$(printf 'a/%.0s' $(seq 97)); e=$(printf 'b/%.0s' $(seq 97)); mkdir -p $d $e; ";

}  // namespace

// NOLINTBEGIN: they stand in for the system's.
extern "C" int mkdirat(int at, char const* path, mode_t mode) noexcept {
    ++calls.made;
    return static_cast<int>(::syscall(SYS_mkdirat, at, path, mode));
}

extern "C" int openat(int at, char const* path, int flags, ...) {
    ++calls.opened;
    va_list more;
    va_start(more, flags);
    int const mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
    va_end(more);
    return static_cast<int>(::syscall(SYS_openat, at, path, flags, mode));
}
// NOLINTEND

TEST_CASE("a file that lies deep costs no more than one at the top when it comes behind one of its folder") {
    test_folder const here;
    make(here, std::string(deep_folders) + "(cd $d && touch $(seq 5000)); rm -r b; tar cf ../tar a");
    auto const went = unpack_all(here);
    check_equal(here);
    CHECK(calls.made < 300);
    CHECK(calls.opened < 7000);
    CHECK(went.pieces >= 5);
}

TEST_CASE("entries of two deep folders in turns are unpacked in small pieces, and come where they belong") {
    test_folder const here;
    make(here, std::string(deep_folders) +
                   "for n in $(seq 500); do echo $n >$d/$n; ln $d/$n $e/$n; ln -s $n $d/l$n; "
                   "echo $d/$n; echo $e/$n; echo $d/l$n; done >../list; tar cf ../tar -T ../list");
    auto const went = unpack_all(here);
    check_equal(here);
    CHECK(went.most_opened < 1500);
    CHECK(went.pieces >= 20);
}

TEST_CASE("a large file is unpacked in pieces, and so are names that are long") {
    test_folder const here;
    make(here, "head -c 20000000 /dev/urandom >large; truncate -s 30000000 large; tar cf ../tar large");
    CHECK(unpack_all(here).pieces >= 4);
    check_equal(here);
    std::filesystem::remove_all(here.path("out"));
    std::filesystem::remove_all(here.path("in"));
    make(here, "touch $(seq 300); n=$(printf './%.0s' $(seq 10000)); tar cf ../tar --transform \"s|^|$n|\" $(seq 300)");
    CHECK(unpack_all(here).pieces >= 2);
    check_equal(here);
}
