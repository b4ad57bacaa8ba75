// SPDX-License-Identifier: MIT
// Configuration files on disk: what is missing, what can't be read, what is not trusted.
#include "ssh_config/config_file.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using muster::ssh_config::config_error;
using muster::ssh_config::files_on_disk;
using muster::ssh_config::trust;

namespace {

class folder_of_files {
  public:
    folder_of_files() {
        std::string name = (fs::temp_directory_path() / "muster-config-file-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    folder_of_files(folder_of_files const&) = delete;
    folder_of_files& operator=(folder_of_files const&) = delete;
    ~folder_of_files() { fs::remove_all(path_); }

    std::string add(std::string const& name, std::string const& text, fs::perms mode = fs::perms(0600)) const {
        std::ofstream(path_ / name) << text;
        fs::permissions(path_ / name, mode);
        return (path_ / name).string();
    }
    fs::path const& path() const { return path_; }

  private:
    fs::path path_;
};

}  // namespace

TEST_CASE("files are read whole, and missing ones are nothing") {
    folder_of_files const folder;
    auto const big = std::string(100'000, 'x') + '\n';
    CHECK(files_on_disk().read(folder.add("a", big), trust::any) == big);
    CHECK_FALSE(files_on_disk().read((folder.path() / "none").string(), trust::any));
    CHECK_FALSE(files_on_disk().read((folder.path() / "a" / "none").string(), trust::any));
}

TEST_CASE("what can't be read is an error that names it") {
    folder_of_files const folder;
    auto const name = folder.path().string();
    CHECK_THROWS_WITH(files_on_disk().read(name, trust::any),
                      ContainsSubstring(name) && ContainsSubstring("directory"));
    CHECK_THROWS_WITH(files_on_disk().read("/dev/zero", trust::any), ContainsSubstring("larger than 16 MiB"));
    if (::geteuid() == 0) return;  // root reads everything
    CHECK_THROWS_WITH(files_on_disk().read(folder.add("shut", "x", fs::perms::none), trust::any),
                      ContainsSubstring("Permission denied"));
}

TEST_CASE("a file that others may write is not trusted") {
    folder_of_files const folder;
    for (auto const mode : {0602, 0646, 0666}) {
        auto const path = folder.add("open", "x", fs::perms(mode));
        CHECK_THROWS_AS(files_on_disk().read(path, trust::owned_only), config_error);
        CHECK(files_on_disk().read(path, trust::any) == "x");
    }
    CHECK(files_on_disk().read(folder.add("mine", "x", fs::perms(0644)), trust::owned_only) == "x");
}

TEST_CASE("a file of somebody else, or that a group may write, is not trusted") {
    if (::geteuid() != 0) SKIP("only root can give files away");
    folder_of_files const folder;
    auto const path = folder.add("given", "x", fs::perms(0620));
    REQUIRE(::chown(path.c_str(), 0, 12345) == 0);
    CHECK_THROWS_AS(files_on_disk().read(path, trust::owned_only), config_error);
    fs::permissions(path, fs::perms(0600));
    CHECK(files_on_disk().read(path, trust::owned_only) == "x");
    REQUIRE(::chown(path.c_str(), 12345, 0) == 0);
    CHECK_THROWS_AS(files_on_disk().read(path, trust::owned_only), config_error);
}

TEST_CASE("patterns find files in order, and no folders") {
    folder_of_files const folder;
    folder.add("2.conf", "");
    folder.add("1.conf", "");
    folder.add("3.text", "");
    fs::create_directory(folder.path() / "4.conf");
    auto const found = files_on_disk().glob((folder.path() / "*.conf").string());
    REQUIRE(found.size() == 2);
    CHECK(found[0].ends_with("1.conf"));
    CHECK(found[1].ends_with("2.conf"));
    CHECK(files_on_disk().glob((folder.path() / "none*").string()).empty());
}
